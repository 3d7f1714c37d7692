import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { handoverOf, isAtRest } from '../../src/client/back.ts';
import { DownCount } from '../../src/client/down-count.ts';
import { readHandover, type Handover } from '../../src/client/handover.ts';
import type { Live } from '../../src/client/model.ts';
import { Outbox } from '../../src/client/outbox.ts';
import { GRACE_MS } from '../../src/client/reconnect.ts';
import { Dialogue, NOON } from './dialogue.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

const handover: Handover = {
  at: NOON,
  pass: { token: 'token', sessionId: 'sess_1', conversationId: 'conv_1', received: 7 },
  outbox: { base: 3, given: 1, frames: ['a', 20, 'b'] },
  microphone: 'muted',
  waiting: [{ id: 'm1', text: 'wait' }],
  unwanted: ['r0'],
  ran: ['call_1'],
  heard: { item: 4800 },
};

const written = (change: object = {}): unknown => JSON.parse(JSON.stringify({ ...handover, ...change }));

test('[C42] what a page hands on is what the next reads, for as long as the gateway waits', () => {
  expect(readHandover(written(), NOON + GRACE_MS - 1)).toEqual(handover);
  expect(readHandover(written(), NOON + GRACE_MS)).toBeNull();
  expect(readHandover(written({ at: NOON + 1 }), NOON)).toBeNull();
});

test('[C42] whatever else lies there is no call, and breaks nothing', () => {
  expect(readHandover(written({ pass: {} }), NOON)).toBeNull();
  const spoiled = fc.record({
    microphone: fc.anything(),
    waiting: fc.anything(),
    unwanted: fc.anything(),
    heard: fc.anything(),
    outbox: fc.anything(),
  });
  fc.assert(
    fc.property(fc.anything(), spoiled, (anything, parts) => {
      expect(readHandover(anything, NOON)).toBeNull();
      expect(readHandover({ ...handover, ...parts }, NOON)?.pass).toEqual(handover.pass);
    }),
  );
});

test('[C42][C44] what was not known to have arrived goes up from the next page, but sound, and never a credential', () => {
  const outbox = new Outbox();
  const auth = JSON.stringify({ type: 'gateway.auth', token: 'secret' });
  for (const frame of ['a', new ArrayBuffer(960), 'b', auth]) outbox.put(frame);
  while (outbox.take() !== null);
  outbox.put('c');
  const saved = outbox.save();
  expect(JSON.stringify(saved)).not.toContain('secret');
  const next = new Outbox();
  next.restore(saved);
  expect(next.resume(1)).toEqual({ soundMs: 20, hasWords: false });
  expect([next.take(), next.take(), next.take()]).toEqual(['b', 'c', null]);
});

test('[C42] another page hears again what is under way, as long as the gateway keeps it', () => {
  const count = new DownCount();
  const come = (frames: number): void => {
    for (let frame = 0; frame < frames; frame += 1) count.add('{}');
  };
  come(5);
  count.settle();
  come(3);
  expect([count.value(), count.forAnotherPage()]).toEqual([8, 5]);
  vi.advanceTimersByTime(60_000);
  expect(count.forAnotherPage()).toBe(8);
  // After a return the gateway keeps nothing from before it.
  count.settle();
  come(2);
  count.restart(10);
  come(1);
  expect(count.forAnotherPage()).toBe(10);
});

/** The call of a dialogue, which is live. */
function live({ model }: Dialogue): Live {
  if (model.call.name !== 'live') throw new Error('A live call was expected');
  return model.call;
}

function isResting(call: Dialogue): boolean {
  return isAtRest(live(call), call.model.captions);
}

const left = { at: NOON, pass: handover.pass, outbox: handover.outbox };

test('[C42] of an answer that was heard in part the rest is played, and all of it is told as heard when it is cut', () => {
  const before = Dialogue.live().answer('r1', 1000);
  const handed = handoverOf(live(before), left, { part: 1, heardMs: 400 });
  const call = new Dialogue().tell({ type: 'come-back', handover: handed });
  expect([call.phase, call.takeTypes()]).toEqual(['reconnecting', ['reopen']]);
  call.tell({ type: 'back', way: 'resume', lost: { soundMs: 0, hasWords: false } });
  call.tell({ type: 'microphone-opened' }).beginAnswer('r1', 300).sound(300);
  const played = call.take().flatMap((action) => (action.type === 'play' ? [action.pcm.byteLength] : []));
  expect(played).toEqual([200 * 48]);
  call.tell({ type: 'stop-answer' }).take();
  call.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 150 }] });
  expect(call.takeSent()).toEqual([
    expect.objectContaining({ type: 'conversation.item.truncate', audio_end_ms: 550 }),
  ]);
});

test('[C42] an answer that was heard to its end, or that nobody wanted, is not heard again', () => {
  const before = Dialogue.live().answer('r1', 1000);
  const handed = handoverOf(live(before), left, { part: 2, heardMs: 0 });
  const call = new Dialogue().tell({ type: 'come-back', handover: { ...handed, unwanted: ['r2'] } });
  call.tell({ type: 'back', way: 'resume', lost: { soundMs: 0, hasWords: false } }).take();
  call.answer('r1', 1000).answer('r2', 1000);
  expect([call.phase, call.takeTypes()]).toEqual(['listening', []]);
});

test('[C42] what waited to be typed goes up when the answer is made, and a muted microphone stays so', () => {
  const call = new Dialogue().tell({ type: 'come-back', handover });
  call.tell({ type: 'back', way: 'resume', lost: { soundMs: 0, hasWords: false } });
  call.take();
  call.tell({ type: 'microphone-opened' });
  expect(call.take()).toContainEqual({ type: 'mute', isMuted: true });
  call.answer('r1', 100);
  expect(call.model.call).toMatchObject({ waiting: [] });
});

test('[C42] a call is at rest when nothing is awaited, said, heard or still to be written', () => {
  expect(isResting(Dialogue.live())).toBe(true);
  expect(isResting(Dialogue.live().turnTaken())).toBe(false);
  expect(isResting(Dialogue.live().answer('r1', 100))).toBe(false);
  const answered = Dialogue.live().turnTaken().answer('r1', 100).tell({ type: 'part-ended', part: 1 });
  expect(isResting(answered)).toBe(false);
  expect(isResting(answered.understood('Hello.'))).toBe(true);
});

test('[C42] what is known from memory and comes again stands there once, with its words', () => {
  const call = new Dialogue().tell({
    type: 'memory',
    event: { type: 'open', id: 'conv_1', messageId: null },
  });
  call.tell({ type: 'come-back', handover });
  const message = { created_at: 1, tool_calls: [], mode: 'voice', status: 'complete' } as const;
  call.tell({
    type: 'memory',
    event: {
      type: 'answered',
      request: { name: 'open', id: 'conv_1' },
      answer: {
        name: 'open',
        conversation: {
          id: 'conv_1',
          title: '',
          created_at: 1,
          updated_at: 1,
          message_count: 2,
          next: null,
          messages: [
            { ...message, id: 'sess_1.speech', role: 'user', content: 'Hello.' },
            { ...message, id: 'sess_1.item-of-r1', role: 'assistant', content: 'one two' },
          ],
        },
      },
    },
  });
  expect(call.phase).toBe('reconnecting');
  call.turnTaken().understood('Hello.');
  const item = { id: 'item-of-r1', type: 'message', role: 'assistant', content: [] };
  call.hear({ type: 'conversation.item.added', item }).answer('r1', 100, 'one two three');
  expect(call.model.captions.map(({ text }) => text)).toEqual(['Hello.', 'one two three']);
});

test('[C42] a conversation of which nothing is kept yet leaves the call in it', () => {
  const call = new Dialogue().tell({
    type: 'memory',
    event: { type: 'open', id: 'conv_1', messageId: null },
  });
  call.tell({ type: 'come-back', handover });
  const notice = { text: 'This conversation is not there any more.', remedy: 'none' } as const;
  const request = { name: 'open', id: 'conv_1' } as const;
  call.tell({ type: 'memory', event: { type: 'failed', request, notice, isGone: true } });
  expect([call.model.conversation.id, call.model.conversation.isOpening, call.model.notice]).toEqual([
    'conv_1',
    false,
    null,
  ]);
});
