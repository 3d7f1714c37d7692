/**
 * What of a call is remembered: it watches the events of Azure's conversation and says what to keep of them, in the order
 * in which it was said, whatever order the events come in. A thing is kept once, and again when it turns out otherwise. Pure.
 */
import { NOTHING, type Amount } from '../azure/usage.ts';
import { isRecord, type WireEvent } from '../azure/wire.ts';
import { OUR_ID_START } from '../protocol/client-events.ts';
import type { Action } from './actions.ts';
import {
  cutAt,
  finished,
  freshAnswer,
  heardOf,
  playedUntil,
  withPart,
  withSound,
  type Answer,
  type Track,
} from './recorded-answer.ts';
import { freshUse, kept, toolUse, type ToolUse } from './recorded-tool.ts';
import type { Said } from './said.ts';

/** Everything that may still become otherwise, oldest first. */
export interface Recorder {
  readonly entries: readonly Entry[];
  /** The place given last, in Unix milliseconds. */
  readonly lastAt: number;
}

/** A recorder that has heard nothing. */
export const freshRecorder: Recorder = { entries: [], lastAt: 0 };

/** A recorder, and the sound on its way down. */
export interface Listening {
  readonly recorder: Recorder;
  readonly track: Track | null;
}

/** What a recorder became, and what is to be kept. */
export interface Recording {
  readonly recorder: Recorder;
  readonly actions: readonly Action[];
}

/** An event of Azure's, and what is known beside it. */
export interface Watched {
  readonly event: WireEvent;
  readonly now: number;
  /** The sound on its way, as counted so far. */
  readonly track: Track | null;
  /** What was just paid for it. */
  readonly cost: Amount;
}

/** The types of Azure's events that a recorder has to read. */
export const watchedTypes: ReadonlySet<string> = new Set([
  'input_audio_buffer.speech_started',
  'input_audio_buffer.committed',
  'conversation.item.created',
  'conversation.item.added',
  'conversation.item.deleted',
  'conversation.item.truncated',
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.input_audio_transcription.failed',
  'response.content_part.added',
  'response.output_audio_transcript.delta',
  'response.output_text.delta',
  'response.done',
]);

/** Follows one event of Azure's. Of an answer that is no part of the conversation it never hears an item, and keeps nothing. */
export function follow(recorder: Recorder, { event, now, track, cost }: Watched): Recording {
  const heard = track === null ? recorder : hearSound(recorder, track);
  const id = String(event['item_id']);
  switch (event.type) {
    case 'input_audio_buffer.speech_started':
    case 'input_audio_buffer.committed':
      return add(heard, { kind: 'speech', id, typed: '', words: '' }, now);
    case 'conversation.item.created':
    case 'conversation.item.added':
      return isRecord(event['item']) ? followItem(heard, event['item'], now) : only(heard);
    case 'conversation.item.deleted':
      return { recorder: without(heard, id), actions: [{ do: 'take-out', itemId: id }] };
    case 'conversation.item.truncated':
      return cut(heard, event);
    case 'conversation.item.input_audio_transcription.delta':
      return only(edit(heard, id, (it) => (it.kind === 'speech' ? withWords(it, event) : it)));
    case 'conversation.item.input_audio_transcription.completed':
      return written(heard, { id, words: textOf(event['transcript']).trim(), cost });
    case 'conversation.item.input_audio_transcription.failed':
      return written(heard, { id, words: NOT_UNDERSTOOD, cost });
    case 'response.output_audio_transcript.delta':
    case 'response.output_text.delta':
      return only(edit(heard, id, (it) => (it.kind === 'answer' ? withDelta(it, event) : it)));
    case 'response.done':
      return isRecord(event['response']) ? followDone(heard, event['response'], cost) : only(heard);
    default:
      return only(heard);
  }
}

/** Somebody heard no more of an answer than a `conversation.item.truncate` or `truncated` says. */
export function cut(recorder: Recorder, event: WireEvent): Recording {
  const { item_id: id, content_index: index, audio_end_ms: heardMs } = event;
  const answer = recorder.entries.find((it) => it.id === id);
  if (answer?.kind !== 'answer' || typeof index !== 'number' || typeof heardMs !== 'number')
    return only(recorder);
  const next = cutAt(answer, index, heardMs);
  // Of one that is still being made, what was heard is told when it is done.
  return next.status === null ? only(edit(recorder, answer.id, () => next)) : tell(recorder, next);
}

/** What is left to keep of a call that ends: what was heard of its answers until `now`, and what was said and not written down. */
export function lastWords({ recorder, track }: Listening, now: number): readonly Action[] {
  const { entries } = track === null ? recorder : hearSound(recorder, track);
  const answers = entries.filter((it) => it.kind === 'answer');
  const heard = new Map(playedUntil(answers, now).map((answer) => [answer.id, answer]));
  return entries.flatMap((it) => leftOf(heard.get(it.id) ?? it));
}

/** True when a track is of an answer of the conversation. */
export function isOurs(recorder: Recorder, { itemId }: Track): boolean {
  return recorder.entries.some((it) => it.id === itemId && it.kind === 'answer');
}

/** Something the person said aloud and nobody has written down yet. `typed`: words that came with its sound. */
interface Speech {
  readonly kind: 'speech';
  readonly id: string;
  readonly saidAt: number;
  readonly typed: string;
  readonly words: string;
}

type Entry = Speech | Answer | ToolUse;

/** What is kept of speech that could not be written down, so that its answer answers something. */
const NOT_UNDERSTOOD = '(not understood)';

/** Things that may still become otherwise; what is older is kept as it is. Nobody corrects what was said so long ago. */
const MOST_ENTRIES = 64;

function followItem(recorder: Recorder, item: Record<string, unknown>, now: number): Recording {
  const { id, type, role } = item;
  if (typeof id !== 'string') return only(recorder);
  if (type === 'function_call_output') return answered(recorder, item);
  // Ours was said before this call.
  if (id.startsWith(OUR_ID_START)) return only(recorder);
  if (type === 'function_call') return add(recorder, freshUse(item), now);
  if (type !== 'message') return only(recorder);
  if (role === 'assistant') return add(recorder, freshAnswer(id, 0), now);
  return role === 'user' ? followPerson(recorder, { id, content: item['content'] }, now) : only(recorder);
}

function followPerson(
  recorder: Recorder,
  { id, content }: { readonly id: string; readonly content: unknown },
  now: number,
): Recording {
  const parts = Array.isArray(content) ? content.filter(isRecord) : [];
  const typed = wordsIn(parts, 'text');
  if (!parts.some((part) => part['type'] === 'input_audio')) {
    if (typed === '') return only(recorder);
    const saidAt = placeAt(recorder, now);
    return {
      recorder: { ...recorder, lastAt: saidAt },
      actions: [remember({ kind: 'speech', id, saidAt, typed, words: '' }, 'complete')],
    };
  }
  const added = add(recorder, { kind: 'speech', id, typed, words: '' }, now);
  const words = wordsIn(parts, 'transcript');
  if (words === '') return added;
  const known = written(added.recorder, { id, words, cost: NOTHING });
  return { ...known, actions: [...added.actions, ...known.actions] };
}

function wordsIn(parts: readonly Record<string, unknown>[], field: 'text' | 'transcript'): string {
  return parts
    .map((part) => textOf(part[field]).trim())
    .filter((text) => text !== '')
    .join('\n');
}

/** Speech is written down once; a cough has no words, and is not kept. */
function written(
  recorder: Recorder,
  { id, words, cost }: { readonly id: string; readonly words: string; readonly cost: Amount },
): Recording {
  const speech = recorder.entries.find((it) => it.id === id);
  if (speech?.kind !== 'speech') return only(recorder);
  const next = without(recorder, id);
  if (words === '' && speech.typed === '') return only(next);
  return { recorder: next, actions: [remember({ ...speech, words }, 'complete', cost)] };
}

function answered(recorder: Recorder, { call_id: callId, output }: Record<string, unknown>): Recording {
  const use = recorder.entries.find((it) => it.kind === 'call' && it.callId === callId);
  if (use?.kind !== 'call') return only(recorder);
  const next: ToolUse = { ...use, output: textOf(output) };
  return {
    recorder: edit(recorder, use.id, () => next),
    actions: next.isMade ? [{ do: 'remember', said: kept(next) }] : [],
  };
}

function followDone(recorder: Recorder, response: Record<string, unknown>, cost: Amount): Recording {
  const { output, status } = response;
  const items = (Array.isArray(output) ? output : []).filter(isRecord);
  let unpaid = cost;
  return items.reduce<Recording>((now, item) => {
    const entry = now.recorder.entries.find((it) => it.id === item['id']);
    if (entry === undefined || entry.kind === 'speech') return now;
    const paid = { ...entry, cost: unpaid };
    unpaid = NOTHING;
    const next =
      paid.kind === 'answer'
        ? tell(now.recorder, finished(paid, item, status === 'completed'))
        : used(now.recorder, paid, item);
    return { recorder: next.recorder, actions: [...now.actions, ...next.actions] };
  }, only(recorder));
}

/** A call that broke off asked for nothing. */
function used(recorder: Recorder, use: ToolUse, item: Record<string, unknown>): Recording {
  if (item['status'] === 'incomplete') return only(without(recorder, use.id));
  const next = { ...use, ...toolUse(item), isMade: true };
  return { recorder: edit(recorder, use.id, () => next), actions: [{ do: 'remember', said: kept(next) }] };
}

/** Keeps an answer as it is now, unless it was kept so; one of which nothing was heard is not kept. */
function tell(recorder: Recorder, answer: Answer): Recording {
  const actions = changed(answer);
  const { content } = heardOf(answer);
  return { recorder: edit(recorder, answer.id, () => ({ ...answer, told: content })), actions };
}

function changed(answer: Answer): readonly Action[] {
  const said = heardOf(answer);
  if (said.content === (answer.told ?? '')) return [];
  return said.content === '' ? [{ do: 'take-out', itemId: answer.id }] : [{ do: 'remember', said }];
}

function leftOf(entry: Entry): readonly Action[] {
  if (entry.kind === 'answer') return changed(entry);
  const isSaid = entry.kind === 'speech' && `${entry.typed}${entry.words}`.trim() !== '';
  return isSaid ? [remember(entry, 'interrupted')] : [];
}

function remember(speech: Speech, status: Said['status'], cost: Amount = NOTHING): Action {
  const { id: itemId, saidAt, typed, words } = speech;
  const said = { itemId, role: 'user', status, saidAt, toolCalls: [], cost } as const;
  const content = [typed, words.trim()].filter((text) => text !== '').join('\n');
  return { do: 'remember', said: { ...said, mode: words === '' ? 'text' : 'voice', content } };
}

/** Gives a thing its place, once; what has become too old to change makes room. */
function add(recorder: Recorder, entry: Unplaced, now: number): Recording {
  if (recorder.entries.some((it) => it.id === entry.id)) return only(recorder);
  const saidAt = placeAt(recorder, now);
  const entries = [...recorder.entries, { ...entry, saidAt }];
  const old = entries.slice(0, -MOST_ENTRIES);
  return {
    recorder: { entries: entries.slice(-MOST_ENTRIES), lastAt: saidAt },
    actions: old.flatMap(leftOf),
  };
}

type Unplaced = Omit<Speech, 'saidAt'> | Omit<Answer, 'saidAt'> | Omit<ToolUse, 'saidAt'>;

function placeAt({ lastAt }: Recorder, now: number): number {
  return Math.max(now, lastAt + 1);
}

function hearSound(recorder: Recorder, track: Track): Recorder {
  return edit(recorder, track.itemId, (it) => (it.kind === 'answer' ? withSound(it, track) : it));
}

function withWords(speech: Speech, event: WireEvent): Speech {
  return { ...speech, words: speech.words + textOf(event['delta']) };
}

function withDelta(answer: Answer, event: WireEvent): Answer {
  const { content_index: index, delta } = event;
  if (typeof index !== 'number') return answer;
  const isSpoken = event.type === 'response.output_audio_transcript.delta';
  return withPart(answer, index, (part) => ({
    ...part,
    isSpoken: part.isSpoken || isSpoken,
    text: part.text + textOf(delta),
  }));
}

function edit(recorder: Recorder, id: string, change: (entry: Entry) => Entry): Recorder {
  return { ...recorder, entries: recorder.entries.map((it) => (it.id === id ? change(it) : it)) };
}

function without(recorder: Recorder, id: string): Recorder {
  return { ...recorder, entries: recorder.entries.filter((it) => it.id !== id) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function only(recorder: Recorder): Recording {
  return { recorder, actions: [] };
}
