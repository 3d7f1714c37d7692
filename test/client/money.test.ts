import { expect, test } from 'vitest';
import { costLine } from '../../src/client/cost.ts';
import { inWriting, tellWarning, type Warning } from '../../src/client/warnings.ts';
import { parseServerEvent } from '../../src/client/server-events.ts';
import { Dialogue, NOON } from './dialogue.ts';

interface Day {
  readonly turn?: object;
  readonly used?: object;
  readonly remaining?: object;
}

const usage = ({ turn = {}, used = {}, remaining = {} }: Day) => ({
  type: 'gateway.usage',
  turn: { tokens: 0, seconds: 0, usd: 0, ...turn },
  today: {
    tokens: 0,
    seconds: 0,
    usd: 0,
    ...used,
    remaining: { tokens: null, seconds: null, usd: null, ...remaining },
  },
});

/** The line with its spaces as they read. */
const line = (call: Dialogue): string => costLine(call.model.cost).replaceAll('\u00A0', ' ');

test('[C37] a call costs nothing that anyone could name until that is told', () => {
  const call = Dialogue.live();
  expect(line(call)).toBe('');
  call.hear(usage({ turn: { usd: 0.031, tokens: 900 } }));
  expect(line(call)).toBe('This call $0.03');
});

test('[C37] turns add up, the day is as it was last told, and the next call begins at nothing', () => {
  const call = Dialogue.live();
  call.hear(usage({ turn: { usd: 0.012 }, used: { usd: 0.2 }, remaining: { usd: 0.3 } }));
  call.hear(usage({ turn: { usd: 0.02 }, used: { usd: 0.22 }, remaining: { usd: 0.2799 } }));
  expect(line(call)).toBe('This call $0.03 · $0.27 left today');
  call.tell({ type: 'end' });
  expect(line(call)).toBe('This call $0.03 · $0.27 left today');
  call.tell({ type: 'start' });
  expect(line(call)).toBe('');
});

test.each([
  {
    about: 'money',
    day: { turn: { usd: 0.003 }, used: { usd: 0.21 }, remaining: { usd: 0.29 } },
    says: 'This call under $0.01 · $0.29 left today',
  },
  {
    about: 'the last cent',
    day: { turn: { usd: 0.003 }, used: { usd: 0.499 }, remaining: { usd: 0.001 } },
    says: 'This call under $0.01 · under $0.01 left today',
  },
  {
    about: 'tokens that end before the money',
    day: {
      turn: { tokens: 1240, usd: 0.01 },
      used: { tokens: 91_260, usd: 0.1 },
      remaining: { tokens: 8740, usd: 0.9 },
    },
    says: 'This call 1.2K tokens · 8.7K left today',
  },
  {
    about: 'minutes that end before the tokens',
    day: {
      turn: { seconds: 190, tokens: 5 },
      used: { seconds: 190, tokens: 5 },
      remaining: { seconds: 719, tokens: 995 },
    },
    says: 'This call 3 min · 11 min left today',
  },
  {
    about: 'the last minute',
    day: { turn: { seconds: 20 }, used: { seconds: 580 }, remaining: { seconds: 20 } },
    says: 'This call under 1 min · under 1 min left today',
  },
  {
    about: 'a day that is spent',
    day: { turn: { usd: 0.5 }, used: { usd: 0.5 }, remaining: { usd: 0 } },
    says: 'This call $0.50 · nothing left today',
  },
  { about: 'a model without a price', day: { turn: { tokens: 12_345 } }, says: 'This call 12K tokens' },
  { about: 'a call in which nothing was said', day: { turn: { seconds: 61 } }, says: 'This call 1 min' },
])('[C37] the line speaks of $about', ({ day, says }) => {
  expect(line(Dialogue.live().hear(usage(day)))).toBe(says);
});

test('[C37] the line breaks between its halves and nowhere else', () => {
  const call = Dialogue.live().hear(usage({ turn: { usd: 1 }, used: { usd: 1 }, remaining: { usd: 1 } }));
  expect(costLine(call.model.cost).split(' ')).toEqual([
    'This\u00A0call\u00A0$1.00\u00A0·',
    '$1.00\u00A0left\u00A0today',
  ]);
});

test('[C20] usage without its fields is read as nothing, and no budget', () => {
  expect(parseServerEvent('{"type":"gateway.usage","turn":7,"today":{"remaining":[1]}}')).toEqual(usage({}));
});

const UTC = { locale: 'en-GB', timeZone: 'UTC' };
const inMinutes = (minutes: number): number => NOON + minutes * 60_000;

const warnings: readonly (readonly [Warning, string])[] = [
  [{ code: 'budget_80' }, "Most of today's allowance is used."],
  [{ code: 'budget_95' }, "Nearly all of today's allowance is used, so the assistant goes on in writing."],
  [
    { code: 'session_ending', reason: 'longest', endsAt: inMinutes(5) },
    'This call ends in 5 minutes, at 12:05: none may last longer. Start a new one then.',
  ],
  [
    { code: 'session_ending', reason: 'idle', endsAt: inMinutes(1) },
    'Nobody has said anything for long. Say something, or the call ends in 1 minute.',
  ],
  [
    { code: 'session_ending', reason: 'idle', endsAt: NOON + 6000 },
    'Nobody has said anything for long. Say something, or the call ends in 6 seconds.',
  ],
  [
    { code: 'session_ending', reason: 'credential', endsAt: inMinutes(1) - 900 },
    'Your sign-in runs out in 1 minute, and this call with it. Sign in again at the next start.',
  ],
  [{ code: 'audio_held_back' }, 'Your sound came all at once, so the assistant hears it a little late.'],
  [{ code: 'audio_dropped', droppedMs: 240 }, 'A moment of what you said got lost. Say it again.'],
  [{ code: 'audio_dropped', droppedMs: 1100 }, 'About 1 second of what you said got lost. Say it again.'],
  [{ code: 'other', message: 'Something new.' }, 'Something new.'],
];

test.each(warnings)('[C38] %j is a sentence', (warning, says) => {
  expect(tellWarning(warning, NOON, UTC)?.notice).toEqual({ text: says, remedy: 'none' });
});

test('[C38] a warning nobody knows is told in its own words, and one without words is not', () => {
  const call = Dialogue.live().hear({ type: 'gateway.warning', code: 'slow_reader', message: 'Too slow.' });
  expect(call.model.notice?.text).toBe('Too slow.');
  const silent = Dialogue.live().hear({ type: 'gateway.warning', code: 'session_ending', reason: 'mood' });
  expect(silent.model.notice).toBeNull();
});

test('[C38] what was told in passing is over with the next answer', () => {
  const call = Dialogue.live().hear({ type: 'gateway.warning', code: 'budget_80' });
  expect(call.model.notice?.text).toMatch(/^Most of/);
  call.hear({ type: 'response.created', response: { id: 'r1' } });
  expect([call.model.notice, call.model.standing]).toEqual([null, null]);
});

test('[C38] that the assistant goes on in writing stands until the call is over or the day begins anew', () => {
  const call = Dialogue.live().hear({ type: 'gateway.warning', code: 'budget_95' }).answer('r1', 100);
  call.hear(usage({ turn: { usd: 0.01 }, used: { usd: 0.96 }, remaining: { usd: 0.04 } }));
  expect(call.model.standing).toEqual(inWriting);
  call.hear(usage({ turn: { usd: 0.01 }, used: { usd: 0.01 }, remaining: { usd: 0.99 } }));
  expect(call.model.standing).toBeNull();
  call.hear({ type: 'gateway.warning', code: 'budget_95' }).tell({ type: 'end' });
  expect(call.model.standing).toBeNull();
});

/** One answer in writing, as it comes after 95 %. */
function answerInWriting(call: Dialogue, id: string): string[] {
  const ids = { response_id: id, item_id: `item-of-${id}` };
  const phases: string[] = [];
  const hear = (event: object): number => phases.push(call.hear({ ...ids, ...event }).phase);
  hear({ type: 'response.created', response: { id } });
  hear({ type: 'response.content_part.added', content_index: 0, part: { type: 'text' } });
  hear({ type: 'response.output_text.delta', delta: 'Written ' });
  hear({ type: 'response.output_text.done', text: 'Written down.' });
  hear({ type: 'response.done', response: { id, status: 'completed' } });
  return phases;
}

test('[C39] an answer in writing is a caption, and the call goes on by voice and by hand', () => {
  const call = Dialogue.live()
    .speechStarts('u1')
    .speechStops('u1')
    .turnTaken('u1')
    .understood('Hello?', 'u1');
  const [thinking, listening] = ['thinking', 'listening'];
  expect(answerInWriting(call, 'r1')).toEqual([thinking, thinking, thinking, thinking, listening]);
  expect(call.model.captions.map(({ text }) => text)).toEqual(['Hello?', 'Written down.']);
  call.take();
  call.tell({ type: 'typed', id: 'm1', text: 'more' });
  expect(call.takeSent().map(({ type }) => type)).toEqual(['conversation.item.create', 'response.create']);
  expect(answerInWriting(call, 'r2').at(-1)).toBe('listening');
  expect(call.speechStarts('u2').speechStops('u2').turnTaken('u2').phase).toBe('thinking');
});

test('[C39] an answer in writing that is spoken over is over, and there is nothing to tell of what was heard', () => {
  const call = Dialogue.live().hear({ type: 'response.created', response: { id: 'r1' } });
  const ids = { response_id: 'r1', item_id: 'a' };
  call.hear({ type: 'response.output_text.delta', ...ids, delta: 'A long' });
  call.take();
  call.speechStarts('u1').turnTaken('u1').understood('Stop.', 'u1').tell({ type: 'flushed', heard: [] });
  expect(call.takeSent()).toEqual([]);
  call.hear({ type: 'response.done', response: { id: 'r1', status: 'cancelled' } });
  expect(call.phase).toBe('thinking');
});
