import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  realtimePrice,
  realtimePrices,
  transcriptionPrice,
  transcriptionPrices,
} from '../../src/azure/prices.ts';
import { responseCost, responseUsage, transcriptionCost } from '../../src/azure/usage.ts';

const DAY = '2026-11-25';

/** The usage of a real capture: 132 in (59 text, 73 audio, 64 of it cached audio), 188 out (41 text, 147 audio). */
const captured = {
  type: 'response.done',
  response: {
    usage: {
      total_tokens: 320,
      input_tokens: 132,
      output_tokens: 188,
      input_token_details: {
        text_tokens: 59,
        audio_tokens: 73,
        image_tokens: 0,
        cached_tokens: 64,
        cached_tokens_details: { text_tokens: 0, audio_tokens: 64, image_tokens: 0 },
      },
      output_token_details: { text_tokens: 41, audio_tokens: 147 },
    },
  },
};

it('[G2] a response costs what its tokens cost by kind, cached ones at the cached price, to the nano-dollar', () => {
  const usage = responseUsage(captured);
  if (!usage) throw new Error('no usage');
  // 59 x 4 + 9 x 32 + 64 x 0.4 + 41 x 16 + 147 x 64, in millionths of a dollar.
  expect(responseCost(usage, realtimePrice('gpt-realtime', DAY))).toEqual({
    tokens: 320,
    nanoUsd: 10_613_600,
  });
});

it.each([
  ['no response', { type: 'response.done' }],
  ['no usage', { type: 'response.done', response: {} }],
  ['null for usage', { type: 'response.done', response: { usage: null } }],
])('[G2] a response with %s has none', (_, event) => {
  expect(responseUsage(event)).toBeNull();
});

it('[G2] tokens that Azure left unnamed are text, and a sum that is larger than its parts counts', () => {
  const usage = responseUsage({
    type: 'response.done',
    response: { usage: { total_tokens: 100, input_tokens: 60, output_tokens: 30 } },
  });
  expect(usage).toMatchObject({ total: 100, input: { text: 60 }, output: { text: 30 } });
});

it('[G2] nothing Azure could write makes a cost negative, or no number', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (usage) => {
      const read = responseUsage({ type: 'response.done', response: { usage } });
      if (read === null) return;
      const { tokens, nanoUsd } = responseCost(read, realtimePrice('gpt-realtime', DAY));
      expect(tokens).toBeGreaterThanOrEqual(0);
      expect(nanoUsd).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(nanoUsd)).toBe(true);
    }),
  );
});

it('[G3] a transcript costs its seconds, or its tokens, as it reports', () => {
  const type = 'conversation.item.input_audio_transcription.completed';
  const whisper = transcriptionPrice('whisper-1', DAY);
  expect(transcriptionCost({ type, usage: { type: 'duration', seconds: 30 } }, whisper)).toEqual({
    tokens: 0,
    nanoUsd: 3_000_000,
  });
  const usage = {
    type: 'tokens',
    total_tokens: 26,
    input_tokens: 17,
    output_tokens: 9,
    input_token_details: { audio_tokens: 16, text_tokens: 1 },
  };
  // 16 x 6 + 1 x 2.5 + 9 x 10
  expect(transcriptionCost({ type, usage }, transcriptionPrice('gpt-4o-transcribe', DAY))).toEqual({
    tokens: 26,
    nanoUsd: 188_500,
  });
  expect(transcriptionCost({ type }, whisper)).toEqual({ tokens: 0, nanoUsd: 0 });
});

it.each([
  ['gpt-realtime', 'gpt-realtime'],
  ['gpt-realtime-1.5', 'gpt-realtime'],
  ['GPT-Realtime-2.1', 'gpt-realtime-2'],
  ['gpt-realtime-2.1-mini', 'gpt-realtime-2.1-mini'],
  ['gpt-realtime-mini-2025-10-06', 'gpt-realtime-mini'],
  ['gpt-4o-realtime-preview', 'gpt-4o-realtime'],
])('[G1] the deployment %s is charged as %s', (deployment, family) => {
  expect(realtimePrice(deployment, DAY).family).toBe(family);
});

it('[G1] a deployment of any other name is charged as the dearest', () => {
  expect(realtimePrice('our-voice', DAY).family).toBe('gpt-4o-realtime');
  expect(transcriptionPrice('our-ears', DAY).family).toBe('gpt-realtime-whisper');
});

it('[G1] a price counts from its day on', () => {
  expect(realtimePrice('gpt-realtime-2', '2025-12-31').family).toBe('gpt-realtime');
});

it('[G1] every price has a day and a source, is a whole number of nano-dollars a token, and is cheaper from the cache', () => {
  for (const { since, source, text, audio, image } of realtimePrices) {
    expect(since).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(source).not.toBe('');
    for (const { input, cached, output } of [text, audio, image]) {
      for (const usd of [input, cached, output])
        expect(Number.isInteger(Math.round(usd * 1e9) / 1e6)).toBe(true);
      expect(cached).toBeLessThanOrEqual(input);
    }
  }
  for (const { since, source, minute } of transcriptionPrices) {
    expect(since).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(source).not.toBe('');
    expect(minute).toBeGreaterThan(0);
  }
});
