/** What answers cost whose end nobody sees. A token of `gpt-realtime` costs, in nano-dollars: text in 4,000, out 16,000; sound out 64,000. */
import { describe, expect, it } from 'vitest';
import { freshDay } from '../../src/durable-objects/budget.ts';
import { PaperCall } from './paper-call.ts';
import { begun, done, turn, typed } from './paper-talk.ts';

/** A second of sound: 48,000 bytes, 20 tokens. */
const SECOND = { type: 'response.output_audio.delta', delta: 'A'.repeat(64_000) };

/** A call in which an answer has read 1,000 tokens, so that the next one costs something. */
function longTalk(): PaperCall {
  const call = new PaperCall('json', { budgets: { tokens: 1_000_000 } }).opens();
  turn(call, 'r0', { text: 1_000, audio: 0, out: 0 });
  call.used = freshDay;
  return call;
}

describe('a call that ends in the middle of its answers', () => {
  it('[G9] pays for the input of an answer that was asked for and has not begun: Azure may be making it', () => {
    const call = longTalk();
    call.browserSends({ type: 'response.create' });
    call.azureSends('nonsense');
    expect(call.reservations.size).toBe(0);
    expect(call.used.tokens).toBe(1_000);
  });

  it('[G9] pays for the words that came, in writing', () => {
    const call = longTalk();
    call.browserSends({ type: 'response.create', response: { output_modalities: ['text'] } });
    call.azureSends(begun('r1'));
    for (let i = 0; i < 100; i += 1) {
      call.azureSends({ type: 'response.output_text.delta', delta: 'six ha', obfuscation: 'x'.repeat(40) });
    }
    call.azureSends('nonsense');
    expect(call.used.tokens).toBe(1_200);
    expect(call.used.nanoUsd).toBe(1_000 * 4_000 + 200 * 16_000);
  });

  it('[G9] pays for the sound of an answer although another began after it', () => {
    const call = longTalk();
    const aside = { conversation: 'none' };
    call.browserSends({ type: 'response.create', response: aside });
    call.azureSends(begun('r1'));
    for (let i = 0; i < 50; i += 1) call.azureSends(SECOND);
    call.browserSends({ type: 'response.create', response: aside });
    call.azureSends(begun('r2'));
    call.azureSends('nonsense');
    expect(call.used.tokens).toBeGreaterThanOrEqual(2_000 + 50 * 20);
    expect(call.used.tokens).toBeLessThan(2_000 + 51 * 20);
  });

  it('[G9] pays only once for the sound of an answer that Azure told the price of', () => {
    const call = longTalk();
    const aside = { conversation: 'none' };
    call.browserSends({ type: 'response.create', response: aside });
    call.azureSends(begun('r1'));
    call.browserSends({ type: 'response.create', response: aside });
    call.azureSends(begun('r2'));
    for (let i = 0; i < 50; i += 1) call.azureSends(SECOND);
    call.azureSends(done('r1', { text: 1_000, audio: 0, out: 50 * 20 }));
    call.used = freshDay;
    call.azureSends('nonsense');
    // Its input as it was quoted, and what the lengths of frames differ.
    expect(call.used.tokens).toBeLessThan(1_100);
  });
});

it.each([
  ['nobody can pay for', {}, (call: PaperCall) => (call.used = { ...freshDay, tokens: 999_990 })],
  ['is one request too many', { requestsPerMinute: 2 }, () => undefined],
] as const)(
  '[G9] an answer that voice detection began and that %s is paid for as far as it was read',
  (_, limits, happen) => {
    const call = new PaperCall('json', { budgets: { tokens: 1_000_000 }, ...limits }).opens();
    turn(call, 'r0', { text: 1_000, audio: 0, out: 0 });
    call.browserSends(typed(''));
    happen(call);
    const before = call.used.tokens;
    call.azureSends(begun('r1'));
    expect(call.state.name).toBe('ended');
    expect(call.used.tokens - before).toBeGreaterThanOrEqual(1_000);
  },
);

it('[G5] an answer that was cancelled and tells no usage is charged for what came of it', () => {
  const call = longTalk();
  call.browserSends({ type: 'response.create' });
  call.azureSends(begun('r1'));
  call.azureSends(SECOND);
  call.azureSends({ type: 'response.done', response: { id: 'r1', status: 'cancelled', usage: null } });
  expect(call.reservations.size).toBe(0);
  expect(call.used.tokens).toBeGreaterThanOrEqual(1_020);
  // And nothing of it again.
  call.used = freshDay;
  call.browserSends({ type: 'response.create' });
  call.azureSends(begun('r2'));
  call.azureSends('nonsense');
  expect(call.used.tokens).toBe(1_000);
});
