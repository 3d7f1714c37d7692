/**
 * The memory of a user, filled at once and asked many times: the real class in an object of its own, with a door for the
 * bench. Work is timed from outside, since the runtime's clock stands still while code runs.
 */
import { DurableObject } from 'cloudflare:workers';
import { Agenda } from '../../src/durable-objects/agenda.ts';
import type { KeptMessage } from '../../src/durable-objects/store/memory.ts';
import { SqlMemory } from '../../src/durable-objects/store/sql-memory.ts';

interface Env {
  readonly MEMORIES: DurableObjectNamespace<FilledMemory>;
}

/** What the bench may have done, so many times over. */
export type Work =
  | 'open'
  | 'back'
  | 'recall'
  | 'append'
  | 'note'
  | 'list'
  | 'common'
  | 'rare'
  | 'prefix'
  | 'export'
  | 'nothing';

/** Words as often as people use them: a few all the time, most hardly ever. */
const WORDS = 5_000;
const WORDS_A_MESSAGE = 20;
const PAGE = { after: null, limit: 50 };
const RECALLED_TOKENS = 2_000;

/** One conversation of many messages. */
export class FilledMemory extends DurableObject {
  readonly #memory = new SqlMemory(this.ctx.storage, {
    retention: { keptMs: null, emptyMs: 24 * 60 * 60 * 1000 },
    agenda: new Agenda(this.ctx.storage),
  });
  #id = '';
  #count = 0;

  /** Adds so many messages to the conversation. Bytes of the database. */
  fill(count: number): number {
    this.#id ||= this.#memory.begin(0);
    this.ctx.storage.transactionSync(() => {
      for (let n = 0; n < count; n += 1) this.#memory.keep(this.#id, this.#nextMessage());
    });
    return this.ctx.storage.sql.databaseSize;
  }

  /** Forgets the conversation. Bytes of the database. */
  delete(): number {
    this.#memory.delete(this.#id);
    return this.ctx.storage.sql.databaseSize;
  }

  /** Does one thing `times` over. */
  work(what: Work, times: number): void {
    for (let n = 0; n < times; n += 1) this.#one(what);
  }

  #one(what: Work): void {
    switch (what) {
      case 'open':
        return void this.#memory.open(this.#id, PAGE);
      case 'back':
        return void this.#memory.open(this.#id, { ...PAGE, after: { at: this.#count / 2, n: 0 } });
      case 'recall':
        return void this.#memory.recall(this.#id, RECALLED_TOKENS);
      case 'append':
        return void this.#memory.keep(this.#id, this.#nextMessage());
      case 'note':
        return this.#memory.note(this.#id, this.#nextMessage());
      case 'list':
        return void this.#memory.list(PAGE);
      case 'common':
        return void this.#memory.search('w0', { after: null, limit: 20 });
      case 'rare':
        return void this.#memory.search(`w${WORDS - 1}`, { after: null, limit: 20 });
      case 'prefix':
        return void this.#memory.search('w1', { after: null, limit: 20 });
      case 'export':
        return void this.#memory.export().reduce((size, piece) => size + piece.length, 0);
      case 'nothing':
    }
  }

  #nextMessage(): KeptMessage {
    this.#count += 1;
    const words = Array.from({ length: WORDS_A_MESSAGE }, () => `w${Math.floor(WORDS ** Math.random() - 1)}`);
    return {
      id: `msg_${this.#count.toString(16).padStart(32, '0')}`,
      role: this.#count % 2 === 0 ? 'assistant' : 'user',
      mode: 'text',
      content: words.join(' '),
      status: 'complete',
      saidAt: this.#count,
      clientId: null,
      toolCalls: [],
      sessionId: 'vs_00000000000000000000000000000000',
      tokens: 30,
      nanoUsd: 1_000,
    };
  }
}

/** `?do=METHOD&…`: hands on to the one memory. */
// oxlint-disable-next-line import/no-default-export -- the platform wants one
export default {
  async fetch(request: Request, { MEMORIES }: Env): Promise<Response> {
    const { searchParams: query } = new URL(request.url);
    const number = (name: string): number => Number(query.get(name));
    const memory = MEMORIES.getByName('a');
    switch (query.get('do') ?? '') {
      case 'fill':
        return Response.json(await memory.fill(number('count')));
      case 'delete':
        return Response.json(await memory.delete());
      case 'work':
        await memory.work(query.get('what') as Work, number('times'));
        return Response.json(null);
      default:
        return new Response(null, { status: 404 });
    }
  },
};
