import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick } from '../support/realtime-client.ts';
import { type Chat, post, tool, V1 } from './chats.ts';

const RIGHT = 'the-right-one';
const DATED = '/openai/deployments/gpt-4o/chat/completions';

let emulator: Emulator;
let locked: Emulator;
beforeAll(async () => {
  [emulator, locked] = await Promise.all([
    startEmulator({ port: 0, pace: 0 }),
    startEmulator({ port: 0, pace: 0, apiKey: RIGHT }),
  ]);
});
afterAll(() => Promise.all([emulator.close(), locked.close()]));

const says = 'Hello';

const many = (count: number, one: unknown) => Array.from({ length: count }, () => one);
const statusWith = async (count: number) =>
  (await post(emulator, { says }, V1, { headers: { 'api-key': 'any', ...custom(count) } })).status;
const custom = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-mine-${index}`, '1']));

async function refusal(chat: Chat, path = V1): Promise<unknown> {
  const response = await post(emulator, chat, path);
  const body: unknown = await response.json();
  return { status: response.status, error: pick(body, 'error') };
}

describe('the way into a chat', () => {
  it('[EC1] the v1 path takes the deployment from the body, and api-version=preview', async () => {
    for (const query of ['', '?api-version=preview']) {
      expect((await post(emulator, { says }, V1 + query)).status).toBe(200);
    }
    expect(await refusal({ says }, `${V1}?api-version=2024-10-21`)).toMatchObject({ status: 400 });
    expect(await refusal({ says, model: '' })).toMatchObject({ status: 400, error: { code: null } });
    expect(await refusal({ says, model: 4 })).toMatchObject({ status: 400, error: { param: 'model' } });
  });

  it('[EC1] the dated path takes the deployment from the path and ignores the body’s', async () => {
    const response = await post(emulator, { says, model: 'nobody' }, `${DATED}?api-version=2024-10-21`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-ms-deployment-name')).toBe('gpt-4o');
    const unknown = DATED.replace('gpt-4o', 'nobody');
    expect(await refusal({ says }, `${unknown}?api-version=2024-10-21`)).toMatchObject({
      status: 404,
      error: { code: 'DeploymentNotFound' },
    });
  });

  it.each(['', '?api-version=', '?api-version=preview', '?api-version=soon'])(
    '[EC1] the dated path with "%s" is 404',
    async (query) => {
      expect(await refusal({ says }, DATED + query)).toMatchObject({ status: 404, error: { code: '404' } });
    },
  );

  it('[EC1] a path that is not well encoded is nobody’s, and a GET is 405', async () => {
    const broken = DATED.replace('gpt-4o', '%E0%A4%A');
    expect(await refusal({ says }, `${broken}?api-version=2024-10-21`)).toMatchObject({ status: 404 });
    expect((await fetch(emulator.url + V1)).status).toBe(405);
  });

  it('[EC2] it needs a key, as a call does, before anything else', async () => {
    const ways: readonly HeadersInit[] = [{ 'api-key': RIGHT }, { authorization: `Bearer ${RIGHT}` }];
    for (const headers of ways) expect((await post(locked, { says }, V1, { headers })).status).toBe(200);
    for (const headers of [{}, { 'api-key': 'wrong' }, { authorization: 'Bearer wrong' }]) {
      const response = await post(locked, { model: 'nobody' }, V1, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({
        error: { code: '401', message: expect.stringMatching(/key/) },
      });
    }
  });

  it('[EC3] unknown deployments are 404, models that cannot chat 400, and refusing ones refuse', async () => {
    expect(await refusal({ says, model: 'nobody' })).toMatchObject({
      status: 404,
      error: { code: 'DeploymentNotFound' },
    });
    for (const model of ['gpt-realtime', 'gpt-4o-mini-realtime-preview', 'gpt-4o-transcribe']) {
      expect(await refusal({ says, model })).toMatchObject({
        status: 400,
        error: { code: 'OperationNotSupported' },
      });
    }
    for (const status of [401, 403, 404, 429, 500]) {
      expect(await refusal({ says, model: `refuses-${status}` })).toMatchObject({ status });
    }
    expect(await refusal({ says, model: 'no-quota' })).toMatchObject({ status: 429 });
    expect(await refusal({ says, model: 'server-error' })).toMatchObject({ status: 500 });
  });

  it('[EC4] every answer carries Azure’s headers, a refused one too', async () => {
    const sent = { 'api-key': 'any', 'x-ms-client-request-id': 'mine' };
    for (const chat of [{ says }, { says, stream: true }, { model: 'gpt-4o' }, { says, model: 'nobody' }]) {
      const { headers } = await post(emulator, chat, V1, { headers: sent });
      expect(headers.get('apim-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-ms-client-request-id')).toBe('mine');
      expect(headers.get('x-ms-region')).not.toBeNull();
      expect(headers.get('x-accel-buffering')).toBe('no');
      for (const what of ['requests', 'tokens']) {
        expect(Number(headers.get(`x-ratelimit-limit-${what}`))).toBeGreaterThan(0);
        expect(headers.get(`x-ratelimit-remaining-${what}`)).toMatch(/^\d+$/);
        expect(headers.get(`x-ratelimit-reset-${what}`)).toMatch(/^\d+$/);
      }
    }
  });

  it('[EC7] more than ten headers of one’s own are 431, and a body of more than 32 MiB is 413', async () => {
    expect([await statusWith(10), await statusWith(11)]).toEqual([200, 431]);
    expect(await refusal({ says: 'x'.repeat(33 * 1024 * 1024) })).toMatchObject({ status: 413 });
  });
});

describe('a wrong chat request', () => {
  const message = { role: 'user', content: says };
  const wrong: readonly (readonly [string, Chat, string | null, string | null])[] = [
    ['no messages at all', {}, 'messages', 'missing_required_parameter'],
    ['an empty list of messages', { messages: [] }, 'messages', 'empty_array'],
    ['2,049 messages', { messages: many(2_049, message) }, 'messages', 'array_above_max_length'],
    ['messages that are none', { messages: 'hi' }, 'messages', 'invalid_type'],
    [
      'a role nobody has',
      { messages: [{ role: 'robot', content: '' }] },
      'messages[0].role',
      'invalid_value',
    ],
    [
      'a message without content',
      { messages: [{ role: 'user' }] },
      'messages[0].content',
      'missing_required_parameter',
    ],
    [
      'content that is a number',
      { messages: [{ role: 'user', content: 4 }] },
      'messages[0].content',
      'invalid_type',
    ],
    [
      'content with no parts',
      { messages: [{ role: 'user', content: [] }] },
      'messages[0].content',
      'empty_array',
    ],
    [
      'a part of an unknown type',
      { messages: [message, { role: 'user', content: [{ type: 'smell' }] }] },
      'messages[1].content[0].type',
      'invalid_value',
    ],
    [
      '1,048,577 characters',
      { says: 'x'.repeat(1_048_577) },
      'messages[0].content',
      'string_above_max_length',
    ],
    ['129 tools', { says, tools: many(129, tool('get_weather')) }, 'tools', 'array_above_max_length'],
    ['no tools in a list', { says, tools: [] }, 'tools', 'empty_array'],
    [
      'a tool with a bad name',
      { says, tools: [tool('get weather')] },
      'tools[0].function.name',
      'invalid_value',
    ],
    ['an unknown field', { says, colour: 'red' }, 'colour', 'unknown_parameter'],
    ['stream as a word', { says, stream: 'yes' }, 'stream', 'invalid_type'],
    ['no tokens to answer with', { says, max_tokens: 0 }, 'max_tokens', 'integer_below_min_value'],
    ['five stop words', { says, stop: many(5, 'x') }, 'stop', 'array_above_max_length'],
    ['a high temperature', { says, temperature: 2.5 }, 'temperature', 'decimal_above_max_value'],
  ];

  it.each(wrong)('[EC5] with %s is refused with code and parameter', async (_name, chat, param, code) => {
    const type = 'invalid_request_error';
    expect(await refusal(chat)).toEqual({
      status: 400,
      error: { message: expect.any(String), type, param, code },
    });
  });

  it('[EC5] 2,048 messages, 128 tools and 1,048,576 characters are not too many', async () => {
    const tools = Array.from({ length: 128 }, (_, index) => tool(`tool_${index}`));
    expect((await post(emulator, { messages: many(2_048, message), tools })).status).toBe(200);
    expect(await refusal({ says: 'x'.repeat(1_048_576) })).toMatchObject({
      status: 400,
      error: { code: 'context_length_exceeded', param: 'messages' },
    });
  });

  const called = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };
  const result = { role: 'tool', tool_call_id: 'a', content: 'x' };
  const broken: readonly (readonly [string, Chat, RegExp])[] = [
    ['a tool message that answers nothing', { messages: [message, result] }, /must be a response/],
    ['a call nobody answered', { messages: [message, called, message] }, /did not have response messages: a/],
    ['a call left open', { messages: [message, called] }, /did not have response messages: a/],
    ['an answer with nothing in it', { messages: [message, { role: 'assistant' }] }, /content/],
    ['stream_options without a stream', { says, stream_options: { include_usage: true } }, /stream/],
    ['two limits', { says, max_tokens: 1, max_completion_tokens: 1 }, /same time/],
    ['tool_choice without tools', { says, tool_choice: 'auto' }, /tools/],
    ['parallel_tool_calls without tools', { says, parallel_tool_calls: true }, /tools/],
    [
      'a choice of no tool of the list',
      { says, tools: [tool('f')], tool_choice: { type: 'function', function: { name: 'g' } } },
      /'g' not found/,
    ],
    ['json_object and no word of JSON', { says, response_format: { type: 'json_object' } }, /json/],
    ['max_tokens for a model that reasons', { says, model: 'gpt-5', max_tokens: 5 }, /max_completion_tokens/],
  ];

  it.each(broken)('[EC6] with %s is refused in words', async (_name, chat, words) => {
    expect(await refusal(chat)).toMatchObject({
      status: 400,
      error: { message: expect.stringMatching(words) },
    });
  });

  it('[EC6] an answered call may be followed by anything', async () => {
    expect((await post(emulator, { messages: [message, called, result, message] })).status).toBe(200);
  });

  it('[EC5] a body that is no JSON object, or is nested too deep, is 400', async () => {
    const deep = `{"model":"gpt-4o","messages":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    for (const body of ['', '{', '[]', 'null', '"x"', deep]) {
      const response = await post(emulator, {}, V1, { body });
      expect([body.slice(0, 9), response.status]).toEqual([body.slice(0, 9), 400]);
    }
  });
});
