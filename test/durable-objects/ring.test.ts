import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring, RING_BYTES, RING_MS, type DownFrame, type Missed } from '../../src/durable-objects/ring.ts';

const NOW = 1_764_000_000_000;

/** Where Azure's sound is decoded into, time and again. */
const scratch = new Uint8Array(256);

/** A frame of the gateway's by its number: words, or sound that is written over by the next. */
function frameOf(number: number): DownFrame {
  if (number % 3 === 0) return `words ${number}`;
  scratch.fill(0).set([number & 255, number >> 8]);
  return scratch.subarray(0, 2 + (number % 7));
}

/** A frame as somebody may compare it. */
function told(frame: DownFrame): string {
  return typeof frame === 'string' ? frame : `sound ${[...frame].join()}`;
}

/** Both ends of a call over networks that fail. Each socket delivers a part of what is sent on it, and then nothing. */
class Talk {
  readonly ring = new Ring();
  /** What the browser got, and what of it the announcements are. */
  readonly got: string[] = [];
  /** What the gateway got. */
  readonly arrived: number[] = [];
  #said = 0;
  #asked = 0;
  #downLeft = 0;
  #upLeft = 0;
  #unsure: number[] = [];
  #isIn = true;

  goOn(down: number, up: number): void {
    this.#downLeft = down;
    this.#upLeft = up;
  }

  says(): void {
    const frame = frameOf(this.#said);
    this.#said += 1;
    this.ring.keep(frame, NOW);
    this.#deliver(frame);
  }

  asks(): void {
    this.#unsure.push(this.#asked);
    if (this.#isIn) this.#send(this.#asked);
    this.#asked += 1;
  }

  comesBack(down: number, up: number): void {
    this.goOn(down, up);
    let received = 0;
    const announce = ({ frames, lostMs }: Missed): readonly string[] => {
      received = this.arrived.length;
      return [`resumed, ${frames} follow, ${lostMs} ms lost`];
    };
    const frames = this.ring.resume(this.got.length, announce, NOW) ?? [];
    if (frames[0] !== `resumed, ${frames.length - 1} follow, 0 ms lost`) throw new Error(String(frames[0]));
    for (const frame of frames) this.#deliver(frame);
    // A browser that has not read the announcement does not know what to send again, and sends nothing.
    this.#isIn = down > 0;
    if (!this.#isIn) return;
    this.#unsure = this.#unsure.filter((number) => number >= received);
    for (const number of this.#unsure) this.#send(number);
  }

  #deliver(frame: DownFrame): void {
    if (this.#downLeft === 0) return;
    this.#downLeft -= 1;
    this.got.push(told(frame));
  }

  #send(number: number): void {
    if (this.#upLeft === 0) return;
    this.#upLeft -= 1;
    this.arrived.push(number);
  }

  uninterrupted(): { down: string[]; up: number[] } {
    return {
      down: Array.from({ length: this.#said }, (_, number) => told(frameOf(number))),
      up: Array.from({ length: this.#asked }, (_, number) => number),
    };
  }
}

const amount = fc.nat({ max: 40 });
const life = fc.record({ says: amount, asks: amount, down: amount, up: amount });

test('[Q2][Q3] however often and wherever a call is cut, both ends get everything, once and in order', () => {
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 12 }), (lives) => {
      const talk = new Talk();
      lives.forEach(({ says, asks, down, up }, at) => {
        if (at === 0) talk.goOn(down, up);
        else talk.comesBack(down, up);
        for (let count = 0; count < Math.max(says, asks); count += 1) {
          if (count < says) talk.says();
          if (count < asks) talk.asks();
        }
      });
      talk.comesBack(Infinity, Infinity);
      const { down, up } = talk.uninterrupted();
      expect(talk.got.filter((frame) => !frame.startsWith('resumed'))).toEqual(down);
      expect(talk.arrived).toEqual(up);
    }),
    { numRuns: 2_000 },
  );
});

const announce = (): readonly string[] => ['resumed'];

test('[Q4] sound makes room before words, the oldest first, and how much is missing is known', () => {
  const ring = new Ring();
  ring.keep('the first words', NOW);
  for (let count = 0; count < 100; count += 1) ring.keep(new Uint8Array(48_000).fill(count), NOW);
  ring.keep('the last words', NOW);
  let lost = 0;
  const frames = ring.resume(
    0,
    ({ lostMs, frames: count }) => {
      lost = lostMs;
      return [`${count} follow`];
    },
    NOW,
  );
  const sound = (frames ?? []).filter((frame) => typeof frame !== 'string');
  expect(frames?.filter((frame) => typeof frame === 'string')).toEqual([
    `${sound.length + 2} follow`,
    'the first words',
    'the last words',
  ]);
  expect(sound.length * 48_000).toBeGreaterThan(RING_BYTES - 100_000);
  expect(lost).toBe((100 - sound.length) * 1_000);
  expect(sound.map((bytes) => bytes[0])).toEqual(
    Array.from({ length: sound.length }, (_, at) => 100 - sound.length + at),
  );
});

test('[Q4] whoever missed words that are kept no longer does not come back', () => {
  const ring = new Ring();
  for (let count = 0; count < 30; count += 1) ring.keep('w'.repeat(100_000), NOW);
  expect(ring.sent()).toBe(30);
  expect(ring.resume(9, announce, NOW)).toBeNull();
  expect(ring.resume(10, announce, NOW)).toHaveLength(21);
});

test('[Q4] what is older than a minute is kept no longer', () => {
  const ring = new Ring();
  ring.keep('old', NOW);
  ring.keep('young', NOW + RING_MS);
  ring.keep('new', NOW + RING_MS + 1);
  expect(ring.resume(0, announce, NOW)).toBeNull();
  expect(ring.resume(1, announce, NOW)).toEqual(['resumed', 'young', 'new']);
});

test('[Q6] nobody can have got more than was sent', () => {
  const ring = new Ring();
  ring.keep('one', NOW);
  expect(ring.resume(2, announce, NOW)).toBeNull();
  expect(ring.resume(1, announce, NOW)).toEqual(['resumed']);
});
