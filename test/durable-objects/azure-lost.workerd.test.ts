/** Calls whose Azure is lost, or renewed in time, against the emulator. */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { Dialer, type Dialling, type Reached } from '../../src/durable-objects/dialer.ts';
import type { Pages } from '../../src/durable-objects/notebook.ts';
import type { KeptMessage } from '../../src/durable-objects/store/memory.ts';
import type { Route } from '../../src/azure/routes.ts';
import { callsDirectly, routeTo, typed } from '../workerd/calls.ts';
import type { Caller } from '../workerd/caller.ts';
import { hum } from '../workerd/hum.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Dials as ever, and can cut what it dialled, or lead elsewhere from now on. */
class Cutter extends Dialer {
  dials = 0;
  instead: readonly Route[] | null = null;
  #cut = new AbortController();

  override async dial(routes: readonly Route[], dialling: Dialling): Promise<Reached> {
    this.dials += 1;
    this.#cut = new AbortController();
    const signal = AbortSignal.any([dialling.signal, this.#cut.signal]);
    return super.dial(this.instead ?? routes, { ...dialling, signal });
  }

  /** The newest socket is gone, with no close frame. */
  cuts(): void {
    this.#cut.abort();
  }
}

/** A memory of one call. */
function memory(): { pages: Pages; said: () => [string, string, string][] } {
  const messages = new Map<string, KeptMessage>();
  const inOrder = (): KeptMessage[] => [...messages.values()].toSorted((a, b) => a.saidAt - b.saidAt);
  return {
    pages: {
      note: (_, message) => void messages.set(message.id, message),
      erase: (_, id) => void messages.delete(id),
      recall: () => ({
        summary: null,
        forgotten: [],
        messages: inOrder().map((one) => ({
          id: one.id,
          role: one.role,
          mode: one.mode,
          content: one.content,
          status: one.status,
          created_at: one.saidAt,
          tool_calls: one.toolCalls,
        })),
      }),
    },
    said: () => inOrder().map(({ role, content, status }) => [role, content, status]),
  };
}

async function asks(caller: Caller, text: string): Promise<unknown> {
  caller.says(typed(text));
  caller.says({ type: 'response.create', response: { output_modalities: ['text'] } });
  const done = (await caller.hears('response.done')) as {
    response: { status: string; output: { content: { text: string }[] }[] };
  };
  return done.response.output[0]?.content[0]?.text;
}

async function stats(): Promise<{ sockets_open: number; last_session: { instructions: string } }> {
  return (await fetch(`${env.AZURE_ENDPOINT}/emulator/stats`)).json();
}

async function socketsOpen(): Promise<number> {
  return (await stats()).sockets_open;
}

async function lastInstructions(): Promise<string> {
  return (await stats()).last_session.instructions;
}

function countOf(caller: Caller, type: string): number {
  return caller.types().filter((one) => one === type).length;
}

it.each(['voxgate.v1', 'realtime'] as const)(
  '[X1][X2][X3] a call of %s whose Azure is cut goes on, and knows what was said',
  async (lane) => {
    const dialer = new Cutter();
    const { caller, ended } = callsDirectly({ lane, dialer, pages: memory().pages });
    await caller.hears('session.created');
    expect(await asks(caller, 'My name is Ada.')).toBe('Nice to meet you, Ada.');
    dialer.cuts();
    expect(await asks(caller, 'What is my name?')).toBe('Your name is Ada.');
    expect(dialer.dials).toBe(2);
    expect(countOf(caller, 'session.created')).toBe(1);
    expect(countOf(caller, 'error')).toBe(0);
    expect(JSON.stringify(caller.heard)).not.toContain('vg_said');
    expect(countOf(caller, 'gateway.upstream.renewed')).toBe(lane === 'realtime' ? 0 : 1);
    caller.hangsUp();
    await ended;
  },
);

it('[X2] what the client had chosen is asserted again', async () => {
  const dialer = new Cutter();
  const { caller } = callsDirectly({ dialer, pages: memory().pages });
  await caller.hears('session.created');
  const input = { turn_detection: { type: 'semantic_vad', create_response: false } };
  const audio = { input, output: { voice: 'echo' } };
  caller.says({ type: 'session.update', session: { type: 'realtime', audio } });
  await caller.hears('session.updated');
  dialer.cuts();
  await caller.hears('gateway.upstream.renewed');
  expect((await stats()).last_session).toMatchObject({ audio: { ...audio, input } });
  caller.hangsUp();
});

it('[X4] an answer that Azure drops is told as done, once, and the call goes on', async () => {
  const { pages, said } = memory();
  const { caller, ended } = callsDirectly({ deployment: 'drops-mid-sentence', pages });
  await caller.hears('session.created');
  caller.says(typed('count to twenty'));
  caller.says({ type: 'response.create' });
  expect(await caller.hears('response.done')).toMatchObject({
    response: { status: 'incomplete', status_details: { type: 'incomplete', reason: 'upstream_lost' } },
  });
  expect(await caller.hears('gateway.upstream.renewed')).toMatchObject({ reason: 'lost' });
  expect(said()[0]).toEqual(['user', 'count to twenty', 'complete']);
  expect(said()[1]).toMatchObject(['assistant', expect.stringMatching(/^One/), 'interrupted']);
  expect(await asks(caller, 'hello')).toMatch(/emulator/);
  caller.hangsUp();
  await ended;
});

it('[X5] speech that was being heard when Azure was lost is heard by the next, whole and once', async () => {
  const dialer = new Cutter();
  const { pages, said } = memory();
  const { caller } = callsDirectly({ dialer, pages });
  await caller.hears('session.created');
  const pieces = hum(2_000);
  for (const piece of pieces.slice(0, 10)) caller.says(piece);
  await caller.hears('input_audio_buffer.speech_started');
  dialer.cuts();
  for (const piece of pieces.slice(10)) caller.says(piece);
  await caller.hears('response.done');
  await expect.poll(() => said().length).toBe(2);
  expect(said()[0]?.[1]).toMatch(/^\((2|2\.\d) seconds? of speech\)$/);
  caller.hangsUp();
});

it('[X6] when no way leads to Azure any more, the call ends in words', async () => {
  const dialer = new Cutter();
  const { caller, ended } = callsDirectly({ dialer });
  await caller.hears('session.created');
  dialer.instead = [routeTo('refuses-403')];
  dialer.cuts();
  expect(await caller.hears('error')).toMatchObject({ error: { code: 'upstream_refused' } });
  expect((await caller.ends()).code).toBe(4502);
  await ended;
});

it('[X10][R24] a browser that leaves while Azure is dialled again leaves nothing behind', async () => {
  const dialer = new Cutter();
  const { caller, ended } = callsDirectly({ dialer });
  await caller.hears('session.created');
  dialer.instead = [routeTo('slow-dial')];
  dialer.cuts();
  await expect.poll(() => dialer.dials).toBe(2);
  caller.hangsUp();
  await ended;
  expect((await caller.ends()).code).toBe(1000);
  expect(dialer.dials).toBe(2);
  expect(countOf(caller, 'error')).toBe(0);
});

it('[X8][X9] the next session is told everything while the last still serves, and takes over at the turn’s edge', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller, ended } = callsDirectly({ deployment: 'expires-in-30s', pages: memory().pages });
  await caller.hears('session.created');
  expect(await asks(caller, 'My name is Ada.')).toBe('Nice to meet you, Ada.');
  const open = await socketsOpen();
  // Somebody speaks, and goes on speaking: no edge.
  const pieces = hum(1_500);
  for (const piece of pieces.slice(0, 8)) caller.says(piece);
  await caller.hears('input_audio_buffer.speech_started');
  vi.advanceTimersByTime(24_000);
  await expect.poll(socketsOpen).toBe(open + 1);
  await expect.poll(lastInstructions).toBe('x');
  expect(countOf(caller, 'gateway.upstream.renewed')).toBe(0);
  for (const piece of pieces.slice(8)) caller.says(piece);
  await caller.hears('response.done');
  vi.advanceTimersByTime(1_000);
  const renewed = await caller.hears('gateway.upstream.renewed');
  expect(renewed).toMatchObject({ reason: 'expiry' });
  expect(renewed['gap_ms']).toBeLessThan(5);
  await expect.poll(socketsOpen).toBe(open);
  expect(await asks(caller, 'What is my name?')).toBe('Your name is Ada.');
  expect(JSON.stringify(caller.heard)).not.toMatch(/vg_|"error"/);
  caller.hangsUp();
  await ended;
});

it('[X8] before its session ends the call has another, and nobody is told but on the binary lane', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller, ended } = callsDirectly({ deployment: 'expires-in-30s', pages: memory().pages });
  await caller.hears('session.created');
  expect(await asks(caller, 'My name is Ada.')).toBe('Nice to meet you, Ada.');
  vi.advanceTimersByTime(24_000);
  expect(await caller.hears('gateway.upstream.renewed')).toMatchObject({ reason: 'expiry' });
  expect(await asks(caller, 'What is my name?')).toBe('Your name is Ada.');
  expect(countOf(caller, 'error')).toBe(0);
  caller.hangsUp();
  await ended;
});
