/** Carrying out what the model called: in parallel, each within its time, its result no larger than the model can use. */
import type { RunOptions, ToolCall } from './run.ts';
import { refused, type Tool, type ToolOutcome } from './tool.ts';

/** A call as the model wrote it. */
export interface Call {
  readonly callId: string;
  readonly name: string;
  readonly input: unknown;
  /** Whether its arguments were JSON at all. */
  readonly isReadable: boolean;
}

/** What tools are carried out with. */
export interface Workbench {
  readonly tools: readonly Tool[];
  readonly runClientTool: RunOptions['runClientTool'];
  readonly signal: AbortSignal;
}

/** About eight thousand tokens: what a page of text takes, and a model can still think over. */
const LARGEST_RESULT_CHARACTERS = 32_000;

/**
 * Carries out calls, all at once, and tells each as it is answered. What does not fit, breaks or takes too long is a
 * result too, for the model to read. Ends early when the signal fires: what is not told by then has no result.
 */
export async function* carryOut(calls: readonly Call[], bench: Workbench): AsyncGenerator<ToolCall> {
  const waiting = new Map(
    calls.map((call) => [call.callId, answerTo(call, bench).then((answered) => ({ call, answered }))]),
  );
  const stopped = untilAborted(bench.signal);
  while (waiting.size > 0) {
    const next = await Promise.race([...waiting.values(), stopped.promise]);
    if (next === null) break;
    waiting.delete(next.call.callId);
    const { callId, name, input } = next.call;
    yield { callId, name, input, ...next.answered };
  }
  stopped.forget();
}

async function answerTo(call: Call, bench: Workbench): Promise<ToolOutcome> {
  const tool = bench.tools.find(({ name }) => name === call.name);
  if (!tool) return refused('There is no tool of this name.');
  if (!call.isReadable) return refused('The arguments are not JSON.');
  const patience = AbortSignal.timeout(tool.timeoutMs);
  const signal = AbortSignal.any([bench.signal, patience]);
  const stopped = untilAborted(signal);
  try {
    const outcome = await Promise.race([perform(tool, call, { ...bench, signal }), stopped.promise]);
    return outcome === null ? refused('The tool took too long.') : sized(outcome);
  } catch {
    // What broke is not told: it may name what only the operator should know.
    return refused('The tool failed.');
  } finally {
    stopped.forget();
  }
}

async function perform(tool: Tool, call: Call, { signal, runClientTool }: Workbench): Promise<ToolOutcome> {
  if (tool.runs === 'server') return tool.call(call.input, { signal });
  const examined = tool.examine(call.input);
  if (!examined.ok) return refused(examined.problem);
  if (!runClientTool) return refused('This tool cannot be used here.');
  const asked: ToolCall = { ...call, input: examined.input, output: null, isError: false };
  return { output: await runClientTool(asked, signal), isError: false };
}

/** What is too long is cut, and says so: half a result is better than none, as long as it is known to be half. */
function sized({ output, isError }: ToolOutcome): ToolOutcome {
  // Through JSON at once: what a tool keeps of its result cannot change it any more.
  const json = JSON.stringify(output) ?? 'null';
  if (json.length <= LARGEST_RESULT_CHARACTERS) return { output: JSON.parse(json), isError };
  const text = typeof output === 'string' ? output : json;
  return { output: { isCut: true, beginning: text.slice(0, LARGEST_RESULT_CHARACTERS) }, isError };
}

function untilAborted(signal: AbortSignal): { promise: Promise<null>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<null>();
  const onAbort = () => resolve(null);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
