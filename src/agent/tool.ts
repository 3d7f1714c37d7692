/** What the model may do: a name, what it is good for, a schema of what it needs, and how it is carried out. */
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';

/** A tool of an agent. */
export type Tool = ServerTool | ClientTool;

/** Tools that are only known when somebody was asked for them, such as those of a server. */
export interface ToolSource {
  /** Never rejects: who cannot be asked has no tools today. */
  readonly listTools: () => Promise<readonly Tool[]>;
}

/** How a tool is told to the model. */
export interface Declaration {
  /** Letters, digits, `_` and `-`, at most 64: the rule of Azure. */
  readonly name: string;
  readonly description: string;
  /** JSON schema of an object. */
  readonly parameters: JsonSchema;
}

/** A JSON schema; what is in it is for the model. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A tool that is carried out here. */
export interface ServerTool extends Declaration {
  readonly runs: 'server';
  /** When it has not answered by then, it has failed. */
  readonly timeoutMs: number;
  /** Examines the input and does what the tool does. May reject: that is a failure of the tool. */
  readonly call: (input: unknown, context: ToolContext) => Promise<ToolOutcome>;
}

/** A tool that is carried out where the person is; here its input is examined. */
export interface ClientTool extends Declaration {
  readonly runs: 'client';
  readonly timeoutMs: number;
  readonly examine: (input: unknown) => Examined;
}

/** What a tool is given beside its input. */
export interface ToolContext {
  /** Fires when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** What came of a call. */
export interface ToolOutcome {
  readonly output: unknown;
  readonly isError: boolean;
}

/** An input that fits, as the schema reads it, or what is wrong with it, in words for the model. */
export type Examined =
  | { readonly ok: true; readonly input: unknown }
  | { readonly ok: false; readonly problem: string };

/** The schema of a tool's input: an object. */
type InputSchema = v.GenericSchema<Record<string, unknown>, object>;

const TIMEOUT_MS = 15_000;
/** A person may have to be asked, and pages sleep in background tabs. */
const CLIENT_TIMEOUT_MS = 30_000;
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** More would only fill the model's mind. */
const MOST_PROBLEMS = 5;

/**
 * A tool that is carried out here. `timeoutMs` is 15 s unless told.
 *
 * @throws {TypeError} when the name is none that Azure takes.
 */
export function defineTool<const Schema extends InputSchema>(tool: {
  readonly name: string;
  readonly description: string;
  readonly parameters: Schema;
  readonly timeoutMs?: number;
  readonly run: (input: v.InferOutput<Schema>, context: ToolContext) => unknown;
}): ServerTool {
  const { parameters, run, timeoutMs = TIMEOUT_MS } = tool;
  return {
    ...declare(tool),
    runs: 'server',
    timeoutMs,
    call: async (input, context) => {
      const read = v.safeParse(parameters, input);
      if (!read.success) return refused(problemOf(read.issues));
      return { output: await run(read.output, context), isError: false };
    },
  };
}

/**
 * A tool that is carried out where the person is. `timeoutMs` is 30 s unless told.
 *
 * @throws {TypeError} when the name is none that Azure takes.
 */
export function clientTool(tool: {
  readonly name: string;
  readonly description: string;
  readonly parameters: InputSchema;
  readonly timeoutMs?: number;
}): ClientTool {
  const { parameters, timeoutMs = CLIENT_TIMEOUT_MS } = tool;
  return {
    ...declare(tool),
    runs: 'client',
    timeoutMs,
    examine: (input) => {
      const read = v.safeParse(parameters, input);
      return read.success ? { ok: true, input: read.output } : { ok: false, problem: problemOf(read.issues) };
    },
  };
}

/** The outcome of a call that was not carried out. `problem` is read by the model. */
export function refused(problem: string): ToolOutcome {
  return { output: { error: problem }, isError: true };
}

function declare(tool: {
  readonly name: string;
  readonly description: string;
  readonly parameters: InputSchema;
}): Declaration {
  if (!NAME.test(tool.name)) throw new TypeError(`A tool cannot be called ${JSON.stringify(tool.name)}`);
  // `ignore`: what JSON schema has no word for is still examined, only not told.
  const { $schema: _, ...parameters } = toJsonSchema(tool.parameters, {
    errorMode: 'ignore',
    typeMode: 'input',
  });
  return { name: tool.name, description: tool.description, parameters };
}

function problemOf(issues: readonly v.BaseIssue<unknown>[]): string {
  const problems = issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => `${v.getDotPath(issue) ?? 'arguments'}: ${issue.message}`);
  return `These arguments do not fit. ${problems.join('; ')}`;
}
