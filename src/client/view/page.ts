/** The page's only hands on its document: a model in, attributes and text out, and what the person does as events. */
import { chatPhaseOf, type ChatPhase } from '../chat/chat.ts';
import { costLine } from '../cost.ts';
import { phaseOf, type CallEvent, type Microphone, type Model, type Phase } from '../model.ts';
import type { Notice, Remedy } from '../problems.ts';
import { Composer } from './composer.ts';
import { find, setText } from './element.ts';
import { MemoryView } from './memory-view.ts';
import { Log } from './log.ts';
import { listenToSettings } from './settings-view.ts';
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

/** What a chat says of itself while no call is open; empty leaves the word to the call. */
const chatLines: Readonly<Record<ChatPhase, string>> = {
  idle: '',
  connecting: 'Connecting…',
  thinking: 'Thinking…',
  writing: 'Writing…',
  reconnecting: 'Reconnecting…',
  lost: '',
};

const remedyLabels: Readonly<Record<Remedy, string>> = {
  none: '',
  start: '',
  'open-microphone': 'Turn on the microphone',
  'open-sound': 'Turn on the sound',
  reload: 'Reload the page',
  reconnect: 'Try again',
};

/** Finds the page's parts (a missing one throws: the two files belong together) and listens to the person. */
export function createPage(tell: (event: CallEvent) => void): Page {
  const parts = findParts();
  const log = new Log(tell);
  const composer = new Composer(tell);
  const memory = new MemoryView(tell);
  listenToSettings();
  let model: Model | null = null;

  parts.main.addEventListener('click', () => tell({ type: isOpen(model) ? 'end' : 'start' }));
  parts.mute.addEventListener('click', () => {
    tell({ type: microphoneOf(model) === 'off' ? 'open-microphone' : 'toggle-mute' });
  });
  parts.remedy.addEventListener('click', () => {
    const remedy = model?.notice?.remedy;
    if (remedy === 'reload') location.reload();
    else if (remedy === 'reconnect') tell({ type: 'chat', event: { type: 'reconnect' } });
    // Sound begins with any gesture, and this is one.
    else if (remedy === 'open-microphone') tell({ type: 'open-microphone' });
  });
  parts.signOut.addEventListener('click', () => tell({ type: 'account', event: { type: 'sign-out' } }));

  return {
    render(next) {
      model = next;
      renderCall(parts, next);
      renderNotice(parts, next.notice ?? next.standing);
      renderAccount(parts, next);
      parts.root.toggleAttribute('data-captions', next.captions.length > 0 || next.conversation.id !== null);
      log.render(next);
      composer.render(next);
      memory.render(next);
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
    main: find('#main', HTMLButtonElement),
    mainLabel: find('#main-label', HTMLElement),
    mute: find('#mute', HTMLButtonElement),
    cost: find('#cost', HTMLElement),
    signOut: find('#sign-out', HTMLButtonElement),
  };
}

function renderCall(parts: Parts, model: Model): void {
  const { call, notice } = model;
  const phase = phaseOf(call);
  const chatPhase = chatPhaseOf(model.chat);
  if (parts.root.dataset['chat'] !== chatPhase) parts.root.dataset['chat'] = chatPhase;
  const microphone = microphoneOf({ call });
  const isWriting = phase === 'listening' && microphone === 'off';
  if (parts.root.dataset['call'] !== phase) parts.root.dataset['call'] = phase;
  setText(parts.status, isWriting ? 'Type a message' : statusOf(model, phase, chatPhase));
  setText(parts.mainLabel, call.name === 'live' || call.name === 'connecting' ? 'End call' : 'Start call');
  const isOff = call.name === 'live' && microphone === 'off';
  // A notice that offers the microphone is enough of an offer.
  const isOffered = notice?.remedy === 'open-microphone';
  parts.mute.disabled = call.name !== 'live' || (isOff && isOffered);
  parts.mute.setAttribute('aria-label', isOff ? 'Turn on the microphone' : 'Mute');
  parts.mute.toggleAttribute('data-off', isOff);
  parts.mute.setAttribute('aria-pressed', String(microphone === 'muted'));
}

function statusOf({ call, captions, conversation }: Model, phase: Phase, chatPhase: ChatPhase): string {
  if (call.name === 'connecting' || call.name === 'live') return statusLines[phase];
  if (conversation.isOpening) return 'Opening…';
  // Beside words that can be gone on with, being ready needs no saying.
  const isReady = phase === 'idle' && (captions.length > 0 || conversation.id !== null);
  return chatLines[chatPhase] || (isReady ? '' : statusLines[phase]);
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

function microphoneOf(model: Pick<Model, 'call'> | null): Microphone {
  return model?.call.name === 'live' ? model.call.microphone : 'off';
}

function isOpen(model: Model | null): boolean {
  return model?.call.name === 'live' || model?.call.name === 'connecting';
}
