/** An agent: instructions, tools and a model, which answers messages of sessions. */
import type { ChatTarget } from './chat-target.ts';
import type { Ask } from './line.ts';
import { Run, type Agency } from './run-loop.ts';
import type { AgentSession, RunError, RunEvent, RunOptions, Turn } from './run.ts';
import { sessionInMemory } from './session.ts';
import type { Tool, ToolSource } from './tool.ts';

/** What an agent is made of. */
export interface AgentOptions {
  readonly instructions: string;
  /** Tools, and servers that have some. Of two with one name, the first is offered. */
  readonly tools?: readonly (Tool | ToolSource)[];
  readonly model: ChatTarget;
  /** Who knows other ways to Azure than that; a plain `fetch` unless told. */
  readonly ask?: Ask;
  /** Steps of the model in one run, its tools between them (8). */
  readonly maxSteps?: number;
  /** The longest one step may take, in ms (120,000). */
  readonly stepTimeoutMs?: number;
  /** The longest wait for a byte of Azure's, in ms (20,000; 90,000 for a model that thinks first). */
  readonly stallMs?: number;
}

/** How a run ended, and what came of it. */
export interface RunResult {
  readonly turn: Turn;
  readonly error: RunError | null;
}

/** Answers messages. */
export interface Agent {
  /** A new talk, kept in memory. Talks that are kept elsewhere are the caller's `AgentSession`. */
  readonly createSession: () => AgentSession;
  /** Answers a message; resolves when the run has ended. What goes wrong on the way is told in the result. */
  readonly run: (message: string, options: RunOptions) => Promise<RunResult>;
  /** The same, told while it happens; the last event is always `end`. Leaving the loop stops the run. */
  readonly runStream: (message: string, options: RunOptions) => AsyncIterable<RunEvent>;
}

const MAX_STEPS = 8;
const STEP_TIMEOUT_MS = 120_000;
/** With the default filter Azure sends in bursts: gaps of seconds are ordinary. */
const STALL_MS = 20_000;
/** Models that think before the first word send nothing meanwhile. */
const THINKING_STALL_MS = 90_000;
const THINKING = /^(?:o\d|gpt-(?:[5-9]|\d\d))/i;

/** Makes an agent. The AI SDK is loaded by its first run. */
export function createAgent(options: AgentOptions): Agent {
  const agency: Agency = {
    tools: [],
    ask: async (url, init) => ({
      // The key would be shown to wherever it leads.
      response: await fetch(url, { ...init, redirect: 'manual' }),
      deployment: options.model.chatDeployment,
    }),
    maxSteps: MAX_STEPS,
    stepTimeoutMs: STEP_TIMEOUT_MS,
    stallMs: THINKING.test(options.model.chatDeployment) ? THINKING_STALL_MS : STALL_MS,
    ...options,
  };
  const runStream = (message: string, given: RunOptions) => new Run(agency, message, given).events();
  return {
    createSession: sessionInMemory,
    runStream,
    run: async (message, given) => {
      for await (const event of runStream(message, given)) {
        if (event.type === 'end') return { turn: event.turn, error: event.error };
      }
      throw new Error('A run must tell its end');
    },
  };
}
