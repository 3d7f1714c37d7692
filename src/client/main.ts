/** Joins the deciding half, the acting halves and the page. */
import type { Action } from './actions.ts';
import { handoverOf, isAtRest } from './back.ts';
import { CallActor } from './call.ts';
import { reduce } from './call-state.ts';
import { ChatActor } from './chat/chat-actor.ts';
import { layDown, pickUp, takeUp } from './handover.ts';
import { onLeaving } from './leaving.ts';
import { MemoryActor } from './memory/memory-actor.ts';
import { freshModel, type AccountEvent, type CallEvent, type Model } from './model.ts';
import { problems } from './problems.ts';
import { markKnown, markSignedIn, wasKnown, wasSignedIn } from './signed-in-mark.ts';
import { Timers } from './timers.ts';
import { conversationInAddress, onAddress, showInAddress } from './view/address.ts';
import { createPage } from './view/page.ts';

let model: Model = { ...freshModel, isSignedIn: wasSignedIn() };
const page = createPage(tell);
const call = new CallActor({ onEvent: tell, onLevels: (levels) => page.showLevels(levels) });
const chat = new ChatActor(tell);
const memory = new MemoryActor(tell);
const timers = new Timers((name) => tell({ type: 'timer', name }));
page.render(model);
begin();

function tell(event: CallEvent): void {
  const step = reduce(model, event);
  const before = model;
  model = step.model;
  if (model !== before) page.render(model);
  if (model.isSignedIn !== before.isSignedIn) markSignedIn(model.isSignedIn);
  if (event.type === 'account') noteAccount(event.event);
  if (model.conversation.id !== before.conversation.id) showInAddress(model.conversation.id);
  for (const action of step.actions) perform(action);
  if (model.call.name === 'live' && isAtRest(model.call, model.captions)) call.settle();
}

function noteAccount({ type }: AccountEvent): void {
  if (type === 'signed-in') markKnown(true);
  if (type === 'signed-out') markKnown(false);
}

function perform(action: Action): void {
  if (action.type === 'set-timer') return timers.set(action.name, action.ms);
  if (action.type === 'clear-timer') return timers.clear(action.name);
  if (action.type === 'chat') return chat.perform(action.action);
  if (action.type === 'memory') return void memory.perform(action.request);
  if (action.type === 'close') timers.clear('interruption');
  if (action.type === 'sign-out') memory.forget();
  call.perform(action);
}

/** The call outlives the page, for as long as the gateway waits; where it cannot, it is over. */
function handOn(): boolean {
  const handed = call.handOn();
  if (model.call.name !== 'live' || handed === null) return false;
  return layDown(handoverOf(model.call, handed.left, handed.heard));
}

let isHandedOn = false;
onLeaving({
  onLeave() {
    isHandedOn = handOn();
    if (!isHandedOn) tell({ type: 'end' });
  },
  onFreeze() {
    isHandedOn = handOn();
  },
  onReturn() {
    if (isHandedOn && !pickUp()) tell({ type: 'failed', notice: problems.takenOver });
    isHandedOn = false;
  },
});

/** Whoever was here before sees what they said. Asking the door for a stranger would make a guest of every passer-by. */
function begin(): void {
  const handover = takeUp(Date.now());
  const id = handover?.pass.conversationId ?? conversationInAddress();
  if (wasKnown()) tell({ type: 'memory', event: { type: 'looked' } });
  if (id !== null) tell({ type: 'memory', event: { type: 'open', id, messageId: null } });
  if (handover !== null) tell({ type: 'come-back', handover });
  onAddress((chosen) => {
    if (chosen === model.conversation.id) return;
    const event =
      chosen === null ? ({ type: 'new' } as const) : ({ type: 'open', id: chosen, messageId: null } as const);
    tell({ type: 'memory', event });
  });
}
