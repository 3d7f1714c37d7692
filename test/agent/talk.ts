/** Short words for what the tests of the agent do all the time. */
import { createAgent, type Agent, type AgentOptions } from '../../src/agent/agent.ts';
import type { Recollection, RunEvent, RunOptions, Turn, Usage, Used } from '../../src/agent/run.ts';

export const KEY = 'key-of-the-agent-tests-0123456789';

/** An agent at an emulator; `chatDeployment` is a good one unless told. */
export function agentAt(
  endpoint: string,
  options: Partial<AgentOptions> & { chatDeployment?: string } = {},
): Agent {
  const { chatDeployment = 'gpt-4o', ...rest } = options;
  return createAgent({
    instructions: 'You are kind.',
    model: { endpoint, apiKey: KEY, chatDeployment },
    ...rest,
  });
}

/** Every event of a run. */
export function eventsOf(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  return Array.fromAsync(events);
}

/** The last event, which must be an end. */
export function endOf(events: readonly RunEvent[]): Extract<RunEvent, { type: 'end' }> {
  const last = events.at(-1);
  if (last?.type !== 'end') throw new Error(`An end was expected, not ${JSON.stringify(last)}`);
  return last;
}

/** The words of a run, joined. */
export function wordsOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

/** The events of one type. */
export function ofType<Type extends RunEvent['type']>(
  events: readonly RunEvent[],
  type: Type,
): Extract<RunEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
}

/** A session that remembers what it is told to, and shows what it was given to keep. */
export class OpenSession {
  readonly kept: Turn[] = [];
  readonly #recollection: Recollection;

  constructor(recollection: Recollection = { summary: null, said: [] }) {
    this.#recollection = recollection;
  }

  recall(): Recollection {
    return this.#recollection;
  }

  keep(turn: Turn): void {
    this.kept.push(turn);
  }
}

/** Options with a session of their own. */
export function fresh(options: Partial<RunOptions> = {}): RunOptions & { session: OpenSession } {
  return { ...options, session: new OpenSession() };
}

/** A purse that shows what it was asked, and gives so many grants. */
export class OpenPurse {
  readonly asked: number[] = [];
  readonly closed: (readonly [string, Usage | null])[] = [];
  readonly answeredBy: (string | null)[] = [];
  readonly #grants: number;
  readonly #mostOutputTokens: number | null;

  constructor(grants = Infinity, mostOutputTokens: number | null = null) {
    this.#grants = grants;
    this.#mostOutputTokens = mostOutputTokens;
  }

  open({ inputBytes }: { readonly inputBytes: number }) {
    if (this.asked.length >= this.#grants) return null;
    this.asked.push(inputBytes);
    return { id: `grant-${this.asked.length}`, mostOutputTokens: this.#mostOutputTokens };
  }

  answers(): void {}

  close(id: string, { usage, deployment }: Used): void {
    this.closed.push([id, usage]);
    this.answeredBy.push(deployment);
  }
}
