/**
 * The tools of the gateway's in a call: which calls of the model's are its to carry out, how they are answered, and when the
 * model goes on. Pure; `call-tools.ts` carries them out.
 */
import { answererOf, type Answerer, type OperatorTool } from '../azure/operator-tools.ts';
import { toolsUpdate } from '../azure/session.ts';
import { madeCall, type ToolCall } from '../azure/tool-calls.ts';
import { isRecord, type WireEvent } from '../azure/wire.ts';
import { tellAzure, type Action } from './actions.ts';
import { ask, askWaiting, TOOLS_ASK } from './answers.ts';
import type { Context } from './context.ts';
import { nameEvent } from './ledger.ts';
import { withFrameUp } from './open-state.ts';
import { holdBack } from './pace.ts';
import { hold, type ControlFrame } from './prelude.ts';
import { after, stay, type Live, type Open, type RelayState, type Step } from './relay-state.ts';
import { withText } from './spending.ts';
import { ownCallAnswered, ownCallMade, ownCalls, TOOL_ANSWER } from './tool-answers.ts';

/** A call that is to be carried out. */
export type ToolWish = ToolCall;

/** What came of one, as JSON text. */
export interface ToolAnswer {
  readonly callId: string;
  readonly output: string;
}

/** Items of calls that are remembered, to be hidden. */
const MOST_ITEMS = 100;

const INTERRUPTED = JSON.stringify({ error: 'The person spoke before it was done.' });

const PAGE_LEFT = JSON.stringify({ error: 'The page that carries it out is not there any more.' });

/** The types of the events that tell of a call. */
export const toolTypes: ReadonlySet<string> = new Set([
  'response.created',
  'response.output_item.added',
  'response.output_item.done',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'conversation.item.retrieved',
]);

/** Whether anything has to be looked at. */
export function hasTools({ operator }: Context): boolean {
  return operator.tools.length > 0;
}

/**
 * Tells Azure of the tools there are, where it was told of others: servers may take longer to list theirs than a call to
 * open, and a page comes and goes.
 */
export function offerTools(context: Context, state: Open): { state: Open; actions: readonly Action[] } {
  const { operator } = context;
  const tools = operator.tools;
  // Nobody is there to be told.
  if (state.pace.isShut) return { state, actions: [] };
  const isTold = namesOf(tools) === namesOf(state.offered);
  if (isTold || hasOwnTools(context, state)) return { state, actions: [] };
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const updates = [...state.thrift.updates, { id, isOurs: true, asked: {} }];
  const frame = toolsUpdate(operator, id);
  const spending = withText(state.spending, frame, 0);
  return {
    state: { ...state, ledger, spending, offered: tools, thrift: { ...state.thrift, updates } },
    actions: [tellAzure(frame, true)],
  };
}

function namesOf(tools: readonly OperatorTool[]): string {
  return tools.map(({ declaration }) => declaration.name).join();
}

/** Who answers a call of this name in this session. */
export function answererIn(context: Context, state: Open, name: string): Answerer {
  return hasOwnTools(context, state) ? 'client' : answererOf(name, context.operator.tools);
}

/** An unlocked client that has declared tools has declared them in place of the operator's. */
function hasOwnTools({ operator }: Context, { chosen, thrift }: Open): boolean {
  const asked = [chosen, ...thrift.updates.map((update) => update.asked)];
  return !operator.isLocked && asked.some(({ tools }) => tools !== undefined);
}

/** Follows what Azure tells of calls, before anybody else hears of it: begins those that are the gateway's to carry out. */
export function followTools(
  context: Context,
  state: Open,
  event: WireEvent,
): { state: Open; actions: readonly Action[] } {
  switch (event.type) {
    case 'response.created':
      return { state: answerBegun(state, event), actions: [] };
    case 'input_audio_buffer.speech_started':
      return dropTools(saidSomething(state));
    case 'input_audio_buffer.committed':
      return { state: saidSomething(state), actions: [] };
    case 'response.output_item.added':
    case 'conversation.item.added':
    case 'conversation.item.created':
    case 'response.output_item.done':
    case 'response.function_call_arguments.done':
      return callMade(context, withItem(context, state, event), event);
    default:
      return { state, actions: [] };
  }
}

/** The person has said something: what they ask for may take as many steps as any. */
export function saidSomething(state: Open): Open {
  return state.tools.count === 0 ? state : { ...state, tools: { ...state.tools, count: 0 } };
}

/** An answer out of band takes no step. */
function answerBegun(state: Open, { response }: WireEvent): Open {
  const { made, count } = state.tools;
  const isBeside = isRecord(response) && response['conversation_id'] === null;
  if (isBeside || made.size === 0) return state;
  return { ...state, tools: { ...state.tools, made: new Set(), count: count + 1 } };
}

function withItem(context: Context, state: Open, { item }: WireEvent): Open {
  if (!isRecord(item) || item['type'] !== 'function_call') return state;
  const id = String(item['id']);
  const { items } = state.tools;
  if (items.has(id) || answererIn(context, state, String(item['name'])) === 'client') return state;
  return { ...state, tools: { ...state.tools, items: new Set([...[...items].slice(1 - MOST_ITEMS), id]) } };
}

/** Azure tells twice of a call that is complete; it is carried out once. */
function callMade(
  context: Context,
  state: Open,
  event: WireEvent,
): { state: Open; actions: readonly Action[] } {
  const call = madeCall(event);
  if (call === null || state.tools.made.has(call.callId)) return { state, actions: [] };
  const tools = { ...state.tools, made: new Set([...state.tools.made, call.callId]) };
  if (answererIn(context, state, call.name) === 'client') return { state: { ...state, tools }, actions: [] };
  const calls = ownCallMade(state.ledger.calls, call.callId);
  return {
    state: { ...state, tools, ledger: { ...state.ledger, calls } },
    actions: [{ do: 'run-tool', call }],
  };
}

/**
 * A tool has answered: Azure is told, and asked to go on when no other call of the same answer waits. A client that has
 * calls of its own to answer asks by itself.
 */
export function toolAnswered(
  context: Context,
  state: RelayState,
  { callId, output, now }: ToolAnswer & { readonly now: number },
): Step {
  if (state.name === 'ended' || !ownCalls(state.ledger.calls).includes(callId)) return stay(state);
  const told = giveAnswer(state, { callId, output });
  const isLast = ownCalls(told.state.ledger.calls).length === 0 && !waitsForClient(told.state);
  return isLast ? after(told.actions, goOn(context, told.state, now)) : told;
}

/** The page is gone that was to answer: the model reads that of each call that waits for it, and goes on if it waited too. */
export function pageLeft(context: Context, state: RelayState, now: number): Step {
  if (state.name === 'ended') return stay(state);
  const { open } = state.ledger.calls;
  const waiting = [...open].flatMap(([callId, answerer]) => (answerer === 'client' ? [callId] : []));
  let told: { state: Live; actions: readonly Action[] } = { state, actions: [] };
  for (const callId of waiting) {
    const next = giveAnswer(told.state, { callId, output: PAGE_LEFT });
    told = { state: next.state, actions: [...told.actions, ...next.actions] };
  }
  // What was called before the person said something else nobody waits for.
  const isAwaited = state.name === 'open' && waiting.some((callId) => state.tools.made.has(callId));
  const isLast = isAwaited && ownCalls(told.state.ledger.calls).length === 0;
  return isLast ? after(told.actions, goOn(context, told.state, now)) : told;
}

/** Stops the tools under way: the person speaks, or has the answer cut. The model reads that they were. */
export function dropTools(state: Open): { state: Open; actions: readonly Action[] } {
  const { waiting } = state.spending;
  const isOurs = waiting !== null && String(waiting['event_id']).endsWith(`.${TOOLS_ASK}`);
  const calls = ownCalls(state.ledger.calls);
  let left: Open = isOurs ? { ...state, spending: { ...state.spending, waiting: null } } : state;
  const actions: Action[] = calls.length === 0 ? [] : [{ do: 'drop-tools' }];
  for (const callId of calls) {
    const told = giveAnswer(left, { callId, output: INTERRUPTED });
    if (told.state.name !== 'open') return { state: left, actions };
    left = told.state;
    actions.push(...told.actions);
  }
  return { state: left, actions };
}

function giveAnswer(
  state: Live,
  { callId, output }: ToolAnswer,
): { state: Live; actions: readonly Action[] } {
  const { ledger: named, id } = nameEvent(state.ledger, TOOL_ANSWER);
  const ledger = { ...named, calls: ownCallAnswered(named.calls, callId, id) };
  const item = { id: `vg_tool_${named.sequence}`, type: 'function_call_output', call_id: callId, output };
  return send({ ...state, ledger }, { type: 'conversation.item.create', event_id: id, item });
}

/** Where Azure is being dialled, it goes up with what waits. */
function send(state: Live, event: WireEvent): { state: Live; actions: readonly Action[] } {
  const text = JSON.stringify(event);
  const frame = controlFrame(event, text.length);
  if (state.name !== 'open') {
    return { state: { ...state, prelude: hold(state.prelude, frame) ?? state.prelude }, actions: [] };
  }
  if (state.pace.isShut) return { state: waits(state, frame), actions: [] };
  const spending = withText(state.spending, text, 0);
  return { state: withFrameUp({ ...state, spending }, frame), actions: [tellAzure(text, true)] };
}

function goOn(context: Context, state: Live, now: number): Step {
  if (state.name === 'open' && state.spending.waiting !== null) return askWaiting(context, state, now);
  const { ledger, id } = nameEvent(state.ledger, TOOLS_ASK);
  const event: WireEvent = { type: 'response.create', event_id: id };
  const frame = controlFrame(event, 0);
  if (state.name !== 'open') {
    return stay({ ...state, ledger, prelude: hold(state.prelude, frame) ?? state.prelude });
  }
  if (state.pace.isShut) return stay(waits({ ...state, ledger }, frame));
  return ask(context, withFrameUp({ ...state, ledger }, frame), { event, isOurs: false, now });
}

/** Nobody looks on just now: it goes up as soon as somebody does. */
function waits(state: Open, frame: ControlFrame): Open {
  return { ...state, pace: holdBack(state.pace, frame) ?? state.pace };
}

function controlFrame(event: WireEvent, units: number): ControlFrame {
  return { kind: 'control', event, units, soundUnits: 0, ms: 0 };
}

/** A call of the same answer is its client's, and is not answered yet. */
function waitsForClient(state: Live): boolean {
  const open = state.name === 'open' ? state : state.carried?.open;
  const { calls } = state.ledger;
  return [...(open?.tools.made ?? [])].some((callId) => calls.open.get(callId) === 'client');
}
