/**
 * The page decides here and nowhere else: a model and an event in, a model and what to do out. Pure, so that every rule of
 * a call can be told in a test without a browser.
 */
import { followAccount } from './account.ts';
import { addTyped } from './captions.ts';
import { followChat, isOwed, leaveChat, say } from './chat/follow-chat.ts';
import { closeCodes } from '../protocol/close-codes.ts';
import { freshConversation } from './conversation.ts';
import { endingNotice } from './endings.ts';
import { refreshList } from './memory/asking.ts';
import { followMemory } from './memory/follow-memory.ts';
import { isInCall } from './memory/open-conversation.ts';
import { freshLive, type CallEvent, type Connecting, type Live, type Model } from './model.ts';
import { show, showWarning } from './news.ts';
import { callPageTools, pageToolRan, type PageCall } from './page-calls.ts';
import { problems, type Notice } from './problems.ts';
import { followTurn, partEnded, takeSound } from './follow-turn.ts';
import { cutByHand, interruptionTimedOut } from './interruption.ts';
import type { ServerEvent } from './server-events.ts';
import { close, fail, stay, withTurn, type Step } from './step.ts';
import { freshTurn, isAnswering } from './turn.ts';
import { away, back, comeBackTo } from './back.ts';
import { release, sendTyped, tellHeard, typed } from './typing.ts';

/** What only means something in one state of the call or another. */
type StateEvent = Exclude<CallEvent, { type: 'account' | 'failed' | 'chat' | 'memory' }>;

/** One step of the page. An event that means nothing in this state changes nothing. */
export function reduce(model: Model, event: CallEvent): Step {
  return settle(model, step(model, event));
}

function step(model: Model, event: CallEvent): Step {
  if (event.type === 'failed') return fail(stranger(model, event.notice), event.notice);
  if (event.type === 'account') return followAccount(model, event.event);
  if (event.type === 'chat') return followChat(model, event.event);
  if (event.type === 'memory') return followMemory(model, event.event);
  if (event.type === 'timer' && event.name === 'chat') return followChat(model, { type: 'reconnect' });
  if (event.type === 'timer' && event.name === 'search') return followMemory(model, { type: 'search-due' });
  return whatever(model, event);
}

function whatever(model: Model, event: StateEvent): Step {
  switch (model.call.name) {
    case 'idle':
    case 'ended':
    case 'error':
      return whileClosed(model, event);
    case 'connecting':
      return whileConnecting(model, model.call, event);
    case 'live':
      return release(whileLive(model, model.call, event));
  }
}

/** A call takes the place of a chat that owes nothing, and one that is over belongs into the list. */
function settle(before: Model, { model, actions }: Step): Step {
  const isOpen = isInCall(model);
  if (isOpen && model.chat.link.name !== 'closed' && !isOwed(model.chat)) {
    const left = leaveChat(model);
    return { model: left.model, actions: [...actions, ...left.actions] };
  }
  if (!isInCall(before) || isOpen || before.conversation.id !== model.conversation.id)
    return { model, actions };
  const list = refreshList(withoutEmpty(model));
  return { model: list.model, actions: [...actions, ...list.actions] };
}

/** The gateway keeps no conversation in which nothing was said: nobody can go on with it, unless the call goes on elsewhere. */
function withoutEmpty(model: Model): Model {
  const isKept = model.conversation.isOpening || model.notice === problems.takenOver;
  const isEmpty = model.captions.every(({ fate }) => fate === 'unsent');
  return isEmpty && !isKept ? { ...model, conversation: freshConversation } : model;
}

function whileClosed(model: Model, event: StateEvent): Step {
  if (event.type === 'start') return open(model);
  if (event.type === 'come-back') return comeBackTo(model, event.handover);
  if (event.type === 'typed') return say({ ...model, call: { name: 'idle' } }, event);
  return event.type === 'stop-answer' ? followChat(model, { type: 'stop' }) : stay(model);
}

function open(model: Model): Step {
  const call = { name: 'connecting', microphone: 'off', waiting: [] } as const;
  return {
    model: { ...model, call, notice: null, cost: null, lastError: '', editing: null },
    actions: [{ type: 'open', withMicrophone: true, conversationId: model.conversation.id }],
  };
}

function whileConnecting(model: Model, call: Connecting, event: StateEvent): Step {
  switch (event.type) {
    case 'end':
      return close(model, { name: 'ended' }, null);
    case 'closed':
      return fail(signedOutBy(model, event), neverOpened(endingOf(model, event)));
    case 'microphone-opened':
      return stay({ ...model, call: { ...call, microphone: 'on' } });
    case 'microphone-gone':
      return stay({ ...model, call: { ...call, microphone: 'off' }, notice: problems[event.problem] });
    case 'typed': {
      const { id, text } = event;
      const waiting = [...call.waiting, { id, text }];
      return stay({ ...model, call: { ...call, waiting }, captions: addTyped(model.captions, id, text) });
    }
    case 'server':
      return event.event.type === 'session.created'
        ? begin(model, call)
        : stay(show(model, event.event, event.at));
    case 'start':
    case 'toggle-mute':
    case 'stop-answer':
    case 'open-microphone':
    case 'hint':
    case 'devices-changed':
    case 'not-renewed':
    case 'timer':
    case 'sound':
    case 'tool-ran':
    case 'part-ended':
    case 'flushed':
    case 'away':
    case 'back':
    case 'come-back':
      return stay(model);
  }
}

/** A connection that never stood was not lost. */
function neverOpened(problem: Notice | null): Notice {
  if (problem === problems.upstreamFailed) return problems.upstreamRefused;
  return problem === null || problem === problems.connectionLost ? problems.unreachable : problem;
}

function begin(model: Model, call: Connecting): Step {
  const { microphone, waiting } = call;
  const turn = { ...freshTurn, isAwaited: waiting.length > 0 };
  return {
    model: { ...model, call: { ...freshLive, microphone, turn } },
    actions: sendTyped(waiting),
  };
}

function whileLive(model: Model, call: Live, event: StateEvent): Step {
  switch (event.type) {
    case 'end':
      return close(model, { name: 'ended' }, null);
    case 'closed':
      return endedFromAfar(signedOutBy(model, event), event);
    case 'typed':
      return typed(model, call.isAway ? { ...call, typedAway: [...call.typedAway, event.id] } : call, event);
    case 'toggle-mute':
      return toggleMute(model, call);
    case 'stop-answer':
      return isAnswering(call.turn) ? withTurn(model, call, cutByHand(call.turn)) : stay(model);
    case 'open-microphone':
      return { model: { ...model, notice: null }, actions: [{ type: 'open-microphone' }] };
    case 'microphone-opened':
      return microphoneOpened(model, call);
    case 'microphone-gone':
      return stay({ ...model, call: { ...call, microphone: 'off' }, notice: problems[event.problem] });
    case 'hint':
      return stay({
        ...model,
        notice: event.problem === null ? withoutHint(model.notice) : problems[event.problem],
      });
    case 'devices-changed':
      return isMicrophoneMissed(model) ? { model, actions: [{ type: 'open-microphone' }] } : stay(model);
    case 'not-renewed':
      return stay(showWarning(model, event.warning, event.at));
    case 'server':
      return followGateway(model, call, event);
    case 'tool-ran':
      return pageToolRan(model, call, event);
    case 'sound':
      return withTurn(model, call, takeSound(call.turn, event.pcm));
    case 'part-ended':
      return stay({ ...model, call: { ...call, turn: partEnded(call.turn, event.part) } });
    case 'flushed':
      return tellHeard(model, call, event.heard);
    case 'timer':
      return withTurn(model, call, interruptionTimedOut(call.turn));
    case 'away':
      return away(model, call, event);
    case 'back':
      return back(model, call, event);
    case 'start':
    case 'come-back':
      return stay(model);
  }
}

/** One that was muted when the page was loaded again stays so. */
function microphoneOpened(model: Model, call: Live): Step {
  const notice = model.notice?.remedy === 'open-sound' ? model.notice : null;
  if (call.microphone === 'muted')
    return { model: { ...model, notice }, actions: [{ type: 'mute', isMuted: true }] };
  return stay({ ...model, call: { ...call, microphone: 'on' }, notice });
}

/** Whom the door does not know has nothing to sign out of. */
function stranger(model: Model, notice: Notice): Model {
  return notice === problems.signInNeeded ? { ...model, isSignedIn: false } : model;
}

/** Words of a reply that was taken back come late, and have no caption any more. */
function followGateway(model: Model, call: Live, { event, at }: { event: ServerEvent; at: number }): Step {
  const warning = event.type === 'gateway.warning' ? event.warning : null;
  if (warning?.code === 'session_ending' && warning.reason === 'credential') {
    // Told only where nobody can help it.
    return { model, actions: [{ type: 'renew', warning }] };
  }
  const isForgotten =
    (event.type === 'answer.delta' || event.type === 'answer.done') &&
    call.turn.unwanted.includes(event.responseId) &&
    !model.captions.some((caption) => caption.id === event.itemId);
  const here = { ...call, isAzureAway: isAzureAway(call, event) };
  const next = withTurn(isForgotten ? model : show(model, event, at), here, followTurn(call.turn, event));
  return event.type === 'response.done' ? thenTools(next, event.calls) : next;
}

function isAzureAway(call: Live, event: ServerEvent): boolean {
  if (event.type === 'gateway.warning' && event.warning.code === 'upstream_lost') return true;
  return call.isAzureAway && event.type !== 'gateway.upstream.renewed' && event.type !== 'response.created';
}

/** An answer is whole: what it called is done now. */
function thenTools({ model, actions }: Step, calls: readonly PageCall[]): Step {
  if (model.call.name !== 'live') return { model, actions };
  const called = callPageTools(model, model.call, calls);
  return { model: called.model, actions: [...actions, ...called.actions] };
}

/** The microphone gives sound again; whatever else is being told stays. */
function withoutHint(notice: Notice | null): Notice | null {
  const isOver = notice === problems.microphoneSilent || notice === problems.microphonePaused;
  return isOver || notice === problems.soundAsleep ? null : notice;
}

/** Something was plugged in or out: a microphone that was lost may be back. */
function isMicrophoneMissed(model: Model): boolean {
  return model.notice === problems.microphoneLost || model.notice === problems.microphoneMissing;
}

function toggleMute(model: Model, call: Live): Step {
  if (call.microphone === 'off') return stay(model);
  const microphone = call.microphone === 'on' ? 'muted' : 'on';
  return {
    model: { ...model, call: { ...call, microphone } },
    actions: [{ type: 'mute', isMuted: microphone === 'muted' }],
  };
}

type Closed = Extract<CallEvent, { type: 'closed' }>;

/** A call that is simply over, or was ended with a word but without a fault, is no error. */
function endedFromAfar(model: Model, event: Closed): Step {
  const notice = endingOf(model, event);
  if (event.code === closeCodes.over.code) return close(model, { name: 'ended' }, notice ?? model.notice);
  return notice === null ? close(model, { name: 'ended' }, model.notice) : fail(model, notice);
}

function endingOf({ lastError }: Model, { code, reason, at }: Closed): Notice | null {
  return endingNotice({ code, reason, at, lastError });
}

/** Whoever was signed out has nothing left to sign out of. */
function signedOutBy(model: Model, { code }: Closed): Model {
  return code === closeCodes.unauthenticated.code ? { ...model, isSignedIn: false } : model;
}
