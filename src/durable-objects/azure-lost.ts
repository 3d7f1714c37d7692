/**
 * A call's session of Azure's is gone, or gives way to a new one in time: what is settled, what waits for the next, and
 * when the time for it has come. Pure.
 */
import type { WireEvent } from '../azure/wire.ts';
import { knowsGateway } from '../protocol/subprotocols.ts';
import { tellGateway, type Action } from './actions.ts';
import { unfinished } from './answers.ts';
import { stateFrom, type Standing } from './checkpoint.ts';
import type { Context } from './context.ts';
import { isLanded, turnsInFlight, withQuestions, IN_FLIGHT_FRAMES, IN_FLIGHT_MS } from './in-flight.ts';
import { nameEvent } from './ledger.ts';
import { HELD_MS } from './pace.ts';
import { emptyPrelude, type Prelude, type UpFrame } from './prelude.ts';
import { lastWords, type Recorder } from './recorder.ts';
import {
  end,
  stay,
  type Carried,
  type Ending,
  type Open,
  type RelayState,
  type Step,
} from './relay-state.ts';
import { WATCH_EVERY_MS } from './watchdog.ts';
import { whileOpen } from './while-open.ts';

/** So many sockets of Azure's in a row that came to nothing, and one more, end the call. */
const MOST_LOSSES = 4;

/** One that lasted so long came to something, although nobody was answered. */
const SOUND_AFTER_MS = 60_000;

/** Sound and frames that wait for another session: what is sent again, and what comes meanwhile. */
const WAITING = { audioMs: IN_FLIGHT_MS + HELD_MS, frames: 2 * IN_FLIGHT_FRAMES };

/** How Azure was lost, and when. */
export interface Loss {
  /** How the call ends, when there is no other way. */
  readonly ending: Ending;
  readonly now: number;
}

/** Azure's socket is gone: the call goes on with another session, if it was open and this was no ordinary end. */
export function azureLost(context: Context, state: RelayState, { ending, now }: Loss): Step {
  // While one is dialled there is none to lose.
  if (state.name === 'ended' || state.name === 'dialling') return stay(state);
  if (state.name === 'configuring') {
    if (state.carried === null || state.carried.losses >= MOST_LOSSES) return end(state, ending);
    const { ledger, prelude, carried } = state;
    const again = { ...carried, losses: carried.losses + 1 };
    return { state: { name: 'dialling', ledger, prelude, carried: again }, actions: [redial(ending)] };
  }
  const losses = lossesOf(state, now);
  if (isFinalLoss(losses, ending)) return end(state, ending);
  const { state: next, actions } = leave(context, state, { reason: 'lost', now, losses });
  return {
    state: next,
    actions: next.name === 'ended' ? actions : [...actions, ...telling(context), redial(ending)],
  };
}

/** How many sockets of Azure's were lost in a row, with the one that is lost now. */
export function lossesOf({ losses, openedAt }: Open, now: number): number {
  return now - openedAt >= SOUND_AFTER_MS ? 1 : losses + 1;
}

/** Whether no other socket is looked for after so many losses in a row, or after this end. */
export function isFinalLoss(losses: number, { as }: Ending): boolean {
  return as === 'over' || losses > MOST_LOSSES;
}

/** The object that held the call is gone, with its session of Azure's: the call goes on from what was written down. */
export function objectLost(context: Context, standing: Standing, now: number): Step {
  const open = stateFrom(context, standing, now);
  const { state, actions } = leave(context, open, { reason: 'lost', now, losses: 0 });
  return { state, actions: [...actions, ...telling(context), { do: 'redial', code: 'object_lost' }] };
}

/** Nobody hears what comes up for a while: it waits. */
function telling({ lane }: Context): readonly Action[] {
  const message = 'The connection to Azure was lost. The call goes on as soon as there is another.';
  return knowsGateway(lane) ? [tellGateway({ type: 'gateway.warning', code: 'upstream_lost', message })] : [];
}

function redial({ complaint }: Ending): Action {
  return { do: 'redial', code: complaint?.code ?? 'upstream_lost' };
}

/** The session gives way to one that is there already. Only at a turn's edge. */
export function giveWay(context: Context, state: RelayState, now: number): Step {
  if (state.name !== 'open') return stay(state);
  return leave(context, state, { reason: 'expiry', now, losses: 0 });
}

/** A new session is dialled so long before the old one ends; of a short one, in its last quarter, or three looks before. */
const AHEAD_MS = 60_000;

/** Calls that began together do not dial together: up to so much earlier. */
const SPREAD_MS = 30_000;

/** Whether a new session is due: `late` when there is hardly time to wait for the words of the last turn. */
export function renewalDue(
  state: RelayState,
  { now, chance }: { readonly now: number; readonly chance: number },
): 'no' | 'due' | 'late' {
  if (state.name !== 'open' || state.expiresAt === null) return 'no';
  const { expiresAt, openedAt } = state;
  const lifeMs = expiresAt - openedAt;
  const aheadMs = Math.min(AHEAD_MS + chance * SPREAD_MS, Math.max(lifeMs / 4, 3 * WATCH_EVERY_MS));
  if (now < expiresAt - aheadMs) return 'no';
  return now < expiresAt - aheadMs / 3 ? 'due' : 'late';
}

/** True while nobody speaks, nothing is answered, and nothing waits for Azure's word. */
export function isAtEdge(state: RelayState, due: 'due' | 'late'): boolean {
  if (state.name !== 'open') return false;
  const { spending, inFlight, thrift, pace, recorder } = state;
  const isAnswering = state.answering > 0 || state.isReplyOwed || spending.asked.length > 0;
  const isWaiting = thrift.updates.length > 0 || pace.held.length > 0 || !isLanded(inFlight);
  const isUnwritten = recorder.entries.some(({ kind }) => kind === 'speech');
  return !isAnswering && !isWaiting && (due === 'late' || !isUnwritten);
}

/** What a call still owes when it ends, whether Azure is there or is being dialled again. */
export function lastActions(context: Context, before: RelayState, now: number): readonly Action[] {
  if (before.name === 'ended') return [];
  if (before.name === 'open') return [...unfinished(context, before), ...lastWords(before, now)];
  return before.carried === null ? [] : lastWords(before.carried.open, now);
}

function leave(
  context: Context,
  open: Open,
  { reason, now, losses }: { reason: Carried['reason']; now: number; losses: number },
): Step {
  const cut = withAnswersCut(context, open, now);
  if (cut.state.name !== 'open') return cut;
  const { state: left } = cut;
  const { ledger, frames } = waitingFrames(open, left);
  const released = open.spending.asked.map(({ reservation: id }): Action => ({ do: 'release', id }));
  const turns = turnsInFlight(open.inFlight);
  const entries = left.recorder.entries.filter(({ id }) => !turns.has(id));
  const recorder = { ...left.recorder, entries };
  const carried: Carried = {
    reason,
    since: now,
    losses,
    open: { ...left, recorder, part: null, track: null },
  };
  return {
    state: { name: 'dialling', ledger, prelude: preludeOf(frames), carried },
    actions: [...cut.actions, ...released],
  };
}

/** Each answer under way is told as done, once, as far as it came: nobody waits for the rest. */
function withAnswersCut(context: Context, open: Open, now: number): Step {
  const [first] = open.inFlight.responses;
  const items = unanswered(open.recorder);
  let step: Step = stay(open);
  for (const response of open.inFlight.responses) {
    if (step.state.name !== 'open') return step;
    const event = doneEvent(response, response === first ? items : []);
    const next = whileOpen(context, step.state, { type: event.type, frame: JSON.stringify(event), now });
    step = { state: next.state, actions: [...step.actions, ...next.actions] };
  }
  return step;
}

/** As Azure tells of an answer that is not whole; the reason is one that it has not. */
function doneEvent(response: Readonly<Record<string, unknown>>, output: readonly unknown[]): WireEvent {
  const status = 'incomplete';
  return {
    type: 'response.done',
    event_id: `event_vg_${String(response['id'])}`,
    response: {
      ...response,
      status,
      status_details: { type: status, reason: 'upstream_lost' },
      output,
      usage: null,
    },
  };
}

/** What goes up first in the next session: what may not have been heard, what waited, and the question that nobody asked. */
function waitingFrames(open: Open, left: Open): { ledger: Open['ledger']; frames: readonly UpFrame[] } {
  const { sent, turn } = withQuestions(open.inFlight, open.spending.asked);
  const again = sent.map(({ frame }) => frame);
  // Voice detection will answer by itself what it hears once more.
  const isOwed = open.isReplyOwed && turn === null && turnsInFlight(open.inFlight).size === 0;
  if (!isOwed) return { ledger: left.ledger, frames: [...again, ...open.pace.held] };
  const { ledger, id } = nameEvent(left.ledger, 'response.create');
  const event = { type: 'response.create', event_id: id };
  const question: UpFrame = { kind: 'control', event, units: 0, soundUnits: 0, ms: 0 };
  return { ledger, frames: [...again, question, ...open.pace.held] };
}

/** What of the conversation is being made, as items that broke off. */
function unanswered({ entries }: Recorder): readonly unknown[] {
  const status = 'incomplete';
  return entries.flatMap((entry): unknown[] => {
    if (entry.kind === 'answer' && entry.status === null) {
      const content = entry.parts.map(({ isSpoken, text }) =>
        isSpoken ? { type: 'output_audio', transcript: text } : { type: 'output_text', text },
      );
      return [{ id: entry.id, type: 'message', role: 'assistant', status, content }];
    }
    if (entry.kind !== 'call' || entry.isMade) return [];
    const { id, callId, name, arguments: given } = entry;
    return [{ id, type: 'function_call', status, call_id: callId, name, arguments: given }];
  });
}

function preludeOf(frames: readonly UpFrame[]): Prelude {
  const sum = (kind: UpFrame['kind'], of: (frame: UpFrame) => number): number =>
    frames.reduce((all, frame) => all + (frame.kind === kind ? of(frame) : 0), 0);
  return {
    ...emptyPrelude,
    most: WAITING,
    frames,
    audioMs: sum('audio', ({ ms }) => ms),
    controlUnits: sum('control', (frame) => (frame.kind === 'control' ? frame.units : 0)),
  };
}
