/** What a session that was told something ahead of time has still to be told. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unsaid, untold } from '../../src/durable-objects/briefing.ts';

function frame(words: string, at: number, type = 'message'): string {
  const item = { id: `vg_said_${at}`, type, role: 'user', content: [{ type: 'input_text', text: words }] };
  return JSON.stringify({ type: 'conversation.item.create', event_id: `vg_${at}.replay`, item });
}

function frames(words: readonly string[]): readonly string[] {
  return words.map((one, at) => frame(one, at));
}

function wordsOf(told: readonly string[] | null): string[] | null {
  return told?.map((one) => String(JSON.parse(one).item.content[0].text)) ?? null;
}

function idsOf(told: readonly string[]): string[] {
  return told.map((one) => String(JSON.parse(one).item.id));
}

describe('what has still to be told', () => {
  it('[X8] is what was said since; of what was told, what is too old to be told is left', () => {
    expect(wordsOf(unsaid(frames(['a', 'b']), frames(['a', 'b'])))).toEqual([]);
    expect(wordsOf(unsaid(frames([]), frames(['a'])))).toEqual(['a']);
    expect(wordsOf(unsaid(frames(['a', 'b']), frames(['a', 'b', 'c'])))).toEqual(['c']);
    expect(wordsOf(unsaid(frames(['a', 'b', 'c']), frames(['b', 'c', 'd'])))).toEqual(['d']);
  });

  it('[X8] is nothing that could be told, when something was told otherwise', () => {
    expect(unsaid(frames(['a', 'b']), frames(['a', 'c']))).toBeNull();
    expect(unsaid(frames(['a', 'b']), frames(['a']))).toBeNull();
    expect(unsaid(frames(['a']), frames(['b']))).toBeNull();
    // A call has a name that says where it stands: behind what is left out it might be another’s.
    const called = frame('d', 2, 'function_call');
    expect(unsaid(frames(['a', 'b', 'c']), [...frames(['b', 'c']), called])).toBeNull();
    const opened = { briefing: { opening: 'one', conversation: [] }, updated: { type: 'session.updated' } };
    expect(untold(opened, { opening: 'another', conversation: [] })).toBeNull();
    expect(untold(opened, { opening: 'one', conversation: frames(['a']) })).toHaveLength(1);
  });

  it('[X8] comes after what was told, under names of its own, whatever was said and left out', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 });
    fc.assert(
      fc.property(words, words, fc.nat(8), (before, more, old) => {
        const told = frames(before);
        const now = frames([...before, ...more].slice(Math.min(old, before.length)));
        const rest = unsaid(told, now);
        if (rest === null) return;
        const known = [...before, ...(wordsOf(rest) ?? [])];
        // The session knows all that is to be told, at its end and in its order.
        expect(known.slice(known.length - now.length)).toEqual(wordsOf(now));
        const names = [...idsOf(told), ...idsOf(rest)];
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});
