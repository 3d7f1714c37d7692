import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick } from '../support/realtime-client.ts';
import { complete, finishOf, type Frame, frames, post, toFrames, tool, wordsIn } from './chats.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterAll(() => emulator.close());

const says = 'Count to three';
const WORDS = 'One, two, three.';

/** What kind of frame each one is, in order. */
function kinds(received: readonly Frame[]): string[] {
  return received.map((frame) => {
    if (frame === '[DONE]') return frame;
    if ('prompt_filter_results' in frame) return 'prompt filter';
    if (frame['usage']) return 'usage';
    if (pick(frame, 'choices.0.finish_reason')) return 'finish';
    const delta = pick(frame, 'choices.0.delta');
    if (pick(delta, 'role')) return pick(delta, 'tool_calls') ? 'role and call' : 'role';
    return pick(delta, 'tool_calls') ? 'call' : 'content';
  });
}

describe('a streamed answer', () => {
  it('[EC10] comes as prompt filter, role, content, finish and [DONE], and its content is the answer', async () => {
    const received = await frames(emulator, { says });
    const content = Array.from({ length: 6 }, () => 'content');
    expect(kinds(received)).toEqual(['prompt filter', 'role', ...content, 'finish', '[DONE]']);
    expect(wordsIn(received)).toBe(WORDS);
    expect(received[0]).toEqual({
      choices: [],
      created: 0,
      id: '',
      model: '',
      object: '',
      prompt_filter_results: [
        {
          prompt_index: 0,
          content_filter_results: expect.objectContaining({
            hate: { filtered: false, severity: 'safe' },
            jailbreak: { detected: false, filtered: false },
          }),
        },
      ],
    });
    expect(pick(received[1], 'choices')).toEqual([
      {
        content_filter_results: {},
        delta: { content: '', refusal: null, role: 'assistant' },
        finish_reason: null,
        index: 0,
        logprobs: null,
      },
    ]);
    expect(pick(received.at(-2), 'choices.0')).toMatchObject({ delta: {}, finish_reason: 'stop' });
  });

  it('[EC10] all frames but the first share one id, time, model and fingerprint, and are chunks', async () => {
    const [, ...rest] = (await frames(emulator, { says })).filter((frame) => frame !== '[DONE]');
    const heads = rest.map(({ id, created, model, object, system_fingerprint: print }) => ({
      id,
      created,
      model,
      object,
      print,
    }));
    expect(new Set(heads.map((head) => JSON.stringify(head))).size).toBe(1);
    expect(heads[0]).toEqual({
      id: expect.stringMatching(/^chatcmpl-\w{29}$/),
      created: expect.any(Number),
      model: 'gpt-4o-2024-11-20',
      object: 'chat.completion.chunk',
      print: expect.stringMatching(/^fp_/),
    });
  });

  it('[EC11] with include_usage a usage frame without choices follows the finish, and every earlier frame says usage null', async () => {
    const received = await frames(emulator, { says, stream_options: { include_usage: true } });
    expect(kinds(received).slice(-3)).toEqual(['finish', 'usage', '[DONE]']);
    for (const frame of received.slice(0, -2)) expect(pick(frame, 'usage')).toBeNull();
    expect(received.at(-2)).toMatchObject({
      choices: [],
      usage: { completion_tokens: 6, prompt_tokens: 9, total_tokens: 15 },
    });
    const plain = await frames(emulator, { says });
    expect(plain.some((frame) => typeof frame === 'object' && 'usage' in frame)).toBe(false);
  });

  it('[EC12] padding hides the length of words, unless it is switched off', async () => {
    const padded = await frames(emulator, { says });
    for (const frame of padded.slice(1, -1)) expect(pick(frame, 'obfuscation')).toMatch(/^\w+$/);
    const bare = await frames(emulator, { says, stream_options: { include_obfuscation: false } });
    expect(bare.some((frame) => typeof frame === 'object' && 'obfuscation' in frame)).toBe(false);
  });

  it('[EC13] a call begins in the role frame with its id and name, and its arguments follow in pieces', async () => {
    const received = await frames(emulator, {
      says: 'What is the weather in Paris?',
      tools: [tool('get_weather')],
    });
    expect(kinds(received).slice(0, 3)).toEqual(['prompt filter', 'role and call', 'call']);
    expect(pick(received[1], 'choices.0.delta')).toEqual({
      content: null,
      refusal: null,
      role: 'assistant',
      tool_calls: [
        {
          index: 0,
          id: expect.stringMatching(/^call_\w{24}$/),
          type: 'function',
          function: { name: 'get_weather', arguments: '' },
        },
      ],
    });
    const pieces = received.slice(2, -2).map((frame) => pick(frame, 'choices.0.delta.tool_calls.0'));
    for (const piece of pieces) expect(Object.keys(piece as object)).toEqual(['index', 'function']);
    expect(pieces.map((piece) => pick(piece, 'function.arguments')).join('')).toBe('{"city":"Paris"}');
    expect(finishOf(received)).toBe('tool_calls');
  });

  it('[EC13] two wishes are two calls, told apart by index', async () => {
    const chat = { says: 'The weather in Paris and the weather in Oslo', tools: [tool('get_weather')] };
    const received = await frames(emulator, chat);
    const joined = ['', ''];
    for (const frame of received) {
      const index = pick(frame, 'choices.0.delta.tool_calls.0.index');
      if (index === 0 || index === 1) {
        joined[index] += String(pick(frame, 'choices.0.delta.tool_calls.0.function.arguments'));
      }
    }
    expect(joined).toEqual(['{"city":"Paris"}', '{"city":"Oslo"}']);
    const alone = await complete(emulator, { ...chat, parallel_tool_calls: false });
    expect(pick(alone, 'choices.0.message.tool_calls')).toHaveLength(1);
  });

  it('[EC15] not streamed, the same answer is one body', async () => {
    expect(await complete(emulator, { says })).toEqual({
      choices: [
        {
          content_filter_results: expect.objectContaining({
            violence: { filtered: false, severity: 'safe' },
          }),
          finish_reason: 'stop',
          index: 0,
          logprobs: null,
          message: { annotations: [], content: WORDS, refusal: null, role: 'assistant' },
        },
      ],
      created: expect.any(Number),
      id: expect.stringMatching(/^chatcmpl-/),
      model: 'gpt-4o-2024-11-20',
      object: 'chat.completion',
      prompt_filter_results: [expect.objectContaining({ prompt_index: 0 })],
      system_fingerprint: expect.any(String),
      usage: expect.objectContaining({ prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 }),
    });
  });

  it('[EC16] an answer stops at max_tokens with length, before a stop word, and comes n times', async () => {
    for (const limit of ['max_tokens', 'max_completion_tokens']) {
      const received = await frames(emulator, { says, [limit]: 3 });
      expect([wordsIn(received), finishOf(received)]).toEqual(['One, two', 'length']);
    }
    const stopped = await frames(emulator, { says, stop: ['three', ', two'] });
    expect([wordsIn(stopped), finishOf(stopped)]).toEqual(['One', 'stop']);
    const twice = await frames(emulator, { says, n: 2 });
    const second = twice.filter((frame) => pick(frame, 'choices.0.index') === 1);
    expect(wordsIn(second)).toBe(WORDS);
    expect(pick(await complete(emulator, { says, n: 2 }), 'usage.completion_tokens')).toBe(12);
  });

  it('[EC16] a call that is cut off at max_tokens ends with length', async () => {
    const received = await frames(emulator, {
      says: 'The weather in Paris',
      tools: [tool('get_weather')],
      max_tokens: 6,
    });
    expect(finishOf(received)).toBe('length');
  });

  it('[EC16] logprobs are told token by token when they are asked for', async () => {
    const body = await complete(emulator, { says, logprobs: true });
    expect(pick(body, 'choices.0.logprobs.content')).toHaveLength(6);
    const received = await frames(emulator, { says, logprobs: true });
    expect(pick(received[2], 'choices.0.logprobs.content.0')).toMatchObject({
      token: 'One',
      bytes: [79, 110, 101],
    });
  });

  it('[EC19] at pace 1 a token takes 20 ms, and pieces go out one by one', async () => {
    const paced = await startEmulator({ port: 0, thinkMs: 0 });
    const begin = performance.now();
    const response = await post(paced, { says: 'count to ten', stream: true });
    const text = await response.text();
    expect(performance.now() - begin).toBeGreaterThan(19 * 20 * 0.9);
    expect(wordsIn(toFrames(text))).toMatch(/^One.+ten\.$/);
    await paced.close();
  });
});
