/** The words between an agent and whoever runs it: what a run is given, what it tells on its way, how it ends. */

/** One thing said before, oldest first: what the model is given as the talk so far. */
export type Said =
  | { readonly role: 'user' | 'assistant'; readonly text: string }
  /** A tool was called and answered. */
  | {
      readonly role: 'tool';
      readonly callId: string;
      readonly name: string;
      readonly input: unknown;
      readonly output: unknown;
      readonly isError: boolean;
    };

/** The talk an agent's answers belong to. Where it is kept is its maker's business: in memory, or in an object. */
export interface AgentSession {
  /** What was said so far, as much of it as the model is to be given; and what stands for the rest. */
  readonly recall: () => Promise<Recollection> | Recollection;
  /** Keeps a turn when it has ended, whatever its end. */
  readonly keep: (turn: Turn) => Promise<void> | void;
}

/** What a session remembers. */
export interface Recollection {
  /** What stands for everything before; null when nothing was left out. */
  readonly summary: string | null;
  readonly said: readonly Said[];
}

/** What was said, and what came of it. */
export interface Turn {
  readonly message: string;
  readonly answer: string;
  readonly toolCalls: readonly ToolCall[];
  readonly reason: EndReason;
  readonly usage: Usage;
}

/** A call of a tool, answered or not. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  readonly input: unknown;
  /** Null while nothing came. */
  readonly output: unknown;
  readonly isError: boolean;
}

/** Tokens that Azure reported, over all steps of a run. Cached ones are part of the input. */
export interface Usage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** Why a run ended: as the model wanted, at its longest, by the filter, by its step limit, by the caller, or by an error. */
export type EndReason = 'stop' | 'length' | 'content_filter' | 'steps' | 'cancelled' | 'failed';

/** What a run tells on its way, in order; `end` is last and always comes. */
export type RunEvent =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool-call';
      readonly callId: string;
      readonly name: string;
      readonly input: unknown;
      readonly runs: 'client' | 'server';
    }
  | {
      readonly type: 'tool-result';
      readonly callId: string;
      readonly name: string;
      readonly output: unknown;
      readonly isError: boolean;
    }
  /** `error` is told when the reason is `failed`. */
  | { readonly type: 'end'; readonly turn: Turn; readonly error: RunError | null };

/** What broke a run, in words for the person; never a word of Azure's own. */
export interface RunError {
  readonly code:
    | 'content_filter'
    | 'budget_spent'
    | 'upstream_refused'
    | 'upstream_throttled'
    | 'upstream_lost'
    | 'upstream_unreachable'
    | 'internal';
  readonly message: string;
  /** When Azure said to come back; null when it did not say. */
  readonly retryAfterMs: number | null;
}

/** How one run goes. */
export interface RunOptions {
  readonly session: AgentSession;
  /** Stops the run; it ends as `cancelled`, with what there is. */
  readonly signal?: AbortSignal;
  /** Carries out the tools that run at the client. Without it, they are not offered to the model. */
  readonly runClientTool?: (call: ToolCall, signal: AbortSignal) => Promise<unknown>;
  /** Asked before each step of the model, and told what it used. Without it, nothing is counted. */
  readonly purse?: Purse;
}

/** Who pays for the steps of a run. */
export interface Purse {
  /** `inputBytes`: UTF-8 bytes that the model is going to read. Null: there is no money for it. */
  readonly open: (step: { readonly inputBytes: number }) => Grant | null;
  /** Told before the words of a step who gives them. */
  readonly answers: (grantId: string, deployment: string | null) => void;
  /** Told once for each grant, whatever became of the step. */
  readonly close: (grantId: string, used: Used) => void;
}

/** What a step came to. */
export interface Used {
  /** Null: Azure reported nothing. */
  readonly usage: Usage | null;
  /** Who answered; null: nobody. */
  readonly deployment: string | null;
}

/** Leave to make one step. */
export interface Grant {
  readonly id: string;
  /** The longest the model may write, in tokens; null: as it likes. */
  readonly mostOutputTokens: number | null;
}
