/** Carrying out what the model called: in parallel, each within its time, its result no larger than the model can use. */
import { startDeadline } from './deadline.ts';
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

/** A call whose input was looked at: carried out by its tool, or answered at once. */
export interface Prepared {
  readonly callId: string;
  readonly name: string;
  readonly input: unknown;
  readonly task: Tool | { readonly runs: 'server'; readonly refusal: ToolOutcome };
}

/** What calls are carried out with. */
export interface Workbench {
  readonly runClientTool: RunOptions['runClientTool'];
  readonly signal: AbortSignal;
}

/** About eight thousand tokens: what a page of text takes, and a model can still think over. */
const LARGEST_RESULT_CHARACTERS = 32_000;

/** Finds the tool of a call. A client is asked for nothing that does not fit, so its input is examined here. */
export function prepare(call: Call, tools: readonly Tool[]): Prepared {
  const { callId, name, input } = call;
  const answerWith = (problem: string): Prepared => ({
    callId,
    name,
    input,
    task: { runs: 'server', refusal: refused(problem) },
  });
  const tool = tools.find((one) => one.name === name);
  if (!tool) return answerWith('There is no tool of this name.');
  if (!call.isReadable) return answerWith('The arguments are not JSON.');
  if (tool.runs === 'server') return { callId, name, input, task: tool };
  const examined = tool.examine(input);
  return examined.ok ? { callId, name, input: examined.input, task: tool } : answerWith(examined.problem);
}

/**
 * Carries out calls, all at once, and tells each as it is answered. What breaks or takes too long is a result too, for
 * the model to read. Ends early when the signal fires: what is not told by then has no result.
 */
export async function* carryOut(calls: readonly Prepared[], bench: Workbench): AsyncGenerator<ToolCall> {
  const stopped = Promise.withResolvers<null>();
  const onAbort = () => stopped.resolve(null);
  bench.signal.addEventListener('abort', onAbort, { once: true });
  if (bench.signal.aborted) onAbort();
  const waiting = new Map(
    calls.map((call) => [call, answerTo(call, bench).then((outcome) => ({ call, outcome }))]),
  );
  try {
    while (waiting.size > 0) {
      const next = await Promise.race([stopped.promise, ...waiting.values()]);
      if (next === null) return;
      waiting.delete(next.call);
      const { callId, name, input } = next.call;
      yield { callId, name, input, ...next.outcome };
    }
  } finally {
    bench.signal.removeEventListener('abort', onAbort);
  }
}

async function answerTo(call: Prepared, { signal, runClientTool }: Workbench): Promise<ToolOutcome> {
  const { task } = call;
  if ('refusal' in task) return task.refusal;
  const deadline = startDeadline(task.timeoutMs, signal);
  try {
    const performed = perform(task, call, { signal: deadline.signal, runClientTool });
    const outcome = await Promise.race([performed, deadline.over]);
    return outcome === null ? refused('The tool took too long.') : sized(outcome);
  } catch {
    // What broke is not told: it may name what only the operator should know.
    return refused('The tool failed.');
  } finally {
    deadline.close();
  }
}

async function perform(tool: Tool, call: Prepared, bench: Workbench): Promise<ToolOutcome> {
  const { callId, name, input } = call;
  if (tool.runs === 'server') return tool.call(input, { signal: bench.signal });
  if (!bench.runClientTool) return refused('This tool cannot be used here.');
  const asked: ToolCall = { callId, name, input, output: null, isError: false };
  return { output: await bench.runClientTool(asked, bench.signal), isError: false };
}

/** What is too long is cut, and says so: half a result is better than none, as long as it is known to be half. */
function sized({ output, isError }: ToolOutcome): ToolOutcome {
  // As JSON at once: what a tool keeps of its result cannot change it any more. Undefined is no JSON.
  const json = JSON.stringify(output ?? null);
  if (json.length <= LARGEST_RESULT_CHARACTERS) {
    const copy: unknown = JSON.parse(json);
    return { output: copy, isError };
  }
  const text = typeof output === 'string' ? output : json;
  return { output: { isCut: true, beginning: text.slice(0, LARGEST_RESULT_CHARACTERS) }, isError };
}
