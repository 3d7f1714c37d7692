/** The message box: it grows with what is written, keeps it over a reload, and sends, stops or edits. */
import { MESSAGE_CHARACTERS } from '../../protocol/limits.ts';
import { isOwed } from '../chat/follow-chat.ts';
import { freshModel, type CallEvent, type Model } from '../model.ts';
import { loadMarkdown } from './answer-view.ts';
import { find, setText } from './element.ts';
import { newItemId } from './ids.ts';

/** A frame of a call has at most 64 KiB: so many characters fit, whatever they are. */
const CALL_CHARACTERS = 15_000;

const DRAFT = 'voxgate-draft';

/** The message box on the page. */
export class Composer {
  readonly #tell: (event: CallEvent) => void;
  readonly #box = find('#message', HTMLTextAreaElement);
  readonly #send = find('#send', HTMLButtonElement);
  readonly #editing = find('#editing', HTMLElement);
  readonly #editingText = find('#editing-text', HTMLElement);
  #model: Model | null = null;
  /** What was in the box before a message was taken into it to be written anew. */
  #aside = '';

  constructor(tell: (event: CallEvent) => void) {
    this.#tell = tell;
    this.#box.value = readDraft();
    fit(this.#box);
    this.#listen();
  }

  /** Brings it in step with the model. */
  render(next: Model): void {
    const before = this.#model?.editing ?? null;
    this.#model = next;
    if (next.editing !== before) {
      this.#editing.hidden = next.editing === null;
      setText(this.#editingText, next.editing === null ? '' : 'Editing your last message');
      const text = next.captions.find(({ id }) => id === next.editing)?.text;
      if (text !== undefined) this.#take(text);
    }
    this.#renderSend();
  }

  #listen(): void {
    find('#composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#isStop()) this.#tell({ type: 'chat', event: { type: 'stop' } });
      else this.#submit();
    });
    this.#box.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener('focus', () => void loadMarkdown(), { once: true });
    this.#box.addEventListener('input', () => this.#changed());
    find('#leave-edit', HTMLButtonElement).addEventListener('click', () => this.#leaveEdit());
    document.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || document.querySelector('dialog[open]') !== null) return;
      if (this.#model?.editing !== null) this.#leaveEdit();
      else this.#tell({ type: 'stop-answer' });
    });
  }

  #changed(): void {
    this.#box.setCustomValidity('');
    fit(this.#box);
    // What is edited is kept already.
    if (this.#model?.editing === null) keepDraft(this.#box.value);
    this.#renderSend();
  }

  #submit(): void {
    const text = this.#box.value.trim();
    const longest = isInCall(this.#model) ? CALL_CHARACTERS : MESSAGE_CHARACTERS;
    if (text.length > longest) {
      // It stays where it is: nothing of it may be lost.
      const over = (text.length - longest).toLocaleString('en');
      this.#box.setCustomValidity(`This is ${over} characters longer than a message may be.`);
      this.#box.reportValidity();
      return;
    }
    if (text === '') return;
    this.#tell({ type: 'typed', id: newItemId(), text });
    this.#putBack();
  }

  #leaveEdit(): void {
    this.#tell({ type: 'chat', event: { type: 'leave-edit' } });
    this.#putBack();
    this.#box.focus();
  }

  #take(text: string): void {
    this.#aside = this.#box.value;
    this.#box.value = text;
    this.#changed();
    this.#box.focus();
  }

  #putBack(): void {
    this.#box.value = this.#aside;
    this.#aside = '';
    this.#changed();
  }

  #isStop(): boolean {
    const { call, chat } = this.#model ?? freshModel;
    return !isInCall({ call }) && isOwed(chat) && this.#box.value.trim() === '';
  }

  #renderSend(): void {
    const isStopping = this.#isStop() && this.#model?.chat.answer.name !== 'none';
    this.#send.setAttribute('aria-label', isStopping ? 'Stop' : 'Send');
    this.#send.toggleAttribute('data-stop', isStopping);
  }
}

function isInCall(model: Pick<Model, 'call'> | null): boolean {
  return model?.call.name === 'connecting' || model?.call.name === 'live';
}

/** Where the style sheet cannot do it. */
function fit(box: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return;
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight}px`;
}

function readDraft(): string {
  try {
    return sessionStorage.getItem(DRAFT) ?? '';
  } catch {
    return '';
  }
}

function keepDraft(text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(DRAFT);
    else sessionStorage.setItem(DRAFT, text);
  } catch {
    // No storage, or no room in it: the draft is in the box as long as the page is.
  }
}
