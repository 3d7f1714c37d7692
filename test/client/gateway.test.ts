import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Ended, Place } from '../../src/client/gateway-place.ts';
import { problems } from '../../src/client/problems.ts';
import { GRACE_MS, STEADY_MS, TOKEN_MS } from '../../src/client/reconnect.ts';
import { ANSWER_MS, QUIET_MS } from '../../src/client/pulse.ts';
import { Caller } from './gateway-caller.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 25, 12) });
});
afterEach(() => {
  vi.useRealTimers();
});

function sound(name: number): ArrayBuffer {
  return new Int16Array(480).fill(name).buffer;
}

function nameOf(frame: string | ArrayBuffer): string | number {
  return typeof frame === 'string' ? frame : (new Int16Array(frame)[0] ?? -1);
}

function anew(ended: Ended | null = null, hasLostWords = false): Place {
  return { anewIn: 'conv_7', ended, hasLostWords };
}

const speech = (id: string): object => ({ type: 'input_audio_buffer.speech_started', item_id: id });

test('[C44] a call that is cut goes on where it was: what was missed comes once, what got lost goes up again', async () => {
  const { far, gateway, ...caller } = await Caller.live();
  for (const name of [1, 2, 3]) gateway.sendSound(sound(name));
  far.say({ ...speech('a') });
  far.say({ ...speech('b') });
  far.carry(2, 1);
  far.cut();
  expect(caller.told.splice(0)).toEqual(['a', 'away']);
  gateway.sendSound(sound(4));
  gateway.send({ type: 'response.create' });
  far.say({ ...speech('c') });
  await vi.advanceTimersByTimeAsync(0);
  far.carry();
  far.carry();
  expect(caller.told).toEqual(['back resume 0 false', 'b', 'c']);
  expect(far.dialled).toEqual(['/ws/voice?trace=tools', '/ws/voice?received=4&trace=tools']);
  expect(far.heard.map(nameOf).filter((frame) => !isPing(frame))).toEqual([
    1,
    2,
    3,
    4,
    '{"type":"response.create"}',
  ]);
});

test('[C51] a call that was lost with another way goes on in its conversation, with what is said and typed meanwhile', async () => {
  const { far, gateway, ...caller } = new Caller(anew());
  gateway.send({ type: 'response.create' });
  gateway.sendSound(sound(1));
  await vi.advanceTimersByTimeAsync(0);
  far.carry();
  far.carry();
  expect(far.dialled).toEqual(['/ws/voice?conversation=conv_7&trace=tools']);
  expect(caller.told).toEqual(['gateway.session', 'back anew 0 false', 'session.created']);
  expect(far.heard.map(nameOf)).toEqual(['{"type":"response.create"}', 1]);
});

test('[C51] what was written and may have got lost with that other way is told', async () => {
  const caller = new Caller(anew(null, true));
  caller.gateway.send({ type: 'response.create' });
  await caller.settles();
  caller.far.carry();
  expect(caller.take()).toEqual(['gateway.session', 'back anew 0 true', 'session.created']);
  expect(caller.far.heard).toEqual(['{"type":"response.create"}']);
});

test('[C51] where that other way was lost with the network, it is tried again until there is one', async () => {
  const caller = new Caller(anew());
  const { far } = caller;
  far.isThere = false;
  far.cut();
  expect(caller.take()).toEqual(['away']);
  far.isThere = true;
  await caller.passes(STEADY_MS);
  expect(caller.take().slice(0, 2)).toEqual(['gateway.session', 'back anew 0 false']);
  expect(far.dialled).toEqual(Array.from({ length: 2 }, () => '/ws/voice?conversation=conv_7&trace=tools'));
});

test('[C51] how it ended decides what becomes of it: another call, after a while, or the end', async () => {
  const broken = new Caller(anew({ code: 4502, reason: 'Azure refused or broke' }));
  expect([broken.take(), broken.far.dialled]).toEqual([['away'], []]);
  await broken.passes(1000);
  expect(broken.take().slice(0, 2)).toEqual(['gateway.session', 'back anew 0 false']);
  const hasty = new Caller(anew({ code: 4429, reason: 'Too many, 7 s' }));
  await hasty.passes(6900);
  expect(hasty.take()).toEqual(['away']);
  await hasty.passes(1000);
  expect(hasty.take()).toContain('back anew 0 false');
  for (const code of [1000, 4400, 4401, 4402, 4408]) {
    const over = new Caller(anew({ code, reason: 'Because' }));
    await over.passes(TOKEN_MS / 10);
    expect([over.take(), over.far.dialled]).toEqual([[`closed ${code} Because`], []]);
  }
  for (const { gateway } of [broken, hasty]) gateway.close();
  expect(vi.getTimerCount()).toBe(0);
});

/** What can happen between a page and its gateway. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.constant('speak' as const) },
  { weight: 2, arbitrary: fc.constant('write' as const) },
  { weight: 4, arbitrary: fc.constant('answer' as const) },
  { weight: 2, arbitrary: fc.constant('sound' as const) },
  { weight: 4, arbitrary: fc.record({ up: fc.nat(4), down: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.constantFrom('cut' as const, 'wait' as const, 'silence' as const) },
);

/** Whoever is away comes back, which may take a wait. */
async function isBack(caller: Caller): Promise<void> {
  while (caller.told.at(-1) === 'away') {
    await caller.settles();
    await caller.passes(100);
  }
}

/** The network takes everything until that is noticed: no longer, since the answer to a return is not lost here. */
async function falls({ told }: Caller): Promise<void> {
  const seen = told.length;
  for (let ms = 0; ms < QUIET_MS + ANSWER_MS + 1000 && !told.slice(seen).includes('away'); ms += 100) {
    await vi.advanceTimersByTimeAsync(100);
  }
}

test('[C44] cut at any frame, everything is told once and in order, both ways', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (happenings) => {
      const caller = await Caller.live();
      const { far, gateway } = caller;
      const before = far.heard.length;
      const up: (string | number)[] = [];
      const down: string[] = [];
      for (const [at, it] of happenings.entries()) {
        // A token works once: with the answer to a return it would be lost (the test of that is below).
        if (it === 'cut' || it === 'silence') await isBack(caller);
        if (typeof it === 'object') far.carry(it.up, it.down);
        else if (it === 'speak') {
          gateway.sendSound(sound(at));
          up.push(at);
        } else if (it === 'write') {
          gateway.send({ type: 'conversation.item.delete', item_id: `item-${at}` });
          up.push(`{"type":"conversation.item.delete","item_id":"item-${at}"}`);
        } else if (it === 'answer') {
          far.say({ ...speech(`said-${at}`) });
          down.push(`said-${at}`);
        } else if (it === 'sound') {
          far.say(sound(at));
          down.push(`sound ${at}`);
        } else if (it === 'cut') far.cut();
        else if (it === 'wait') await vi.advanceTimersByTimeAsync(700);
        else await falls(caller);
      }
      await caller.passes(30_000);
      expect(caller.told.filter((word) => !/^(away|back)/.test(word))).toEqual(down);
      expect(caller.told.filter((word) => word.startsWith('back') && word !== 'back resume 0 false')).toEqual(
        [],
      );
      const arrived = far.heard.slice(before).map(nameOf);
      expect(arrived.filter((frame) => !isPing(frame))).toEqual(up);
      gateway.close();
    }),
    { numRuns: 150 },
  );
});

test('[C45] a gateway that cannot be reached is tried again after longer and longer waits, and given up in the end', async () => {
  const caller = await Caller.live();
  const { far } = caller;
  far.isThere = false;
  caller.random = 1;
  const at: number[] = [];
  const began = Date.now();
  far.cut();
  far.cut();
  for (let tries = far.dialled.length; at.length < 5;) {
    await vi.advanceTimersByTimeAsync(100);
    if (far.dialled.length > tries) {
      tries = far.dialled.length;
      far.cut();
      at.push(Math.round((Date.now() - began) / 1000));
    }
  }
  expect(at).toEqual([1, 3, 7, 15, 23]);
  caller.door = { name: 'refused', notice: problems.unreachable, isUnreachable: true, isFinal: false };
  await vi.advanceTimersByTimeAsync(TOKEN_MS);
  expect(caller.take()).toContain('closed 1006');
  const tries = far.dialled.length;
  await vi.advanceTimersByTimeAsync(TOKEN_MS);
  expect(far.dialled.length).toBe(tries);
  expect(vi.getTimerCount()).toBe(0);
});

test('[C45] who is offline is given up when the gateway no longer waits, and is tried at once when back before', async () => {
  const caller = await Caller.live();
  const { far, gateway } = caller;
  far.isThere = false;
  caller.isOnline = false;
  far.cut();
  await vi.advanceTimersByTimeAsync(5000);
  far.cut();
  await vi.advanceTimersByTimeAsync(50);
  far.isThere = true;
  caller.isOnline = true;
  gateway.hurry();
  await caller.settles();
  await caller.settles();
  expect(caller.take().at(-1)).toBe('back resume 0 false');
  await caller.passes(STEADY_MS);
  far.isThere = false;
  caller.isOnline = false;
  caller.door = { name: 'refused', notice: problems.unreachable, isUnreachable: true, isFinal: false };
  far.cut();
  await vi.advanceTimersByTimeAsync(GRACE_MS + 20_000);
  expect(caller.take().at(-1)).toBe('closed 1006');
});

test('[C46] a socket that is silent is asked, and one that does not answer is lost', async () => {
  const caller = await Caller.live();
  const { far, gateway } = caller;
  const pings = (): number => far.heard.filter((frame) => isPing(frame)).length;
  const before = pings();
  for (let second = 0; second < 20; second += 1) {
    far.say({ ...speech(`${second}`) });
    await caller.passes(1000);
  }
  expect(pings()).toBe(before);
  await caller.passes(60_000);
  expect(pings() - before).toBeGreaterThan(4);
  expect(pings() - before).toBeLessThan(9);
  expect(caller.told).not.toContain('away');
  // From now on nothing gets through, and nobody says so.
  const began = Date.now();
  while (!caller.told.includes('away')) await vi.advanceTimersByTimeAsync(500);
  expect(Date.now() - began).toBeLessThan(QUIET_MS + ANSWER_MS + 2000);
  await caller.settles();
  expect(caller.take().slice(-2)).toEqual(['away', 'back resume 0 false']);
  gateway.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('[C46] news of the network has a silent socket asked at once, and a return that waits begin', async () => {
  const caller = await Caller.live();
  const { far, gateway } = caller;
  await caller.passes(2000);
  gateway.hurry();
  gateway.hurry();
  await vi.advanceTimersByTimeAsync(ANSWER_MS + 1000);
  expect(caller.take()).toEqual(['away']);
  await caller.settles();
  expect(caller.take()).toEqual(['back resume 0 false']);
  far.cut();
  caller.take();
  const tries = far.dialled.length;
  gateway.hurry();
  await caller.settles();
  expect([far.dialled.length - tries, caller.take()]).toEqual([1, ['back resume 0 false']]);
});

test('[C45] after Azure broke, another call goes on in the conversation, with what was typed meanwhile', async () => {
  const caller = await Caller.live();
  const { far, gateway } = caller;
  caller.hearsAnswer();
  far.end(4502, 'upstream_lost');
  gateway.send({ type: 'response.create' });
  await vi.advanceTimersByTimeAsync(250);
  await caller.settles();
  await caller.settles();
  expect(caller.take()).toEqual(['error', 'away', 'gateway.session', 'back anew 0 false', 'session.created']);
  expect(far.dialled.at(-1)).toBe('/ws/voice?conversation=conv_1&trace=tools');
  expect(far.heard).toEqual(['{"type":"response.create"}']);
});

test('[C45][C57] a conversation in which nothing was said is gone with its call: another call goes where that was to go', async () => {
  for (const [place, address] of [
    [null, '/ws/voice?trace=tools'],
    ['conv_before', '/ws/voice?conversation=conv_before&trace=tools'],
  ] as const) {
    const caller = new Caller(place);
    await caller.settles();
    caller.far.carry();
    caller.far.end(4502, 'upstream_lost');
    await caller.passes(5000);
    expect(caller.far.dialled).toEqual([address, address]);
  }
});

test('[C45] calls that break as soon as they are open are told after the fourth', async () => {
  const caller = await Caller.live();
  const { far } = caller;
  for (let calls = 0; calls < 5; calls += 1) {
    far.end(4502, 'upstream_lost');
    await caller.passes(5000);
  }
  expect(caller.take().at(-1)).toBe('closed 4502');
  expect(far.dialled).toHaveLength(5);
});

test('[C45] too much at once is come back from after its seconds, and not sooner', async () => {
  const caller = await Caller.live();
  const { far, gateway } = caller;
  far.end(4429, 'rate_limited', 'Too many, 7 s');
  gateway.hurry();
  await caller.passes(6900);
  expect(caller.take().at(-1)).toBe('away');
  await caller.passes(1000);
  expect(caller.take()).toContain('back anew 0 false');
});

test('[C45] an answer to a return that gets lost takes the token with it: another call goes on', async () => {
  const caller = await Caller.live();
  const { far } = caller;
  caller.hearsAnswer();
  far.cut();
  await vi.advanceTimersByTimeAsync(0);
  far.cut();
  await caller.passes(3000);
  expect(caller.take().slice(0, 2)).toEqual(['away', 'away']);
  expect(far.dialled.slice(-2)).toEqual([
    expect.stringContaining('received='),
    '/ws/voice?conversation=conv_1&trace=tools',
  ]);
});

test('[C45] a machine that slept for long opens no call when it wakes: nobody may be there', async () => {
  const caller = await Caller.live();
  const { far } = caller;
  vi.setSystemTime(Date.now() + 2 * GRACE_MS);
  far.forget();
  far.cut();
  await caller.settles();
  expect(caller.take()).toEqual(['away', 'error', 'closed 4409 Nothing to resume']);
  const other = await Caller.live();
  vi.setSystemTime(Date.now() + TOKEN_MS);
  other.far.cut();
  expect([other.take(), other.far.dialled.length]).toEqual([['closed 1006'], 1]);
});

test('[C45] a page that was loaded again, and finds its call gone on elsewhere, opens none', async () => {
  const pass = { token: 'token-9', sessionId: 's', conversationId: 'conv_1', received: 3 };
  const caller = new Caller({ at: Date.now(), pass, outbox: { base: 0, given: 0, frames: [] } });
  await caller.settles();
  expect(caller.take()).toEqual(['error', 'closed 4409 Nothing to resume']);
  expect(caller.far.dialled).toEqual(['/ws/voice?received=3&trace=tools']);
});

test('[C45] every end that is final is told as it came, and leaves nothing that runs', async () => {
  for (const code of [1000, 1009, 4400, 4401, 4402, 4403, 4408, 4409]) {
    const caller = await Caller.live();
    caller.far.cut(code, 'Because');
    expect(caller.take()).toEqual([`closed ${code} Because`]);
    expect(vi.getTimerCount()).toBe(0);
  }
});

test('[C45] a door that does not let in any more is told, and one that is busy is asked again', async () => {
  const caller = await Caller.live();
  const { far } = caller;
  far.isThere = false;
  caller.door = { name: 'refused', notice: problems.unavailable, isUnreachable: false, isFinal: false };
  far.cut();
  far.cut();
  await vi.advanceTimersByTimeAsync(5000);
  expect(caller.take().every((word) => word === 'away')).toBe(true);
  caller.door = { name: 'refused', notice: problems.signInNeeded, isUnreachable: false, isFinal: true };
  await vi.advanceTimersByTimeAsync(8000);
  expect(caller.take().at(-1)).toBe(problems.signInNeeded.text);
  expect(vi.getTimerCount()).toBe(0);
});

test('[C45] a gateway that goes is left, and come back to after about the time it named', async () => {
  const caller = await Caller.live();
  const { far, gateway } = caller;
  far.say({ type: 'gateway.drain', after_ms: 4000 });
  far.carry();
  expect([caller.take(), far.left]).toEqual([['away'], ['for-now']]);
  gateway.hurry();
  await vi.advanceTimersByTimeAsync(3900);
  expect(far.dialled).toHaveLength(1);
  await caller.passes(1000);
  expect(caller.take()).toEqual(['back resume 0 false']);
});

test('[C45] whoever hangs up while away is not called back', async () => {
  const caller = await Caller.live();
  caller.far.isThere = false;
  caller.far.cut();
  caller.gateway.close();
  await vi.advanceTimersByTimeAsync(TOKEN_MS);
  expect([caller.take(), caller.far.dialled.length]).toEqual([['away'], 2]);
  expect(vi.getTimerCount()).toBe(0);
});

test('[C35] sound that the network does not take is dropped and told, but not for what came back at once', async () => {
  const caller = await Caller.live();
  const { far, gateway } = caller;
  far.isThere = true;
  far.cut();
  far.clogged = 400_000;
  await caller.settles();
  caller.take();
  gateway.sendSound(sound(1));
  expect(caller.take()).toEqual([]);
  far.clogged = 500_000;
  gateway.sendSound(sound(2));
  gateway.sendSound(sound(3));
  expect(caller.take()).toEqual(['dropped']);
  far.clogged = 0;
  gateway.sendSound(sound(4));
  far.carry();
  expect(far.heard.slice(-2).map(nameOf)).toEqual([1, 4]);
});

test('[C46] the gateway is told what came, after every 320 kB', async () => {
  const { far } = await Caller.live();
  const before = far.heard.length;
  const third = new ArrayBuffer(110 * 1024);
  for (let frame = 0; frame < 2; frame += 1) far.say(third);
  far.carry();
  expect(far.heard).toHaveLength(before);
  far.say(third);
  far.carry();
  far.carry();
  expect(far.heard.slice(before)).toEqual([
    expect.stringMatching(/^\{"type":"gateway\.ping","received":\d+\}$/),
  ]);
});

/** A ping says how many frames came down. */
function isPing(frame: unknown): boolean {
  return typeof frame === 'string' && /^\{"type":"gateway\.ping","received":\d+\}$/.test(frame);
}
