import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { answerOffer, type PeerHandlers } from '../../emulator/webrtc/media-peer.ts';
import { makeOffer } from '../support/webrtc-caller.ts';

const nobody: PeerHandlers = {
  onConnected: () => undefined,
  onChannelOpen: () => undefined,
  onText: () => undefined,
  onBinary: () => undefined,
  onSound: () => undefined,
  onEnd: () => undefined,
};

/** One thing that goes wrong with a line: lost, doubled, cut short, other numbers, other words. */
const damage = fc.record({
  line: fc.nat(),
  how: fc.constantFrom<(line: string, other: string) => string[]>(
    () => [],
    (line) => [line, line],
    (line) => [line.slice(0, line.length / 2)],
    (line) => [line.replaceAll(/\d+/g, '4294967296')],
    (line, other) => [`${line.slice(0, 5)}${other.slice(5)}`],
  ),
});

it('[W4] an offer that is damaged anywhere is answered or refused, and nothing breaks', async () => {
  const offer = await makeOffer();
  await offer.withdraw();
  const lines = offer.sdp.split('\r\n');
  const outcomes = { answered: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
      const damaged = [...lines];
      for (const { line, how } of damages) {
        const at = line % damaged.length;
        damaged.splice(at, 1, ...how(damaged[at] ?? '', damaged[(at * 7) % damaged.length] ?? ''));
      }
      const answered = await answerOffer(damaged.join('\r\n'), nobody);
      if (answered.ok) {
        outcomes.answered += 1;
        await answered.peer.close();
      } else {
        outcomes.refused += 1;
      }
    }),
    { numRuns: 100 },
  );
  expect(Math.min(outcomes.answered, outcomes.refused)).toBeGreaterThan(0);
});

it('[W3] an offer whose candidates are hidden behind names is answered without asking for them', async () => {
  const offer = await makeOffer();
  const hidden = offer.sdp.replaceAll(/ [\d.]+ (?<port>\d+) typ host/g, ' 6d1c.local $<port> typ host');
  expect(hidden).toContain('.local');
  const answered = await answerOffer(hidden, nobody);
  if (!answered.ok) throw new Error(answered.message);
  const caller = await offer.accept(answered.answer);
  await caller.close();
  await answered.peer.close();
});
