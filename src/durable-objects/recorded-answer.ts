/** An answer as a recorder keeps it: its words, how much sound of it came, and how far it was heard. Pure. */
import { NOTHING, type Amount } from '../azure/usage.ts';
import { audioPartOf, isRecord, type AudioPart, type WireEvent } from '../azure/wire.ts';
import { durationMs } from '../protocol/audio-format.ts';
import { heardUntil } from '../protocol/heard-words.ts';
import type { Said } from './said.ts';

/** A message of the assistant. */
export interface Answer {
  readonly kind: 'answer';
  readonly id: string;
  readonly saidAt: number;
  readonly parts: readonly Part[];
  /** Null while it is being made. */
  readonly status: Said['status'] | null;
  readonly cost: Amount;
  /** What was remembered of it last; null when nothing was. */
  readonly told: string | null;
}

/** One part of an answer: written, or spoken. */
export interface Part {
  readonly index: number;
  readonly isSpoken: boolean;
  readonly text: string;
  /** Sound that came, and when its first piece did, in Unix milliseconds; null before that. */
  readonly soundMs: number;
  readonly soundAt: number | null;
  /** How far it was heard, when somebody said so; null when nobody did. */
  readonly heardMs: number | null;
}

/** The sound that is coming down, counted without a look into it. `units`: characters of base64. */
export interface Track extends AudioPart {
  readonly units: number;
  /** When the first of it came, in Unix milliseconds; null before that. */
  readonly at: number | null;
  /** Characters of a frame around its base64. */
  readonly envelope: number;
}

/** An answer that has just begun. */
export function freshAnswer(id: string, saidAt: number): Answer {
  return { kind: 'answer', id, saidAt, parts: [], status: null, cost: NOTHING, told: null };
}

/** The track of the part that a `response.content_part.added` announces; null when it is not one of sound. */
export function trackOf(event: WireEvent): Track | null {
  const part = audioPartOf(event);
  if (part === null) return null;
  const { event_id, response_id, item_id, output_index, content_index } = event;
  const place = { event_id, response_id, item_id, output_index, content_index };
  const envelope = JSON.stringify({ type: 'response.output_audio.delta', ...place, delta: '' }).length;
  return { ...part, units: 0, at: null, envelope };
}

/** The track with one more frame of sound. `now` in Unix milliseconds. */
export function withFrame(track: Track, frame: string, now: number): Track {
  const { itemId, contentIndex, envelope } = track;
  const units = track.units + Math.max(0, frame.length - envelope);
  return { itemId, contentIndex, units, at: track.at ?? now, envelope };
}

/** The answer with what came of its sound. */
export function withSound(answer: Answer, { contentIndex, units, at }: Track): Answer {
  const soundMs = durationMs((units * 3) / 4);
  return withPart(answer, contentIndex, (part) => ({ ...part, isSpoken: true, soundMs, soundAt: at }));
}

/** The answer with one part changed, which is made when there is none of this index. */
export function withPart(answer: Answer, index: number, change: (part: Part) => Part): Answer {
  const known = answer.parts.find((part) => part.index === index);
  if (known) {
    return { ...answer, parts: answer.parts.map((part) => (part === known ? change(part) : part)) };
  }
  const fresh: Part = { index, isSpoken: false, text: '', soundMs: 0, soundAt: null, heardMs: null };
  const parts = [...answer.parts, change(fresh)].toSorted((a, b) => a.index - b.index);
  return { ...answer, parts };
}

/** The answer cut: of one part no more was heard than this. */
export function cutAt(answer: Answer, index: number, heardMs: number): Answer {
  return withPart(answer, index, (part) => ({
    ...part,
    heardMs: Math.min(part.heardMs ?? Infinity, Math.max(0, heardMs)),
  }));
}

/** The answer as it became: `item` is the one of its `response.done`. */
export function finished(answer: Answer, item: Record<string, unknown>, isCompleted: boolean): Answer {
  const { content, status } = item;
  const isWhole = isCompleted ? status !== 'incomplete' : status === 'completed';
  const ended: Answer = { ...answer, status: isWhole ? 'complete' : 'interrupted' };
  return (Array.isArray(content) ? content : []).reduce<Answer>((now, part: unknown, index) => {
    if (!isRecord(part)) return now;
    const isSpoken = part['type'] === 'output_audio' || part['type'] === 'audio';
    const text = part[isSpoken ? 'transcript' : 'text'];
    if (typeof text !== 'string' || text === '') return now;
    return withPart(now, index, (known) => ({ ...known, isSpoken: known.isSpoken || isSpoken, text }));
  }, ended);
}

/** What is remembered of an answer: what was heard of it. Its content is empty when that is nothing. */
export function heardOf(answer: Answer): Said {
  const { id: itemId, saidAt, parts, status, cost } = answer;
  const heard = parts.map((part) => heardPart(part, status === 'complete'));
  const isCut = heard.some((text, at) => text.length < (parts[at]?.text ?? '').length);
  return {
    itemId,
    role: 'assistant',
    mode: parts.some((part) => part.isSpoken) ? 'voice' : 'text',
    content: heard
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .join('\n'),
    status: status === 'complete' && !isCut ? 'complete' : 'interrupted',
    saidAt,
    toolCalls: [],
    cost,
  };
}

/** Of an answer that broke off, the words that were ahead of its sound were never said. */
function heardPart({ text, isSpoken, soundMs, heardMs }: Part, isWhole: boolean): string {
  const isHeardWhole = heardMs === null || (soundMs > 0 && heardMs >= soundMs);
  if (!isSpoken || (isWhole && isHeardWhole)) return text;
  const cut = { heardMs: heardMs ?? soundMs, receivedMs: soundMs, isWhole };
  return text.slice(0, heardUntil(text, cut));
}

/**
 * The answers when nobody listens any more: one that was being made, as far as it can have been heard. Sound comes faster
 * than it plays, one part plays after another, and none faster than life. What was done is left as it is: only who played
 * it knows how far it came, and says so by a truncation. `now` in Unix milliseconds.
 */
export function playedUntil(answers: readonly Answer[], now: number): readonly Answer[] {
  let freeAt = 0;
  return answers.map((answer) =>
    answer.parts.reduce((known, part) => {
      if (!part.isSpoken || part.soundAt === null) return known;
      const begunAt = Math.max(part.soundAt, freeAt);
      const wantedMs = Math.min(part.soundMs, part.heardMs ?? Infinity);
      freeAt = begunAt + wantedMs;
      const isHeard = freeAt <= now || answer.status !== null;
      return isHeard ? known : cutAt(known, part.index, Math.max(0, now - begunAt));
    }, answer),
  );
}
