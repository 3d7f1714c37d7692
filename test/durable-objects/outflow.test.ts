import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Acknowledged, SLACK_BYTES } from '../../src/durable-objects/acknowledged.ts';
import {
  HOPELESS_MS,
  HOPELESS_UNITS,
  MOST_PENDING_BYTES,
  Outflow,
  STALE_MS,
} from '../../src/durable-objects/outflow.ts';
import type { DownFrame } from '../../src/durable-objects/ring.ts';

/** A connection that takes what it is allowed to, when it is. */
class Narrow {
  readonly sent: DownFrame[] = [];
  pending = 0;
  readonly outflow = new Outflow({
    pendingBytes: () => this.pending,
    send: (frame) => {
      this.sent.push(frame);
      this.pending += frame.length;
    },
  });

  /** So many bytes leave. */
  takes(bytes: number): void {
    this.pending = Math.max(0, this.pending - bytes);
  }

  isFull(): this {
    this.pending = MOST_PENDING_BYTES + 1;
    return this;
  }
}

function sound(mark: number, bytes = 4_800): Uint8Array {
  return new Uint8Array(bytes).fill(mark);
}

describe('a reader that keeps up', () => {
  it('[Q16] is sent everything at once', () => {
    const line = new Narrow();
    line.outflow.push('{"a":1}', false, 0);
    line.outflow.push(sound(1), true, 0);
    expect(line.sent).toEqual(['{"a":1}', sound(1)]);
    expect(line.outflow.isHolding()).toBe(false);
  });
});

describe('a reader that does not', () => {
  it('[Q16] waits, and gets the rest in its order when there is room, although the buffer was used again', () => {
    const line = new Narrow().isFull();
    const buffer = sound(7);
    line.outflow.push('one', false, 0);
    line.outflow.push(buffer, true, 0);
    buffer.fill(9);
    line.outflow.push('two', false, 0);
    expect(line.sent).toEqual([]);
    line.takes(Infinity);
    expect(line.outflow.look(STALE_MS)).toEqual({ droppedBytes: 0, isHopeless: false });
    expect(line.sent).toEqual(['one', sound(7), 'two']);
  });

  it('[Q16] misses sound that waited too long, and no word', () => {
    const line = new Narrow().isFull();
    line.outflow.push(sound(1), true, 0);
    line.outflow.push('words', false, 0);
    line.outflow.push(sound(2), true, 1_000);
    expect(line.outflow.look(STALE_MS + 1)).toEqual({ droppedBytes: 4_800, isHopeless: false });
    line.takes(Infinity);
    line.outflow.look(STALE_MS + 2);
    expect(line.sent).toEqual(['words', sound(2)]);
  });

  it('[Q18] is hopeless when nothing moves for long', () => {
    const line = new Narrow().isFull();
    line.outflow.push('words', false, 5);
    expect(line.outflow.look(HOPELESS_MS + 4).isHopeless).toBe(false);
    expect(line.outflow.look(HOPELESS_MS + 5).isHopeless).toBe(true);
  });

  it('[Q18] is not while something moves, and is when too many words wait', () => {
    const line = new Narrow().isFull();
    const text = 'x'.repeat(MOST_PENDING_BYTES + 1);
    line.outflow.push(text, false, 0);
    line.outflow.push(text, false, 0);
    line.takes(Infinity);
    expect(line.outflow.look(HOPELESS_MS - 1).isHopeless).toBe(false);
    expect(line.outflow.look(2 * HOPELESS_MS - 2).isHopeless).toBe(false);
    line.outflow.push('x'.repeat(HOPELESS_UNITS), false, HOPELESS_MS);
    expect(line.outflow.look(HOPELESS_MS).isHopeless).toBe(true);
  });

  it('[Q16] whatever comes and however it is taken: every word once and in order, and sound in order or told as dropped', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('word' as const), units: fc.integer({ min: 1, max: 60_000 }) }),
      fc.record({ do: fc.constant('sound' as const), bytes: fc.integer({ min: 2, max: 200_000 }) }),
      fc.record({ do: fc.constant('take' as const), bytes: fc.integer({ min: 0, max: 400_000 }) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const line = new Narrow();
        const pushed: string[] = [];
        let now = 0;
        let dropped = 0;
        let soundBytes = 0;
        for (const todo of steps) {
          if (todo.do === 'word') {
            pushed.push(`${pushed.length}:`.padEnd(todo.units, 'x'));
            line.outflow.push(pushed.at(-1) ?? '', false, now);
          } else if (todo.do === 'sound') {
            soundBytes += todo.bytes;
            line.outflow.push(sound(1, todo.bytes), true, now);
          } else if (todo.do === 'take') line.takes(todo.bytes);
          else now += todo.ms;
          dropped += line.outflow.look(now).droppedBytes;
        }
        for (const frame of line.outflow.takeAll()) line.sent.push(frame);
        const heard = line.sent.filter((frame) => typeof frame !== 'string');
        expect(line.sent.filter((frame) => typeof frame === 'string')).toEqual(pushed);
        expect(heard.reduce((sum, { length }) => sum + length, 0) + dropped).toBe(soundBytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what a client says it got', () => {
  it('[Q17] one that never says anything is never behind', () => {
    const said = new Acknowledged();
    for (let i = 0; i < 1_000; i += 1) said.sent(10_000);
    expect(said.behind()).toBe(0);
  });

  it('[Q17] one that does is behind by what it has not got, beyond what is allowed it', () => {
    const said = new Acknowledged();
    said.sent(1);
    said.received(1, 1);
    for (let i = 0; i < 10; i += 1) said.sent(SLACK_BYTES / 5);
    expect(said.behind()).toBe(SLACK_BYTES);
    said.received(6, 11);
    expect(said.behind()).toBe(0);
  });

  it('[Q17] a count that goes back, or that cannot be, changes nothing', () => {
    const said = new Acknowledged();
    said.received(0, 0);
    said.sent(2 * SLACK_BYTES);
    said.received(5, 1);
    expect(said.behind()).toBe(SLACK_BYTES);
    said.received(1, 1);
    said.received(0, 1);
    expect(said.behind()).toBe(0);
  });
});
