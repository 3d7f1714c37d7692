/** The official client, as npm gives it, against the emulator. */
import OpenAI, {
  AuthenticationError,
  AzureOpenAI,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick } from '../support/realtime-client.ts';

const KEY = 'the-right-one';

let emulator: Emulator;
let clients: readonly (readonly [string, OpenAI])[];
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, apiKey: KEY });
  clients = [
    ['v1', new OpenAI({ baseURL: `${emulator.url}/openai/v1`, apiKey: KEY, maxRetries: 0 })],
    [
      'dated',
      new AzureOpenAI({ endpoint: emulator.url, apiKey: KEY, apiVersion: '2024-10-21', maxRetries: 0 }),
    ],
    [
      'v1 by Entra',
      new OpenAI({ baseURL: `${emulator.url}/openai/v1`, apiKey: () => Promise.resolve(KEY), maxRetries: 0 }),
    ],
  ];
});
afterAll(() => emulator.close());

const messages = [
  { role: 'user', content: 'Count to three' },
] as const satisfies OpenAI.ChatCompletionMessageParam[];
const WORDS = 'One, two, three.';

/** Asks each client in turn. */
async function withEach(ask: (client: OpenAI) => Promise<void>): Promise<void> {
  for (const [, client] of clients) await ask(client);
}

async function failure(answer: PromiseLike<unknown>): Promise<unknown> {
  try {
    await answer;
    return 'none';
  } catch (error) {
    return error;
  }
}

describe('the official client', () => {
  it('[EC40] gets a whole answer on both paths', async () => {
    await withEach(async (client) => {
      const { data, request_id: id } = await client.chat.completions
        .create({ model: 'gpt-4o', messages })
        .withResponse();
      expect(data.choices[0]?.message.content).toBe(WORDS);
      expect(data.usage?.total_tokens).toBe(15);
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  it('[EC40] reads a stream frame by frame, the one without choices included', async () => {
    await withEach(async (client) => {
      const stream = await client.chat.completions.create({
        model: 'gpt-4o',
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        usage = chunk.usage;
      }
      expect([text, usage?.total_tokens]).toEqual([WORDS, 15]);
    });
  });

  it.each([
    'gpt-4o',
    'chat-no-prompt-filter',
    'chat-filter-error',
    'chat-async-filter',
    'chat-splits',
    'chat-burst',
  ])('[EC40] its stream helper puts the answer of %s together', async (model) => {
    await withEach(async (client) => {
      const stream = client.chat.completions.stream({ model, messages });
      const completion = await stream.finalChatCompletion();
      expect(completion.choices[0]?.message.content).toBe(WORDS);
      expect(completion.choices[0]?.finish_reason).toBe('stop');
      expect(completion.id).toMatch(/^chatcmpl-/);
    });
  });

  it.each([false, true])(
    '[EC40] its tool runner carries out calls and gets an answer about them (stream: %s)',
    async (stream) => {
      await withEach(async (client) => {
        const asked: string[] = [];
        const getWeather = {
          type: 'function' as const,
          function: {
            name: 'get_weather',
            description: 'The weather in a city',
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
            parse: (text: string) => JSON.parse(text) as { city: string },
            function: ({ city }: { city: string }) => {
              asked.push(city);
              return `It is sunny in ${city}.`;
            },
          },
        };
        const wish = 'The weather in Paris and the weather in Oslo';
        const request = {
          model: 'gpt-4o',
          messages: [{ role: 'user' as const, content: wish }],
          tools: [getWeather],
        };
        const runner = stream
          ? client.chat.completions.runTools({ ...request, stream: true })
          : client.chat.completions.runTools(request);
        expect(await runner.finalContent()).toMatch(/sunny in Paris.+sunny in Oslo/);
        expect(asked).toEqual(['Paris', 'Oslo']);
      });
    },
  );

  it('[EC40] it parses an answer by its schema', async () => {
    await withEach(async (client) => {
      const schema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
      const completion = await client.chat.completions.parse({
        model: 'gpt-4o',
        messages,
        response_format: { type: 'json_schema', json_schema: { name: 'reply', schema } },
      });
      expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({ text: WORDS });
    });
  });

  it('[EC41] it maps refusals to its errors, with code, parameter and request id', async () => {
    const wrong = new OpenAI({ baseURL: `${emulator.url}/openai/v1`, apiKey: 'wrong', maxRetries: 0 });
    expect(await failure(wrong.chat.completions.create({ model: 'gpt-4o', messages }))).toBeInstanceOf(
      AuthenticationError,
    );
    await withEach(async (client) => {
      const ask = (model: string, more: object = {}) =>
        failure(client.chat.completions.create({ model, messages, ...more }));
      const unknown = await ask('nobody');
      expect(unknown).toBeInstanceOf(NotFoundError);
      expect(unknown).toMatchObject({ code: 'DeploymentNotFound', requestID: expect.any(String) });
      const limited = await ask('rate-limited');
      expect(limited).toBeInstanceOf(RateLimitError);
      expect(limited).toMatchObject({ code: '429' });
      const blocked = await ask('chat-filter-prompt');
      expect(blocked).toBeInstanceOf(BadRequestError);
      expect(blocked).toMatchObject({ code: 'content_filter', param: 'prompt' });
      expect(pick(blocked, 'error.innererror.code')).toBe('ResponsibleAIPolicyViolation');
      expect(await ask('gpt-4o', { temperature: 7 })).toMatchObject({ status: 400, param: 'temperature' });
      expect(await ask('refuses-500')).toBeInstanceOf(InternalServerError);
    });
  });

  it('[EC41] it tries again after a 429, when it is told to, and gets its answer', async () => {
    await fetch(`${emulator.url}/emulator/faults`, {
      method: 'POST',
      body: '{"kind":"refuse","status":503,"count":1}',
    });
    const patient = new OpenAI({ baseURL: `${emulator.url}/openai/v1`, apiKey: KEY, maxRetries: 1 });
    const before = emulator.stats().chat_requests;
    const completion = await patient.chat.completions.create({ model: 'gpt-4o', messages });
    expect(completion.choices[0]?.message.content).toBe(WORDS);
    expect(emulator.stats().chat_requests - before).toBe(2);
  });

  it('[EC41] a blocked answer, an answer cut off and an event that is no JSON are seen as such', async () => {
    const [, client] = clients[0] ?? [];
    if (!client) throw new Error('A client was expected');
    const stream = (model: string) => client.chat.completions.stream({ model, messages });
    const completion = await stream('chat-filter-completion').finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      message: { content: 'One, two, three' },
    });
    expect(await failure(stream('chat-cut').finalChatCompletion())).toBeInstanceOf(Error);
    expect(await failure(stream('malformed').finalChatCompletion())).toBeInstanceOf(Error);
  });

  it('[EC41] an abort ends the answer on the emulator’s side', async () => {
    const [, client] = clients[0] ?? [];
    if (!client) throw new Error('A client was expected');
    const stream = await client.chat.completions.create({ model: 'chat-stalls', messages, stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    stream.controller.abort();
    await expect.poll(() => emulator.stats().chats_open, { interval: 5 }).toBe(0);
  });
});
