/** The unmodified `@openai/agents-realtime` holds its turns with the emulator, over its own WebSocket transport. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { EventLog } from '../support/event-log.ts';
import { speech } from '../support/speech.ts';

interface WireEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** One session and everything it told: frames as they came, errors, and the frames its schemas did not take. */
class Talk {
  readonly session: RealtimeSession;
  readonly log = new EventLog<WireEvent>();
  readonly problems: unknown[] = [];
  readonly notUnderstood = new Map<unknown, string>();
  readonly tools: string[] = [];
  heardBytes = 0;
  interruptions = 0;

  constructor(url: string, agent: RealtimeAgent, config: object = {}) {
    const transport = new OpenAIRealtimeWebSocket({ url });
    this.session = new RealtimeSession(agent, { transport, model: 'gpt-realtime', config });
    this.session.on('error', ({ error }) => this.problems.push(error));
    this.session.on('audio', ({ data }) => (this.heardBytes += data.byteLength));
    this.session.on('audio_interrupted', () => (this.interruptions += 1));
    this.session.on('agent_tool_end', (_context, _agent, used, result) =>
      this.tools.push(`${used.name}: ${result}`),
    );
    this.#watch(transport);
  }

  async connect(): Promise<this> {
    await this.session.connect({ apiKey: 'any' });
    await this.log.until('session.updated');
    return this;
  }

  say(samples: Int16Array): void {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    this.session.sendAudio(bytes.slice().buffer);
  }

  /** Every frame is told as `*`; then, when a schema of the package took it, under its own type as well. */
  #watch(transport: OpenAIRealtimeWebSocket): void {
    const known = new Set<string>(['error']);
    transport.on('*', (event: WireEvent) => {
      if (event.type !== 'error') this.notUnderstood.set(event['event_id'], event.type);
      if (!known.has(event.type)) {
        known.add(event.type);
        transport.on(event.type, (parsed: WireEvent) => this.notUnderstood.delete(parsed['event_id']));
      }
      this.log.add(event);
    });
  }
}

const serverVad = { audio: { input: { turnDetection: { type: 'server_vad', interruptResponse: true } } } };
const getWeather = tool({
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: z.object({ city: z.string() }),
  execute: () => 'Sunny all day',
});

let emulator: Emulator;
let unhurried: Emulator;
let words: Int16Array;
beforeAll(async () => {
  [emulator, unhurried] = await Promise.all([
    startEmulator({ port: 0, pace: 0 }),
    startEmulator({ port: 0, pace: 5, thinkMs: 0 }),
  ]);
  words = await speech('Stop it please');
});
afterAll(() => Promise.all([emulator.close(), unhurried.close()]));
afterEach(() => vi.restoreAllMocks());

function dial(at: Emulator, config: object = {}): Promise<Talk> {
  const agent = new RealtimeAgent({ name: 'Alice', instructions: 'Be short.', tools: [getWeather] });
  const url = `${at.url.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`;
  return new Talk(url, agent, config).connect();
}

/** Ends it, and expects that nothing it was sent surprised it. */
function endWell(talk: Talk, written: readonly unknown[]): void {
  talk.session.close();
  expect(talk.problems).toEqual([]);
  expect([...talk.notUnderstood.values()]).toEqual([]);
  expect(written).toEqual([]);
}

/** What the package writes to the console when it is not content. */
function complaints(): unknown[] {
  const written: unknown[] = [];
  for (const method of ['error', 'warn'] as const) {
    vi.spyOn(console, method).mockImplementation((...line) => void written.push(line));
  }
  return written;
}

describe('@openai/agents-realtime', () => {
  it('[N6] configures the session with its own defaults and holds a typed turn that ends up in its history', async () => {
    const written = complaints();
    const talk = await dial(emulator);
    talk.session.sendMessage('Repeat after me: hello there');
    await talk.log.until('response.done');
    await talk.log.first('rate_limits.updated');
    expect(talk.session.history).toMatchObject([
      { role: 'user', status: 'completed', content: [{ type: 'input_text' }] },
      {
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_audio', transcript: 'hello there' }],
      },
    ]);
    expect(talk.heardBytes).toBeGreaterThan(0);
    expect(talk.heardBytes % 2_400).toBe(0);
    expect(talk.session.usage.totalTokens).toBeGreaterThan(0);
    endWell(talk, written);
  });

  it('[N6] holds a spoken turn, its transcript in the history', async () => {
    const written = complaints();
    const talk = await dial(emulator, serverVad);
    talk.say(words);
    await talk.log.until('response.done');
    await talk.log.first('conversation.item.retrieved');
    const [spoken, answer] = talk.session.history;
    expect(spoken).toMatchObject({
      role: 'user',
      content: [{ type: 'input_audio', transcript: expect.stringMatching(/\w/) }],
    });
    expect(answer).toMatchObject({ role: 'assistant', status: 'completed' });
    endWell(talk, written);
  });

  it('[N7] runs its tool and hears about the result', async () => {
    const written = complaints();
    const talk = await dial(emulator, { outputModalities: ['text'] });
    talk.session.sendMessage('Get the weather in Paris');
    const answer = await talk.log.until('response.output_text.done');
    await talk.log.until('response.done');
    expect(talk.tools).toEqual(['get_weather: Sunny all day']);
    expect(answer['text']).toContain('Sunny all day');
    expect(talk.session.history.map((item) => item.type)).toEqual(['message', 'function_call', 'message']);
    endWell(talk, written);
  });

  it('[N7] has the tool of a server listed and called, and shows it in its history', async () => {
    const written = complaints();
    const talk = await dial(emulator, { outputModalities: ['text'] });
    const docs = { type: 'mcp', server_label: 'docs', server_url: 'https://example.com/mcp' };
    const tools = [{ ...docs, require_approval: 'never' }];
    talk.session.transport.sendEvent({ type: 'session.update', session: { type: 'realtime', tools } });
    await talk.log.until('mcp_list_tools.completed');
    talk.session.sendMessage('Search docs for tea');
    await talk.log.until('response.mcp_call.completed');
    await talk.log.until('conversation.item.done');
    expect(talk.session.history).toMatchObject([
      { type: 'message', role: 'user' },
      { type: 'mcp_call', name: 'search_docs', status: 'completed', output: expect.stringContaining('tea') },
    ]);
    endWell(talk, written);
  });

  it('[N8] is interrupted by speech: playback stops, the answer is cancelled and truncated to what was heard', async () => {
    const written = complaints();
    const talk = await dial(unhurried, serverVad);
    talk.session.sendMessage('Count to thirty');
    await talk.log.until('response.output_audio.delta');
    talk.say(words);
    const done = await talk.log.until('response.done');
    expect(done['response']).toMatchObject({ status_details: { reason: 'turn_detected' } });
    await talk.log.until('conversation.item.truncated');
    const retrieved = await talk.log.until('conversation.item.retrieved');
    expect(retrieved['item']).toMatchObject({ role: 'assistant' });
    expect(talk.interruptions).toBe(1);
    endWell(talk, written);
  });

  it('[N8] interrupts by itself, when asked to', async () => {
    const written = complaints();
    const talk = await dial(unhurried);
    talk.session.sendMessage('Count to thirty');
    await talk.log.until('response.output_audio.delta');
    talk.session.interrupt();
    const done = await talk.log.until('response.done');
    expect(done['response']).toMatchObject({ status_details: { reason: 'client_cancelled' } });
    await talk.log.until('conversation.item.truncated');
    endWell(talk, written);
  });

  it('[N9] rewrites the history it shares with the server', async () => {
    const written = complaints();
    const talk = await dial(emulator, { outputModalities: ['text'] });
    talk.session.sendMessage('My name is Alice');
    await talk.log.until('response.done');
    talk.session.updateHistory([]);
    await talk.log.until('conversation.item.deleted');
    await talk.log.until('conversation.item.deleted');
    expect(talk.session.history).toEqual([]);
    talk.session.sendMessage('What is my name?');
    expect((await talk.log.until('response.output_text.done'))['text']).toBe('I do not know your name yet.');
    await talk.log.until('response.done');
    endWell(talk, written);
  });
});
