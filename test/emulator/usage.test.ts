import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { inputAudioTokens, outputAudioTokens, textPieces, toUsage } from '../../emulator/realtime/usage.ts';

const tokens = fc.record({ text: fc.nat(100_000), audio: fc.nat(100_000) });

describe('token arithmetic', () => {
  it('[E45] what a person says costs ten tokens a second, what the assistant says twenty, started ones counted', () => {
    expect(inputAudioTokens(48_000)).toBe(10);
    expect(inputAudioTokens(48 * 1_630)).toBe(17);
    expect(inputAudioTokens(1)).toBe(1);
    expect(outputAudioTokens(48_000)).toBe(20);
    expect(outputAudioTokens(2_401)).toBe(2);
    expect(outputAudioTokens(0)).toBe(0);
  });

  it('[E45] totals are sums, and cached tokens are multiples of 64 that never exceed what went in', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, (input, known, output) => {
        const usage = toUsage(input, known, output);
        const cached = usage.input_token_details.cached_tokens_details;
        expect(usage.total_tokens).toBe(input.text + input.audio + output.text + output.audio);
        expect(usage.input_tokens + usage.output_tokens).toBe(usage.total_tokens);
        expect(cached.text_tokens % 64).toBe(0);
        expect(cached.audio_tokens % 64).toBe(0);
        expect(cached.text_tokens).toBeLessThanOrEqual(Math.min(input.text, known.text));
        expect(cached.audio_tokens).toBeLessThanOrEqual(Math.min(input.audio, known.audio));
        expect(usage.input_token_details.cached_tokens).toBe(cached.text_tokens + cached.audio_tokens);
      }),
    );
  });

  it('[E45] pieces of text put together are the text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(textPieces(text).join('')).toBe(text);
      }),
    );
  });
});
