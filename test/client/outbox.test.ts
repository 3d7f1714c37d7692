import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KEPT_SOUND_MS, KEPT_UNITS, Outbox, type Lost, type UpFrame } from '../../src/client/outbox.ts';

/** 20 ms of sound that says which it is. */
function sound(name: number): ArrayBuffer {
  return new Int16Array(480).fill(name).buffer;
}

function nameOf(frame: UpFrame): string | number {
  return typeof frame === 'string' ? frame : (new Int16Array(frame)[0] ?? -1);
}

/** Gives the socket of the moment everything there is. */
function flush(outbox: Outbox): readonly (string | number)[] {
  const given: (string | number)[] = [];
  for (let frame = outbox.take(); frame !== null; frame = outbox.take()) given.push(nameOf(frame));
  return given;
}

const NOTHING = { soundMs: 0, hasWords: false };

test('[C44] what did not arrive is sent again, and nothing else', () => {
  const outbox = new Outbox();
  for (const frame of ['a', sound(1), 'b']) outbox.put(frame);
  expect(flush(outbox)).toEqual(['a', 1, 'b']);
  outbox.put('c');
  expect(outbox.resume(2)).toEqual(NOTHING);
  expect(flush(outbox)).toEqual(['b', 'c']);
  expect(outbox.resume(4)).toEqual(NOTHING);
  expect(flush(outbox)).toEqual([]);
});

test('[C44] the answer to a ping confirms everything before it', () => {
  const outbox = new Outbox();
  outbox.pong();
  outbox.put('a');
  outbox.putPing('ping');
  flush(outbox);
  outbox.put('b');
  outbox.pong();
  expect([outbox.size(), outbox.isAsking()]).toEqual([1, false]);
  flush(outbox);
  outbox.resume(2);
  expect(flush(outbox)).toEqual(['b']);
});

test('[C44] of sound the newest is kept, and what did not arrive of the rest is told', () => {
  const outbox = new Outbox();
  const kept = KEPT_SOUND_MS / 20;
  outbox.put('first');
  for (let name = 1; name <= kept + 10; name += 1) outbox.put(sound(name));
  const given = flush(outbox);
  expect([given[0], given[1], given.length]).toEqual(['first', 11, kept + 1]);
  for (let name = 1; name <= 30; name += 1) outbox.put(sound(name));
  // Ten were never sent; of thirty that were, twenty-five are known to have arrived, behind the message.
  expect(outbox.resume(26)).toEqual({ soundMs: 300, hasWords: false });
  expect(flush(outbox)).toHaveLength(kept);
});

test('[C44] sound that made room after it had arrived is not missed, however long ago that was', () => {
  const outbox = new Outbox();
  const all = (KEPT_SOUND_MS / 20) * 3;
  for (let name = 0; name < all; name += 1) {
    outbox.put(sound(name));
    flush(outbox);
  }
  expect(outbox.size()).toBe(KEPT_SOUND_MS / 20);
  expect(outbox.resume(all - 2)).toEqual(NOTHING);
  expect(flush(outbox)).toEqual([all - 2, all - 1]);
});

test('[C44] a gateway that was gone may not know what had arrived: that goes up again, too', () => {
  const outbox = new Outbox();
  for (const frame of ['a', 'b']) outbox.put(frame);
  outbox.putPing('ping');
  flush(outbox);
  outbox.pong();
  outbox.put('c');
  flush(outbox);
  expect(outbox.resume(1, 'restored')).toEqual(NOTHING);
  expect(flush(outbox)).toEqual(['b', 'ping', 'c']);
  expect(outbox.resume(4)).toEqual(NOTHING);
  expect(flush(outbox)).toEqual([]);
  // What arrived is not kept for ever.
  for (let frames = 0; frames < 5000; frames += 1) {
    outbox.put(sound(frames));
    outbox.putPing('ping');
    flush(outbox);
    outbox.pong();
  }
  expect(outbox.save().frames.length).toBeLessThan(2000);
});

test('[C44] words that find no room are told', () => {
  const outbox = new Outbox();
  const long = 'x'.repeat(KEPT_UNITS / 2);
  for (const frame of [long, long, 'last']) outbox.put(frame);
  expect(outbox.resume(0)).toEqual({ soundMs: 0, hasWords: true });
  expect(flush(outbox)).toHaveLength(2);
});

test('[C44] another call gets what none was given yet, and doubtful words are told', () => {
  const outbox = new Outbox();
  outbox.put('sent');
  outbox.putPing('ping');
  flush(outbox);
  outbox.put('typed while away');
  expect(outbox.beginAnew()).toEqual({ soundMs: 0, hasWords: true });
  expect(flush(outbox)).toEqual(['typed while away']);
  expect(outbox.resume(1)).toEqual(NOTHING);
  expect(outbox.beginAnew()).toEqual(NOTHING);
});

/** What can happen to a page that talks: a frame to send, a moment in which some arrives, a cut. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.constant('say' as const) },
  { weight: 2, arbitrary: fc.constant('write' as const) },
  { weight: 1, arbitrary: fc.constant('ping' as const) },
  { weight: 4, arbitrary: fc.record({ arrives: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ away: fc.nat(8) }) },
);

test('[C44] wherever and however often it is cut, the gateway gets every frame once and in order', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 120 }), (happenings) => {
      const outbox = new Outbox();
      const said: (string | number)[] = [];
      const gateway: (string | number)[] = [];
      let onTheWay: (string | number)[] = [];
      const lost: Lost[] = [];
      let pongs = 0;
      const say = (kind: 'say' | 'write' | 'ping'): void => {
        const name = said.length + 1;
        said.push(kind === 'say' ? name : `${kind} ${name}`);
        if (kind === 'say') outbox.put(sound(name));
        else if (kind === 'write') outbox.put(`write ${name}`);
        else outbox.putPing(`ping ${name}`);
      };
      const arrive = (count: number): void => {
        const arrived = onTheWay.splice(0, count);
        gateway.push(...arrived);
        pongs += arrived.filter((name) => String(name).startsWith('ping')).length;
      };
      for (const it of happenings) {
        if (typeof it === 'string') {
          say(it);
          onTheWay.push(...flush(outbox));
        } else if ('arrives' in it) {
          arrive(it.arrives);
          // Answers come later than what they answer, or with the next return.
          if (it.arrives > 2) for (; pongs > 0; pongs -= 1) outbox.pong();
        } else {
          onTheWay = [];
          for (let away = 0; away < it.away; away += 1) say(away % 3 === 0 ? 'write' : 'say');
          lost.push(outbox.resume(gateway.length));
          onTheWay.push(...flush(outbox));
        }
      }
      arrive(Infinity);
      expect(gateway).toEqual(said);
      expect(lost.filter(({ soundMs, hasWords }) => soundMs > 0 || hasWords)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
