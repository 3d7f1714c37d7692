import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choose,
  fresh,
  afterTry,
  beginTry,
  type Choice,
  type Health,
  type Outcome,
  type Way,
} from '../../src/azure/circuit.ts';

const first = { name: 'primary', endpoint: 'https://one' };
const second = { name: 'primary-2', endpoint: 'https://one' };
const other = { name: 'fallback-1', endpoint: 'https://two' };
const ways: readonly Way[] = [first, second, other];

const refusedWith = (status: number, retryAfterMs: number | null = null): Outcome => ({
  kind: 'refused',
  status,
  retryAfterMs,
});
const unreachable: Outcome = { kind: 'unreachable' };
const connected: Outcome = { kind: 'connected' };

function tooMuchAtOne(way: Way): Outcome {
  return way.endpoint === 'https://one' ? refusedWith(429, 20_000) : connected;
}

function oneIsDead(way: Way): Outcome {
  return way.endpoint === 'https://one' ? unreachable : connected;
}

/** Dials as a call would: takes each way it is given until one connects, or none is left. */
function dial(
  health: Health,
  { now, answer }: { now: number; answer: (way: Way) => Outcome },
): { health: Health; names: readonly string[]; last: Choice<Way> } {
  const names: string[] = [];
  let known = health;
  for (;;) {
    const last = choose(known, ways, { tried: new Set(names), now, patienceMs: 5_000 });
    if (last.kind !== 'try') return { health: known, names, last };
    names.push(last.way.name);
    const outcome = answer(last.way);
    known = afterTry(beginTry(known, last.way, now), last.way, { outcome, now, chance: 0 });
    if (outcome.kind === 'connected') return { health: known, names, last };
  }
}

describe('ways to Azure', () => {
  it('[F1] the first way is taken while it answers', () => {
    expect(dial(fresh, { now: 0, answer: () => connected }).names).toEqual(['primary']);
  });

  it.each([401, 403, 404])(
    '[F2] a refusal with %i takes the next credential at once, and remembers',
    (status) => {
      const answer = (way: Way): Outcome => (way === first ? refusedWith(status) : connected);
      const { health, names } = dial(fresh, { now: 0, answer });
      expect(names).toEqual(['primary', 'primary-2']);
      expect(dial(health, { now: 1_000, answer }).names).toEqual(['primary-2']);
      expect(dial(health, { now: 300_000, answer: () => connected }).names).toEqual(['primary']);
    },
  );

  it('[F2] when every credential is refused, all are tried again before anybody is turned away', () => {
    const { health } = dial(fresh, { now: 0, answer: () => refusedWith(401) });
    expect(dial(health, { now: 1, answer: () => connected }).names).toEqual(['primary']);
  });

  it('[F3] a 429 takes the next resource, not another key of the same, and the wait is honoured', () => {
    const { health, names } = dial(fresh, { now: 0, answer: tooMuchAtOne });
    expect(names).toEqual(['primary', 'fallback-1']);
    expect(dial(health, { now: 19_999, answer: () => connected }).names).toEqual(['fallback-1']);
    expect(dial(health, { now: 20_000, answer: () => connected }).names).toEqual(['primary']);
  });

  it('[F3] a short wait is waited for when there is nothing else, a long one is told', () => {
    const short = dial(fresh, { now: 0, answer: () => refusedWith(429, 2_000) });
    expect(short.last).toEqual({ kind: 'wait', ms: 2_000 });
    const long = dial(fresh, { now: 0, answer: () => refusedWith(429, 60_000) });
    expect(long.last).toEqual({ kind: 'none', retryAfterMs: 60_000 });
  });

  it('[F4] three failures in a row open a circuit; then one probe decides', () => {
    let health = fresh;
    for (let call = 0; call < 2; call += 1) health = dial(health, { now: call, answer: oneIsDead }).health;
    expect(dial(health, { now: 9_000, answer: oneIsDead }).names).toEqual(['fallback-1']);
    const probing = beginTry(health, first, 12_000);
    expect(choose(probing, ways, { tried: new Set(), now: 12_001, patienceMs: 5_000 })).toEqual({
      kind: 'try',
      way: other,
    });
    const healed = afterTry(probing, first, { outcome: connected, now: 12_100, chance: 0 });
    expect(dial(healed, { now: 12_200, answer: () => connected }).names).toEqual(['primary']);
  });

  it('[F4] a probe that fails keeps the circuit open for longer, and never for ever', () => {
    let health = fresh;
    for (let i = 0; i < 3; i += 1)
      health = afterTry(health, first, { outcome: unreachable, now: 0, chance: 0 });
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 6; i += 1) {
      const closed = choose(health, [first], { tried: new Set(), now, patienceMs: 5_000 });
      const ms = closed.kind === 'none' ? (closed.retryAfterMs ?? 0) : 0;
      waits.push(ms);
      now += ms;
      health = afterTry(beginTry(health, first, now), first, { outcome: unreachable, now, chance: 0 });
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000]);
  });

  it('[F5] whatever happens, a way that is chosen was not tried, is not waiting, and some way opens again', () => {
    const outcome = fc.oneof(
      fc.constant(connected),
      fc.constant(unreachable),
      fc
        .tuple(
          fc.constantFrom(401, 403, 404, 408, 429, 500, 503),
          fc.option(fc.integer({ min: 1, max: 90_000 })),
        )
        .map(([status, wait]) => refusedWith(status, wait)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 2 }), outcome, fc.nat({ max: 30_000 })), { maxLength: 60 }),
        (history) => {
          let health = fresh;
          let now = 0;
          for (const [index, result, pause] of history) {
            now += pause;
            const choice = choose(health, ways, { tried: new Set([first.name]), now, patienceMs: 5_000 });
            expect(choice).not.toMatchObject({ kind: 'try', way: first });
            const way = ways[index] ?? first;
            health = afterTry(beginTry(health, way, now), way, { outcome: result, now, chance: 0.5 });
          }
          const later = choose(health, ways, { tried: new Set(), now: now + 240_000, patienceMs: 5_000 });
          expect(later.kind).toBe('try');
        },
      ),
      { numRuns: 500 },
    );
  });
});
