/** The log: every entry in its place, the end in sight while somebody reads along, and nothing that jumps. */
import type { Caption } from '../captions.ts';
import { isOwed, lastWritten } from '../chat/follow-chat.ts';
import type { Older } from '../conversation.ts';
import type { CallEvent, Model } from '../model.ts';
import { copy, copyCode } from './clipboard.ts';
import { arrange, find, make, setText } from './element.ts';
import { createEntry, type Deed, type Entry } from './entry.ts';
import { newItemId } from './ids.ts';
import { Scroller } from './scroller.ts';

/** More entries than these at once are history, which nobody wants read aloud. */
const NEWS = 2;

const olderLines: Readonly<Record<Older['name'], string>> = {
  none: '',
  more: 'Earlier messages…',
  loading: 'Loading earlier messages…',
  failed: 'Earlier messages could not be loaded.',
};

/** The log on the page. */
export class Log {
  readonly #tell: (event: CallEvent) => void;
  readonly #log = find('#captions', HTMLElement);
  readonly #older: ReturnType<typeof createOlder>;
  readonly #entries = new Map<string, Entry>();
  readonly #scroller: Scroller;
  #model: Model | null = null;

  constructor(tell: (event: CallEvent) => void) {
    this.#tell = tell;
    this.#older = createOlder(tell);
    this.#scroller = new Scroller(this.#log, () => this.#wantOlder());
    this.#log.addEventListener('click', ({ target }) => {
      if (target instanceof HTMLElement) this.#act(target);
    });
  }

  /** Brings the log in step with the model. */
  render(next: Model): void {
    const before = this.#model;
    const isSame =
      before?.captions === next.captions &&
      before.conversation === next.conversation &&
      before.chat === next.chat &&
      before.call.name === next.call.name;
    this.#model = next;
    this.#log.tabIndex = next.captions.length === 0 ? -1 : 0;
    if (isSame) return;
    const visible = next.captions.filter(isVisible);
    const fresh = visible.filter(({ id }) => !this.#entries.has(id));
    if (fresh.length > NEWS || next.conversation.id !== before?.conversation.id) hush(this.#log);
    const isOther = before?.conversation.isOpening !== next.conversation.isOpening;
    // Who has just written looks at it; another conversation is read from its end.
    if (isOther || fresh.some(({ fate }) => fate === 'sending')) this.#scroller.follow();
    this.#scroller.steady(() => this.#arrange(next, visible, fresh.length <= NEWS));
    this.#showTarget(next);
    requestAnimationFrame(() => this.#wantOlder());
  }

  #arrange(next: Model, visible: readonly Caption[], isNews: boolean): void {
    const ids = new Set(visible.map(({ id }) => id));
    for (const [id, { element }] of this.#entries) {
      if (ids.has(id)) continue;
      this.#scroller.forget(element);
      this.#entries.delete(id);
    }
    const deedsOf = deeds(next);
    for (const caption of visible) this.#showEntry(caption, deedsOf(caption), isNews);
    this.#older.show(next.conversation.older);
    const elements = visible.flatMap(({ id }) => this.#entries.get(id)?.element ?? []);
    arrange(this.#log, [this.#older.element, ...elements]);
  }

  #showEntry(caption: Caption, deedsNow: readonly Deed[], isNews: boolean): void {
    const known = this.#entries.get(caption.id);
    const entry = known ?? createEntry(caption);
    const words = deedsNow.join(' ');
    if (known?.caption === caption && known.element.dataset['deeds'] === words) return;
    entry.show(caption, deedsNow);
    entry.element.dataset['deeds'] = words;
    if (known !== undefined) return;
    this.#entries.set(caption.id, entry);
    entry.element.classList.toggle('news', isNews);
    this.#scroller.mind(entry.element);
  }

  /** What was found is brought into sight, once. */
  #showTarget({ conversation, captions }: Model): void {
    const { target } = conversation;
    if (target === null) return;
    const caption = captions.find(({ messageId }) => messageId === target);
    const element = this.#entries.get(caption?.id ?? '')?.element;
    if (element === undefined) return;
    this.#scroller.goTo(element);
    element.classList.add('found');
    element.addEventListener('animationend', () => element.classList.remove('found'), { once: true });
    this.#tell({ type: 'memory', event: { type: 'target-shown' } });
  }

  #wantOlder(): void {
    if (this.#model?.conversation.older.name === 'more' && this.#scroller.isNearBeginning()) {
      this.#tell({ type: 'memory', event: { type: 'older' } });
    }
  }

  #act(target: HTMLElement): void {
    if (target.classList.contains('copy-code')) void copyCode(target);
    const deed = target.dataset['deed'];
    const element = target.closest('[data-role]');
    const entry = [...this.#entries.values()].find((it) => it.element === element);
    if (deed === undefined || entry === undefined) return;
    const { id, text } = entry.caption;
    if (deed === 'copy') void copy(text, target);
    if (deed === 'edit') this.#tell({ type: 'chat', event: { type: 'edit', id } });
    if (deed === 'retry') {
      this.#tell({ type: 'chat', event: { type: 'retry', id, newId: newItemId() } });
    }
  }
}

/** An item is made before its first word: an entry is not. */
function isVisible({ isPending, text, tools, fate }: Caption): boolean {
  return isPending || text !== '' || tools.length > 0 || fate === 'failed' || fate === 'filtered';
}

/** What can be done with each entry now. The last answer and the last question can be had anew. */
function deeds({ captions, chat, call }: Model): (caption: Caption) => readonly Deed[] {
  const isInCall = call.name === 'connecting' || call.name === 'live';
  const isFree = !isInCall && !isOwed(chat);
  const question = isFree ? lastWritten(captions) : null;
  const last = captions.at(-1);
  return (caption) => {
    if (caption.fate === 'unsent') return isInCall ? [] : ['retry'];
    if (caption.role === 'user') {
      if (caption !== question) return [];
      return caption === last ? ['retry', 'edit'] : ['edit'];
    }
    if (caption.mode === 'voice' || caption.fate === 'writing') return [];
    const isAnew = caption === last && question !== null;
    const own: readonly Deed[] = caption.text === '' ? [] : ['copy'];
    return isAnew ? [...own, 'retry'] : own;
  };
}

/** The log says nothing of what is put into it now. */
function hush(log: HTMLElement): void {
  log.setAttribute('aria-live', 'off');
  requestAnimationFrame(() => requestAnimationFrame(() => log.removeAttribute('aria-live')));
}

function createOlder(tell: (event: CallEvent) => void): {
  readonly element: HTMLElement;
  show(older: Older): void;
} {
  const element = make('div', 'older');
  const line = make('span', 'older-text');
  const button = make('button', 'link', 'Load earlier messages');
  button.type = 'button';
  button.addEventListener('click', () => tell({ type: 'memory', event: { type: 'older' } }));
  element.append(line, button);
  return {
    element,
    show({ name }) {
      element.hidden = name === 'none';
      setText(line, olderLines[name]);
      button.hidden = name !== 'failed';
    },
  };
}
