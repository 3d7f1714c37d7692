/**
 * What Azure says in a call by WebRTC, on its data channel and by the socket beside it, told as the gateway tells it on a
 * socket. Whichever comes first begins an answer. Its end is told when Azure tells of it; a filtered channel alone does not, so
 * there it ends with its sound. Azure plays, and Azure stops: who speaks over an answer has cut it, and how much of it was
 * heard is what the clock says. Pure.
 */
import type { ServerEvent } from '../server-events.ts';

/** How long one letter takes to say, about, in milliseconds: where an answer has several items, the first come first. */
const MS_PER_LETTER = 65;

/** How many answers are remembered after they were over: words of a cut one come late. */
const REMEMBERED = 16;

/** One piece of an answer whose words were told. */
interface Item {
  readonly itemId: string;
  readonly letters: number;
}

/** An answer that is made or heard. */
interface Answer {
  readonly responseId: string;
  /** What is spoken of it. */
  readonly items: readonly Item[];
  /** When its sound began, in milliseconds; null: it has not. */
  readonly playingSince: number | null;
  /** It is made, and that was told: only its sound goes on. */
  readonly isDone: boolean;
}

export interface PeerTalk {
  readonly answers: readonly Answer[];
  /** Answers that are over. */
  readonly over: readonly string[];
}

/** What is followed: a word of the channel, or that the person wants silence. `at` in milliseconds. */
export type PeerWord =
  | { readonly name: 'said'; readonly event: ServerEvent; readonly isSpoken: boolean; readonly at: number }
  | {
      readonly name: 'started' | 'stopped' | 'cleared';
      readonly responseId: string;
      readonly at: number;
    }
  | { readonly name: 'hushed'; readonly at: number };

/** Words of Azure's own buffer, by their types on the channel. */
export const bufferWords: ReadonlyMap<string, 'started' | 'stopped' | 'cleared'> = new Map([
  ['output_audio_buffer.started', 'started'],
  ['output_audio_buffer.stopped', 'stopped'],
  ['output_audio_buffer.cleared', 'cleared'],
]);

export interface PeerStep {
  readonly talk: PeerTalk;
  readonly events: readonly ServerEvent[];
}

/** Before anything was said. */
export const freshTalk: PeerTalk = { answers: [], over: [] };

/** Follows one word. */
export function followPeer(talk: PeerTalk, word: PeerWord): PeerStep {
  switch (word.name) {
    case 'said':
      return said(talk, word);
    case 'started':
      return started(talk, word.responseId, word.at);
    case 'stopped':
      return talk.answers.some(({ responseId }) => responseId === word.responseId)
        ? finish(talk, word.responseId, [])
        : { talk, events: [] };
    case 'cleared':
      return cut(talk, word.at, ({ responseId }) => responseId === word.responseId);
    case 'hushed':
      return cut(talk, word.at, () => true);
  }
}

function said(talk: PeerTalk, word: Extract<PeerWord, { name: 'said' }>): PeerStep {
  const { event, at } = word;
  switch (event.type) {
    case 'input_audio_buffer.speech_started': {
      const step = cut(talk, at, () => true);
      return { talk: step.talk, events: [...step.events, event] };
    }
    case 'conversation.item.added': {
      // The turn is taken; that it is, is not told by itself.
      const isSpoken = event.role === 'user' && event.typed === null;
      const taken = { type: 'input_audio_buffer.committed', itemId: event.itemId } as const;
      return { talk, events: isSpoken ? [taken, event] : [event] };
    }
    case 'answer.delta':
    case 'answer.done':
      return answered(talk, event, word.isSpoken);
    case 'response.created':
      return begin(talk, event.responseId);
    case 'response.done':
      return made(talk, event);
    case 'session.created':
    case 'response.content_part.added':
    case 'response.output_audio.done':
      // A call by WebRTC begins with its channel, and its sound is no frames.
      return { talk, events: [] };
    case 'gateway.upstream.renewed':
    case 'gateway.session':
    case 'gateway.usage':
    case 'gateway.warning':
    case 'gateway.tool':
    case 'input_audio_buffer.speech_stopped':
    case 'input_audio_buffer.committed':
    case 'conversation.item.input_audio_transcription.delta':
    case 'conversation.item.input_audio_transcription.completed':
    case 'conversation.item.input_audio_transcription.failed':
    case 'answer.playing':
    case 'answer.over':
    case 'answer.cut':
    case 'error':
      return { talk, events: [event] };
  }
}

/** It is made: what it called is done now, whatever was told of it before, and what is heard of it goes on. */
function made(talk: PeerTalk, event: Extract<ServerEvent, { type: 'response.done' }>): PeerStep {
  const { responseId, status } = event;
  const answer = talk.answers.find((it) => it.responseId === responseId);
  const isPlaying = answer !== undefined && answer.playingSince !== null;
  const isWhole = status === 'completed';
  if (isPlaying || (answer !== undefined && answer.items.length > 0 && isWhole)) {
    const answers = talk.answers.map((it) => (it === answer ? { ...it, isDone: true } : it));
    const begins: readonly ServerEvent[] = isPlaying ? [] : [{ type: 'answer.playing', responseId }];
    return { talk: { ...talk, answers }, events: [...begins, event] };
  }
  const answers = talk.answers.filter((it) => it !== answer);
  // The words of one that is whole may still be on their way, and are heard then; of any other nobody waits for them.
  const over = isWhole ? talk.over : withOver(talk.over, responseId);
  return { talk: { answers, over }, events: [event] };
}

function withOver(over: readonly string[], responseId: string): readonly string[] {
  return over.includes(responseId) ? over : [...over, responseId].slice(-REMEMBERED);
}

function answered(
  talk: PeerTalk,
  event: Extract<ServerEvent, { type: 'answer.delta' | 'answer.done' }>,
  isSpoken: boolean,
): PeerStep {
  const { responseId, itemId } = event;
  if (talk.over.includes(responseId)) return { talk, events: [event] };
  const { talk: begun, events } = begin(talk, responseId);
  if (!isSpoken) {
    const isWhole = event.type === 'answer.done' && !isHeard(begun, responseId);
    return isWhole
      ? finish(begun, responseId, [...events, event])
      : { talk: begun, events: [...events, event] };
  }
  const answers = begun.answers.map((it) =>
    it.responseId === responseId ? { ...it, items: withWords(it.items, itemId, event) } : it,
  );
  return { talk: { ...begun, answers }, events: [...events, event] };
}

function isHeard({ answers }: PeerTalk, responseId: string): boolean {
  return answers.some(
    (it) => it.responseId === responseId && (it.playingSince !== null || it.items.length > 0),
  );
}

function withWords(
  items: readonly Item[],
  itemId: string,
  event: Extract<ServerEvent, { type: 'answer.delta' | 'answer.done' }>,
): readonly Item[] {
  const known = items.find((it) => it.itemId === itemId)?.letters ?? 0;
  const letters = event.type === 'answer.done' ? event.text.length : known + event.delta.length;
  const isKnown = items.some((it) => it.itemId === itemId);
  return isKnown
    ? items.map((it) => (it.itemId === itemId ? { itemId, letters } : it))
    : [...items, { itemId, letters }];
}

/** An answer that nobody has heard of is made. */
function begin(talk: PeerTalk, responseId: string): PeerStep {
  const isKnown = talk.answers.some((it) => it.responseId === responseId);
  if (isKnown || talk.over.includes(responseId)) return { talk, events: [] };
  const answers = [...talk.answers, { responseId, items: [], playingSince: null, isDone: false }];
  return { talk: { ...talk, answers }, events: [{ type: 'response.created', responseId }] };
}

function started(talk: PeerTalk, responseId: string, at: number): PeerStep {
  if (talk.over.includes(responseId)) return { talk, events: [] };
  const { talk: begun, events } = begin(talk, responseId);
  const answers = begun.answers.map((it) =>
    it.responseId === responseId ? { ...it, playingSince: at } : it,
  );
  return { talk: { ...begun, answers }, events: [...events, { type: 'answer.playing', responseId }] };
}

const COMPLETED = { status: 'completed', message: null, calls: [] } as const;

/** An answer is over, and so is its sound. */
function finish(talk: PeerTalk, responseId: string, before: readonly ServerEvent[]): PeerStep {
  const answer = talk.answers.find((it) => it.responseId === responseId);
  const wasPlaying = answer !== undefined && (answer.playingSince !== null || answer.isDone);
  const ends: readonly ServerEvent[] = wasPlaying ? [{ type: 'answer.over' }] : [];
  // Nobody may tell; what was called, and what went wrong, is told when somebody does.
  const done: readonly ServerEvent[] =
    answer?.isDone === true ? [] : [{ type: 'response.done', responseId, ...COMPLETED }];
  return {
    talk: {
      answers: talk.answers.filter((it) => it !== answer),
      over: withOver(talk.over, responseId),
    },
    events: [...before, ...ends, ...done],
  };
}

function cut(talk: PeerTalk, at: number, isCut: (answer: Answer) => boolean): PeerStep {
  return talk.answers.filter(isCut).reduce<PeerStep>(
    (step, answer) => {
      const next = finish(step.talk, answer.responseId, heardOf(answer, at));
      return { talk: next.talk, events: [...step.events, ...next.events] };
    },
    { talk, events: [] },
  );
}

function heardOf({ items, playingSince }: Answer, at: number): readonly ServerEvent[] {
  const total = playingSince === null ? 0 : at - playingSince;
  const before = items.map((_, index) =>
    items.slice(0, index).reduce((sum, { letters }) => sum + letters * MS_PER_LETTER, 0),
  );
  return items.map(({ itemId }, index) => ({
    type: 'answer.cut',
    itemId,
    heardMs: Math.max(0, total - (before[index] ?? 0)),
  }));
}
