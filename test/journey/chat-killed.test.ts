/** A server that is killed at any moment loses no answered message and doubles none. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Remembered, type Writer, writer } from '../support/chat-client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { pick, type RealtimeClient } from '../support/realtime-client.ts';

const KILLS = 8;
const SEED = 20_261_125;
/** Messages that wait for their answers at the same time. */
const OUTSTANDING = 3;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    emulator: { pace: 1, thinkMs: 30 },
    vars: { MAX_REQUESTS_PER_MINUTE: '100000' },
  });
});
afterAll(() => gateway.close());

/** Numbers from 0 to 1 that look random and are the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Writes numbered messages, and each again until it is answered. */
class Stubborn {
  readonly answers = new Map<number, string>();
  readonly conversations = new Set<string>();
  sent = 0;
  isStopping = false;
  #onAnswer: () => void = () => undefined;

  /** Opens a socket, comes back to the conversation, and goes on. */
  async talks(someone: Writer): Promise<RealtimeClient> {
    const chat = await someone.chats();
    chat.socket.on('message', (data) => this.#hear(chat, JSON.parse((data as Buffer).toString())));
    for (let number = 1; number <= this.sent; number += 1)
      if (!this.answers.has(number)) this.#say(chat, number);
    this.#goOn(chat);
    return chat;
  }

  /** Settles when everything that was sent is answered. */
  async isContent(): Promise<void> {
    while (this.answers.size < this.sent) await new Promise<void>((resolve) => (this.#onAnswer = resolve));
  }

  #hear(chat: RealtimeClient, event: unknown): void {
    const conversationId = pick(event, 'conversation_id');
    if (typeof conversationId === 'string') this.conversations.add(conversationId);
    if (pick(event, 'type') !== 'text_response') return;
    const content = String(pick(event, 'content'));
    const number = Number(/^Number (?<number>\d+) of/.exec(content)?.groups?.['number']);
    this.answers.set(number, content);
    this.#onAnswer();
    this.#goOn(chat);
  }

  #goOn(chat: RealtimeClient): void {
    while (!this.isStopping && this.sent - this.answers.size < OUTSTANDING) {
      this.sent += 1;
      this.#say(chat, this.sent);
    }
  }

  #say(chat: RealtimeClient, number: number): void {
    const [conversation_id] = this.conversations;
    const where = conversation_id === undefined ? {} : { conversation_id };
    chat.send({ type: 'message', id: `m-${number}`, content: contentOf(number), ...where });
  }
}

function contentOf(number: number): string {
  return `Repeat after me: Number ${number} of many, and some words more`;
}

test(
  '[T20] a client that sends again what was not answered finds everything once, in its order',
  { timeout: 300_000 },
  async () => {
    const random = seeded(SEED);
    const alice = await writer(gateway);
    const client = new Stubborn();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const chat = await client.talks(alice);
      // The first one early, before the conversation has a name that the client knows.
      const ms = kill === 0 ? 20 : 30 + random() * 1_200;
      await new Promise<void>((resolve) => setTimeout(resolve, ms));
      await gateway.crash();
      await chat.closed();
    }
    const last = await client.talks(alice);
    client.isStopping = true;
    await client.isContent();
    const [conversation = '', ...others] = client.conversations;
    expect(others).toEqual([]);
    const kept = await alice.remembers(conversation);
    const numbers = Array.from({ length: client.sent }, (_, at) => at + 1);
    expect(kept.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual(
      numbers.map(contentOf),
    );
    const answers = kept.filter(({ role }) => role === 'assistant');
    expect(answers.map(({ content }) => content).toSorted()).toEqual([...client.answers.values()].toSorted());
    expect(answers.filter(({ status }) => status !== 'complete')).toEqual([]);
    expect(new Set(kept.map(({ id }: Remembered) => id)).size).toBe(2 * client.sent);
    expect(client.sent).toBeGreaterThan(KILLS);
    await last.close();
  },
);
