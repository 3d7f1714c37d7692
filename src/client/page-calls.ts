/** Tools of the page that the model calls in a call: shown at work, carried out once, answered; then the model goes on. Pure. */
import type { Action } from './actions.ts';
import { withOutcome, withTool, type ToolTrace } from './captions.ts';
import { toolAnswer } from './client-events.ts';
import { record } from './fields.ts';
import type { Live, Model } from './model.ts';
import { stay, type Step } from './step.ts';

/** A call as the model made it. */
export interface PageCall {
  readonly itemId: string;
  readonly callId: string;
  readonly name: string;
  readonly arguments: unknown;
}

/** Which calls are being carried out, and which were: nothing is done twice because it is told twice. */
export interface PageCalls {
  readonly running: readonly string[];
  readonly ran: readonly string[];
}

/** Nothing was called. */
export const noPageCalls: PageCalls = { running: [], ran: [] };

/** Calls that are remembered. */
const MOST = 50;

/** An answer has called tools: each has an entry of its own, and is carried out. */
export function callPageTools(model: Model, call: Live, made: readonly PageCall[]): Step {
  const known = new Set([...call.tools.running, ...call.tools.ran]);
  const fresh = made.filter(({ callId }) => !known.has(callId));
  if (fresh.length === 0) return stay(model);
  const running = [...call.tools.running, ...fresh.map(({ callId }) => callId)];
  const next: Live = {
    ...call,
    tools: { ...call.tools, running },
    // The model is about to go on: what is typed meanwhile waits for that.
    turn: { ...call.turn, isAwaited: true },
  };
  return {
    model: {
      ...model,
      call: next,
      captions: fresh.reduce(
        (now, { itemId, ...it }) => withTool(now, itemId, { ...it, state: 'running' }),
        model.captions,
      ),
    },
    actions: fresh.map(({ callId, name, arguments: given }): Action => ({
      type: 'run-tool',
      callId,
      name,
      arguments: given,
    })),
  };
}

/** A tool has done what it does. When it was the last, the model is asked to go on. */
export function pageToolRan(
  model: Model,
  call: Live,
  { callId, output }: { readonly callId: string; readonly output: object },
): Step {
  if (!call.tools.running.includes(callId)) return stay(model);
  const running = call.tools.running.filter((id) => id !== callId);
  const ran = [...call.tools.ran, callId].slice(-MOST);
  const state: ToolTrace['state'] = record(output)['success'] === false ? 'failed' : 'done';
  const goOn: readonly Action[] =
    running.length > 0 ? [] : [{ type: 'send', event: { type: 'response.create' } }];
  return {
    model: {
      ...model,
      call: { ...call, tools: { running, ran } },
      captions: withOutcome(model.captions, callId, state),
    },
    actions: [{ type: 'send', event: toolAnswer(callId, JSON.stringify(output)) }, ...goOn],
  };
}
