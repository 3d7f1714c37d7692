/** The page's only hands on its document: a model in, attributes and text out, and what the person does as events. */
import { costLine } from '../cost.ts';
import { phaseOf, type CallEvent, type Microphone, type Model, type Phase } from '../model.ts';
import type { Notice, Remedy } from '../problems.ts';
import { createCaptionsView } from './captions-view.ts';
import { createOrb, type Levels } from './orb.ts';

export interface Page {
  render(model: Model): void;
  showLevels(levels: Levels): void;
}

const statusLines: Readonly<Record<Phase, string>> = {
  idle: 'Ready when you are',
  connecting: 'Connecting…',
  listening: 'Listening',
  thinking: 'Thinking…',
  speaking: 'Speaking. Talk any time to interrupt.',
  muted: 'Muted. Nothing you say is sent.',
  reconnecting: 'Reconnecting…',
  ended: 'Call ended',
  error: '',
};

const remedyLabels: Readonly<Record<Remedy, string>> = {
  none: '',
  start: '',
  'open-microphone': 'Turn on the microphone',
  reload: 'Reload the page',
};

/** Finds the page's parts (a missing one throws: the two files belong together) and listens to the person. */
export function createPage(tell: (event: CallEvent) => void): Page {
  const parts = findParts();
  const renderCaptions = createCaptionsView(parts.log);
  let model: Model | null = null;

  parts.main.addEventListener('click', () => tell({ type: isOpen(model) ? 'end' : 'start' }));
  parts.mute.addEventListener('click', () => {
    tell({ type: microphoneOf(model) === 'off' ? 'open-microphone' : 'toggle-mute' });
  });
  parts.remedy.addEventListener('click', () => {
    if (model?.notice?.remedy === 'reload') location.reload();
    else tell({ type: 'open-microphone' });
  });
  parts.signOut.addEventListener('click', () => tell({ type: 'account', event: { type: 'sign-out' } }));
  parts.composer.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = parts.message.value.trim();
    parts.message.value = '';
    if (text !== '') tell({ type: 'typed', id: newItemId(), text });
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') tell({ type: 'stop-answer' });
  });

  return {
    render(next) {
      model = next;
      renderCall(parts, next);
      renderNotice(parts, next.notice ?? next.standing);
      renderAccount(parts, next);
      renderCaptions(next.captions);
      const isEmpty = next.captions.length === 0;
      parts.root.toggleAttribute('data-captions', !isEmpty);
      // Scrolled with the keyboard once there is something to scroll.
      parts.log.tabIndex = isEmpty ? -1 : 0;
    },
    showLevels: createOrb(parts.orb),
  };
}

type Parts = ReturnType<typeof findParts>;

function findParts() {
  return {
    root: document.documentElement,
    orb: find('#orb', HTMLElement),
    status: find('#status', HTMLElement),
    notice: find('#notice', HTMLElement),
    noticeText: find('#notice-text', HTMLElement),
    remedy: find('#remedy', HTMLButtonElement),
    log: find('#captions', HTMLElement),
    composer: find('#composer', HTMLFormElement),
    message: find('#message', HTMLInputElement),
    main: find('#main', HTMLButtonElement),
    mute: find('#mute', HTMLButtonElement),
    cost: find('#cost', HTMLElement),
    signOut: find('#sign-out', HTMLButtonElement),
  };
}

function renderCall(parts: Parts, { call, notice }: Model): void {
  const phase = phaseOf(call);
  const microphone = microphoneOf({ call });
  const isWriting = phase === 'listening' && microphone === 'off';
  if (parts.root.dataset['call'] !== phase) parts.root.dataset['call'] = phase;
  setText(parts.status, isWriting ? 'Type a message' : statusLines[phase]);
  setText(parts.main, call.name === 'live' || call.name === 'connecting' ? 'End call' : 'Start call');
  const isOff = call.name === 'live' && microphone === 'off';
  // A notice that offers the microphone is enough of an offer.
  const isOffered = notice?.remedy === 'open-microphone';
  parts.mute.disabled = call.name !== 'live' || (isOff && isOffered);
  parts.mute.setAttribute('aria-label', isOff ? 'Turn on the microphone' : 'Mute');
  parts.mute.toggleAttribute('data-off', isOff);
  parts.mute.setAttribute('aria-pressed', String(microphone === 'muted'));
}

function renderNotice(parts: Parts, notice: Notice | null): void {
  const label = notice === null ? '' : remedyLabels[notice.remedy];
  setText(parts.noticeText, notice?.text ?? '');
  setText(parts.remedy, label);
  parts.remedy.hidden = label === '';
  parts.notice.hidden = notice === null;
}

/** Nothing here is a live region: a price after every turn would be chatter. */
function renderAccount(parts: Parts, { cost, isSignedIn }: Model): void {
  setText(parts.cost, costLine(cost));
  if (!isSignedIn && document.activeElement === parts.signOut) parts.main.focus();
  parts.signOut.hidden = !isSignedIn;
}

/** Touching a live region makes it speak: only when it has something new to say. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function microphoneOf(model: Pick<Model, 'call'> | null): Microphone {
  return model?.call.name === 'live' ? model.call.microphone : 'off';
}

function isOpen(model: Model | null): boolean {
  return model?.call.name === 'live' || model?.call.name === 'connecting';
}

function find<T extends HTMLElement>(selector: string, kind: new () => T): T {
  const element = document.querySelector(selector);
  if (element instanceof kind) return element;
  throw new Error(`index.html should have a ${kind.name} at ${selector}`);
}

/** Azure takes item ids of up to 32 characters. `randomUUID` is longer, and missing on insecure origins. */
function newItemId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `item_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
