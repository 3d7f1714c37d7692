/**
 * What Azure says on the data channel of a call by WebRTC, told as the gateway tells it on a socket. Of a filtered call it
 * says little: that an answer is made shows by its first word or sound, and its end by the end of its sound. Azure plays,
 * and Azure stops: who speaks over an answer has cut it, and how much of it was heard is what the clock says. Pure.
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
    case 'response.done': {
      const isLeft = talk.answers.some(({ responseId }) => responseId === event.responseId);
      // What is heard of it goes on.
      if (!isLeft || isHeard(talk, event.responseId)) return { talk, events: [] };
      const { talk: next } = finish(talk, event.responseId, []);
      return { talk: next, events: [event] };
    }
    case 'session.created':
    case 'response.content_part.added':
    case 'response.output_audio.done':
      // A call by WebRTC begins with its channel, and its sound is no frames.
      return { talk, events: [] };
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
  const answers = [...talk.answers, { responseId, items: [], playingSince: null }];
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
  const wasPlaying = talk.answers.some((it) => it.responseId === responseId && it.playingSince !== null);
  const ends: readonly ServerEvent[] = wasPlaying ? [{ type: 'answer.over' }] : [];
  return {
    talk: {
      answers: talk.answers.filter((it) => it.responseId !== responseId),
      over: [...talk.over, responseId].slice(-REMEMBERED),
    },
    // A filtered channel tells of no call of a tool.
    events: [...before, ...ends, { type: 'response.done', responseId, ...COMPLETED }],
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
