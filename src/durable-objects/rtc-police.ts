/**
 * What a browser of a WebRTC call did without asking us, as Azure tells of it on the sideband: counted, and undone where it
 * is not its to do. Pure.
 */
import { keepsWords, wordsUpdate } from '../azure/session.ts';
import { isRecord, type WireEvent } from '../azure/wire.ts';
import { tellAzure } from './actions.ts';
import type { Context } from './context.ts';
import { afterTooManyRequests } from './endings.ts';
import { nameEvent } from './ledger.ts';
import { after, end, stay, type Open, type Step } from './relay-state.ts';
import { withText } from './spending.ts';

/** So often within a minute a browser may change what is the operator's: somebody's old client may do it without malice. */
const MOST_CHANGES = 3;
const CHANGES_WINDOW_MS = 60_000;

/**
 * Who asked for what an event tells, as far as anybody knows: we, the browser on its socket beside, or nobody. Azure does not
 * say whom it answers: what a browser did by its data channel may pass for what it asked for beside.
 */
export type Asker = 'gateway' | 'beside' | 'nobody';

/** An event of Azure's, when it came, and who asked for it. */
export interface Noticed {
  readonly event: WireEvent;
  readonly now: number;
  readonly asker: Asker;
}

/** What is to be done about it, beside what is done in any call. */
export function police(context: Context, state: Open, noticed: Noticed): Step {
  switch (noticed.event.type) {
    case 'session.updated':
      return policeSession(context, state, noticed);
    case 'conversation.item.created':
    case 'conversation.item.added':
      return policeItem(context, state, noticed);
    default:
      return stay(state);
  }
}

/** What comes before our own word is confirmed is set right by that. */
function policeSession(context: Context, state: Open, { event, now, asker }: Noticed): Step {
  const isOperators = keepsWords(event, context.operator);
  switch (asker) {
    case 'gateway':
      return stay(state);
    case 'beside':
      // What the day pays for may have become less since it was asked for, with no fault of the browser's.
      if (isOperators) return keepsThrift(event, state) ? stay(state) : setRight(context, state);
      return changed(context, state, now);
    case 'nobody': {
      const counted = asRequest(context, state, now);
      if ((isOperators && keepsThrift(event, state)) || counted.state.name !== 'open') return counted;
      return after(counted.actions, changed(context, counted.state, now));
    }
  }
}

/** Whatever is no sound counts; one too many ends the call. */
function asRequest({ allowance }: Context, state: Open, now: number): Step {
  const waitMs = allowance.waitForRequest(now);
  if (waitMs !== null) return end(state, afterTooManyRequests(waitMs));
  return stay(state, [{ do: 'count-request' }, { do: 'note-activity' }]);
}

function keepsThrift({ session }: WireEvent, { thrift: { limit, isWritten } }: Open): boolean {
  if (!isRecord(session)) return true;
  const { max_output_tokens: longest, output_modalities: modalities } = session;
  const isShort = limit === null || (typeof longest === 'number' && longest <= limit);
  return isShort && !(isWritten && Array.isArray(modalities) && modalities.includes('audio'));
}

/** It is undone, with the answer that it may have brought; whoever keeps on is hung up. */
function changed(context: Context, state: Open, now: number): Step {
  const recent = state.ledger.changedAt.filter((at) => now - at < CHANGES_WINDOW_MS);
  const ledger = { ...state.ledger, changedAt: [...recent, now] };
  if (ledger.changedAt.length >= MOST_CHANGES) {
    const message = 'The session was changed again and again by whoever may not.';
    return end(state, { as: 'notAllowed', complaint: { code: 'too_many_refused_frames', message } });
  }
  const right = setRight(context, { ...state, ledger });
  if (right.state.name !== 'open' || state.answering === 0) return right;
  const { ledger: next, id } = nameEvent(right.state.ledger, 'response.cancel');
  const cancel = JSON.stringify({ type: 'response.cancel', event_id: id });
  return stay({ ...right.state, ledger: next }, [...right.actions, tellAzure(cancel, true)]);
}

/**
 * A word of the system's that is not ours is taken out again, whoever seems to have asked for it; what the person typed, or a
 * tool said, is a request.
 */
function policeItem(context: Context, state: Open, { event, now, asker }: Noticed): Step {
  const item = isRecord(event['item']) ? event['item'] : {};
  const { id, type, role, content } = item;
  if (isReplayed(context, id)) return stay(state);
  if (role === 'system' && context.operator.isLocked) {
    const taken = changed(context, state, now);
    if (taken.state.name !== 'open') return taken;
    const { ledger, id: eventId } = nameEvent(taken.state.ledger, 'conversation.item.delete');
    const frame = JSON.stringify({ type: 'conversation.item.delete', event_id: eventId, item_id: id });
    return stay({ ...taken.state, ledger }, [tellAzure(frame, true), ...taken.actions]);
  }
  const isSpoken =
    Array.isArray(content) && content.some((part) => isRecord(part) && part['type'] === 'input_audio');
  const isTheirs =
    (type === 'message' && role !== 'assistant' && !isSpoken) || type === 'function_call_output';
  if (!isTheirs || asker !== 'nobody') return stay(state);
  const spending = withText(state.spending, JSON.stringify(item), 0);
  return asRequest(context, { ...state, spending }, now);
}

/** What we told of an earlier talk has names that only we know. */
function isReplayed({ replayed }: Context, id: unknown): boolean {
  const name = JSON.stringify({ id: String(id) }).slice(1, -1);
  return replayed.some((frame) => frame.includes(name));
}

/** Tells the session what is the operator's, and what the day still pays for. */
export function setRight({ operator }: Context, state: Open): Step {
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const { limit, isWritten, updates } = state.thrift;
  const held = {
    ...(limit === null ? {} : { max_output_tokens: limit }),
    ...(isWritten ? { output_modalities: ['text'] } : {}),
  };
  const thrift = { ...state.thrift, updates: [...updates, { id, isOurs: true, asked: {} }] };
  return stay({ ...state, ledger, thrift }, [tellAzure(wordsUpdate(operator, id, held), true)]);
}
