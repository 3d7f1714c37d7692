/** The unmodified `openai` package holds its turns with the emulator, over its own realtime client. */
import OpenAI, { AzureOpenAI } from 'openai';
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import type { OpenAIRealtimeError } from 'openai/realtime/index';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { EventLog } from '../support/event-log.ts';
import { inChunks, speech, toBase64 } from '../support/speech.ts';
import { startTlsFront, type TlsFront } from '../support/tls-front.ts';

/** One connection and everything it told. */
class Talk {
  readonly rt: OpenAIRealtimeWS;
  readonly log = new EventLog<RealtimeServerEvent>();
  readonly problems: OpenAIRealtimeError[] = [];

  constructor(rt: OpenAIRealtimeWS) {
    this.rt = rt;
    rt.on('event', (event) => this.log.add(event));
    rt.on('error', (problem) => this.problems.push(problem));
  }

  send(...events: RealtimeClientEvent[]): void {
    for (const event of events) this.rt.send(event);
  }

  type(text: string): void {
    const content = [{ type: 'input_text' as const, text }];
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  }

  say(samples: Int16Array): void {
    for (const chunk of inChunks(samples, 100)) {
      this.send({ type: 'input_audio_buffer.append', audio: toBase64(chunk) });
    }
  }

  async close(): Promise<number> {
    const closed = new Promise<number>((resolve) => this.rt.socket.once('close', resolve));
    this.rt.close();
    return closed;
  }
}

const counting = 'Count to thirty';

let emulator: Emulator;
let unhurried: Emulator;
let front: TlsFront;
let unhurriedFront: TlsFront;
let words: Int16Array;
beforeAll(async () => {
  [emulator, unhurried] = await Promise.all([
    startEmulator({ port: 0, pace: 0, apiKey: 'the-key' }),
    startEmulator({ port: 0, pace: 5, thinkMs: 0 }),
  ]);
  [front, unhurriedFront] = await Promise.all([startTlsFront(emulator.port), startTlsFront(unhurried.port)]);
  words = await speech('Stop it please');
});
afterAll(async () => {
  await Promise.all([front.close(), unhurriedFront.close()]);
  await Promise.all([emulator.close(), unhurried.close()]);
});

async function azure(
  at: TlsFront = front,
  deploymentName = 'gpt-realtime',
  apiKey = 'the-key',
): Promise<Talk> {
  const client = new AzureOpenAI({ endpoint: at.url, apiKey, apiVersion: '2024-10-21' });
  return new Talk(await OpenAIRealtimeWS.azure(client, { deploymentName, options: { ca: at.ca } }));
}

function openai(at: TlsFront = front): Talk {
  const client = new OpenAI({ baseURL: `${at.url}/openai/v1`, apiKey: 'the-key' });
  return new Talk(new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca: at.ca } }, client));
}

/** Waits for the greeting: what is sent before the socket is open is lost. */
async function greeted(dialled: Promise<Talk>): Promise<Talk> {
  const talk = await dialled;
  await talk.log.until('session.created');
  return talk;
}

describe.each([
  ['AzureOpenAI with a key', azure],
  ['OpenAI with a bearer token', async () => openai()],
])('the openai package as %s', (_, dial) => {
  it('[N1] is greeted, configures the session and holds a typed turn, aloud and in writing', async () => {
    const talk = await dial();
    const { session } = await talk.log.until('session.created');
    expect(session.type).toBe('realtime');
    talk.type('Hello');
    talk.send({ type: 'response.create' });
    const { response } = await talk.log.until('response.done');
    expect(response.status).toBe('completed');
    expect(response.usage?.output_token_details?.audio_tokens).toBeGreaterThan(0);
    talk.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
    await talk.log.until('session.updated');
    talk.type('Repeat after me: in writing');
    talk.send({ type: 'response.create' });
    expect((await talk.log.until('response.output_text.done')).text).toBe('in writing');
    await talk.log.until('response.done');
    expect(await talk.close()).toBe(1000);
    expect(talk.problems).toEqual([]);
  });
});

describe('the openai package', () => {
  it('[N2] holds a spoken turn: found, transcribed, answered aloud', async () => {
    const talk = await greeted(azure());
    const transcription = { model: 'whisper-1' };
    talk.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { transcription } } } });
    await talk.log.until('session.updated');
    talk.say(words);
    const started = await talk.log.until('input_audio_buffer.speech_started');
    expect((await talk.log.until('input_audio_buffer.committed')).item_id).toBe(started.item_id);
    await talk.log.until('response.output_audio.delta');
    expect((await talk.log.until('response.done')).response.status).toBe('completed');
    const heard = talk.log.all.find(
      (event) => event.type === 'conversation.item.input_audio_transcription.completed',
    );
    expect(heard).toMatchObject({ item_id: started.item_id, usage: { type: 'duration' } });
    await talk.close();
    expect(talk.problems).toEqual([]);
  });

  it('[N3] has a tool called, gives its result and hears it', async () => {
    const talk = await greeted(azure());
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const tools = [{ type: 'function' as const, name: 'get_weather', description: 'Weather', parameters }];
    talk.send({
      type: 'session.update',
      session: { type: 'realtime', output_modalities: ['text'], tools, tool_choice: 'auto' },
    });
    talk.type('Get the weather in Paris');
    talk.send({ type: 'response.create' });
    const call = await talk.log.until('response.function_call_arguments.done');
    expect(call.name).toBe('get_weather');
    expect(JSON.parse(call.arguments)).toHaveProperty('city');
    await talk.log.until('response.done');
    talk.send(
      {
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id: call.call_id, output: 'Sunny' },
      },
      { type: 'response.create' },
    );
    expect((await talk.log.until('response.output_text.done')).text).toContain('Sunny');
    await talk.close();
    expect(talk.problems).toEqual([]);
  });

  it('[N4] interrupts early, while the answer is generated: it ends cancelled, and what was heard is kept', async () => {
    const talk = await greeted(azure(unhurriedFront));
    talk.type(counting);
    talk.send({ type: 'response.create' });
    const { item_id: answer } = await talk.log.until('response.output_audio.delta');
    talk.say(words);
    await talk.log.until('input_audio_buffer.speech_started');
    const { response } = await talk.log.until('response.done');
    expect(response).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
    });
    talk.send({ type: 'conversation.item.truncate', item_id: answer, content_index: 0, audio_end_ms: 50 });
    expect(await talk.log.until('conversation.item.truncated')).toMatchObject({
      item_id: answer,
      audio_end_ms: 50,
    });
    await talk.close();
    expect(talk.problems).toEqual([]);
  });

  it('[N4] interrupts late, after the answer was generated: only speech_started comes, and the rest is truncated', async () => {
    const talk = await greeted(azure());
    const detection = { type: 'server_vad' as const, create_response: false };
    talk.send({
      type: 'session.update',
      session: { type: 'realtime', audio: { input: { turn_detection: detection } } },
    });
    talk.type(counting);
    talk.send({ type: 'response.create' });
    const { item_id: answer } = await talk.log.until('response.output_audio.delta');
    expect((await talk.log.until('response.done')).response.status).toBe('completed');
    talk.say(words);
    await talk.log.until('input_audio_buffer.speech_started');
    talk.send({ type: 'conversation.item.truncate', item_id: answer, content_index: 0, audio_end_ms: 700 });
    await talk.log.until('conversation.item.truncated');
    await talk.close();
    expect(talk.problems).toEqual([]);
  });

  it('[N5] is told errors as its own type, with code, parameter and the event that caused them', async () => {
    const talk = await greeted(azure());
    talk.send(
      { type: 'response.cancel', event_id: 'too-early' },
      {
        type: 'conversation.item.truncate',
        item_id: 'item_none',
        content_index: 0,
        audio_end_ms: 0,
        event_id: 'of-nothing',
      },
    );
    await talk.log.until('error');
    await talk.log.until('error');
    expect(talk.problems.map((problem) => problem.error)).toMatchObject([
      { code: 'response_cancel_not_active', event_id: 'too-early' },
      { code: 'item_truncate_invalid_item_id', param: 'item_id', event_id: 'of-nothing' },
    ]);
    await talk.close();
  });

  it.each([
    ['a wrong key', 'gpt-realtime', 'not-the-key', '401'],
    ['an unknown deployment', 'nobody-knows-it', 'the-key', '404'],
  ])('[N5] is refused for %s before the upgrade', async (_, deployment, key, status) => {
    const talk = await azure(front, deployment, key);
    await new Promise((resolve) => talk.rt.socket.once('close', resolve));
    expect(talk.problems.map((problem) => problem.message).join()).toContain(status);
    expect(talk.log.all).toEqual([]);
  });
});
