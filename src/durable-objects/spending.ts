/**
 * What a call's answers will cost and did cost: an answer is reserved before it is made and settled by what Azure
 * reports. Pure; who holds the money is `account.ts`.
 */
import type { Price, TranscriptionPrice } from '../azure/prices.ts';
import { eventTokens, PICTURE_TOKENS, speechTokens } from '../azure/token-estimate.ts';
import {
  plus,
  responseCost,
  secondsCost,
  type Amount,
  type ResponseUsage,
  type Tokens,
} from '../azure/usage.ts';
import type { WireEvent } from '../azure/wire.ts';
import type { Reservation } from './account.ts';
import { affordableOutput, type BudgetView } from './budget.ts';

/** What the models of a call cost. */
export interface Tariff {
  readonly answers: Price;
  readonly transcripts: TranscriptionPrice;
}

/** Longest answer Azure gives when nobody sets a limit, in tokens. */
export const LONGEST_ANSWER_TOKENS = 4096;

/** An answer shorter than this is none: with less to spend, the budget counts as spent. */
export const SHORTEST_ANSWER_TOKENS = 16;

/** What is said aloud before the talk goes on in writing: a sentence of it has to be paid for. */
const GOODBYE_TOKENS = 60;

/** An answer too short to be worth one more turn: five seconds of speech. */
const SHORT_ANSWER_TOKENS = 100;

/** What an answer takes as a rule: a quarter of a minute of speech. */
const USUAL_ANSWER_TOKENS = 300;

/** An answer that was asked for and has not begun. */
export interface Asked {
  readonly eventId: string;
  readonly reservation: string;
  readonly input: Amount;
  /** It reads an input of its own: what it used says nothing of the conversation. */
  readonly isAside: boolean;
  /** Its answer does not become part of the conversation: it runs beside others. */
  readonly isOutOfBand: boolean;
  /** The gateway asked, not the client: a refusal is not told. */
  readonly isOurs: boolean;
}

/** An answer that has begun and is not done. It took the place of the question asked first; null when nobody asked. */
export interface Running {
  readonly responseId: string;
  readonly reservation: string;
  readonly input: Amount;
  readonly isAside: boolean;
  readonly isOutOfBand: boolean;
  readonly question: Pick<Asked, 'eventId' | 'isOurs'> | null;
}

/** What a call knows of what it costs. */
export interface Spending {
  readonly asked: readonly Asked[];
  readonly running: readonly Running[];
  /** A `response.create` that comes after the answers under way: Azure makes one at a time, and they may have to cost less than promised. */
  readonly waiting: WireEvent | null;
  /** The input of the next answer as far as Azure has counted it, and the share of each kind that it had cached. */
  readonly context: { readonly text: number; readonly audio: number; readonly image: number };
  readonly cachedShare: { readonly text: number; readonly audio: number; readonly image: number };
  /** Tokens of text that went up since, estimated. */
  readonly newText: number;
  /** Tokens of pictures that went up since, at most. */
  readonly newImage: number;
  /** Speech that went up since, in milliseconds: silence between turns is never charged. */
  readonly newSpeechMs: number;
  readonly sequence: number;
}

/** The spending of a call that has said nothing yet but its instructions. */
export function freshSpending(instructions: string): Spending {
  return {
    asked: [],
    running: [],
    waiting: null,
    context: { text: 0, audio: 0, image: 0 },
    cachedShare: { text: 0, audio: 0, image: 0 },
    newText: eventTokens(instructions, 0),
    newImage: 0,
    newSpeechMs: 0,
    sequence: 0,
  };
}

/**
 * The spending with an event on its way up that the model will have to read. `text`: the event as it is sent;
 * `base64Units` of it are sound or pictures, which are not read as text.
 */
export function withText(spending: Spending, text: string, base64Units: number): Spending {
  return { ...spending, newText: spending.newText + eventTokens(text, base64Units) };
}

/** The spending with so many pictures that the model will have to look at. */
export function withPictures(spending: Spending, count: number): Spending {
  return { ...spending, newImage: spending.newImage + count * PICTURE_TOKENS };
}

/** The spending with a turn of speech that the model will have to hear, in milliseconds. */
export function withSpeech(spending: Spending, ms: number): Spending {
  return { ...spending, newSpeechMs: spending.newSpeechMs + Math.max(0, ms) };
}

/** What an answer is reserved with: everything that decides about its price. */
export interface Wish {
  /** The longest answer that is wanted, in tokens; null when nobody said. */
  readonly longest: number | null;
  readonly isWritten: boolean;
  /** The answer leaves enough for the sentence that says aloud why the talk goes on in writing. */
  readonly keepsGoodbye: boolean;
}

/** An answer's input cost, its output at most, and the promise to make for it; or that there is no money for it. */
export type Quote =
  | { readonly outcome: 'spent' }
  | {
      readonly outcome: 'affordable';
      readonly input: Amount;
      /** Tokens of output that Azure is told as a limit; null when nobody needs one. */
      readonly limit: number | null;
      readonly reservation: Reservation;
    };

/** What the next answer costs at most, and what it may. */
export function quote(
  spending: Spending,
  tariff: Tariff,
  { view, wish }: { readonly view: BudgetView; readonly wish: Wish },
): Quote {
  const fixed = inputOf(spending, tariff);
  const each = outputOf(tariff, wish.isWritten);
  const affordable = affordableOutput(view, { fixed, each });
  if (affordable < SHORTEST_ANSWER_TOKENS) return { outcome: 'spent' };
  const kept = wish.keepsGoodbye ? affordableBeforeGoodbye(spending, tariff, view) : Infinity;
  const longest = Math.min(
    affordable,
    Math.max(kept, SHORTEST_ANSWER_TOKENS),
    wish.longest ?? LONGEST_ANSWER_TOKENS,
    LONGEST_ANSWER_TOKENS,
  );
  const withOutput = (tokens: number): Amount => ({
    tokens: fixed.tokens + tokens,
    nanoUsd: Math.ceil(fixed.nanoUsd + tokens * each.nanoUsd),
  });
  return {
    outcome: 'affordable',
    input: fixed,
    limit: longest < LONGEST_ANSWER_TOKENS ? longest : null,
    reservation: {
      most: withOutput(longest),
      likely: withOutput(Math.min(longest, USUAL_ANSWER_TOKENS)),
    },
  };
}

/** True while one more short answer still leaves enough to say aloud that the talk goes on in writing. */
export function canWaitWithGoodbye(spending: Spending, tariff: Tariff, view: BudgetView): boolean {
  return affordableBeforeGoodbye(spending, tariff, view) >= SHORT_ANSWER_TOKENS;
}

/** The longest answer after which everything can be read once more and a sentence be said. */
function affordableBeforeGoodbye(spending: Spending, tariff: Tariff, view: BudgetView): number {
  const input = inputOf(spending, tariff);
  const output = outputOf(tariff, false);
  const again = { tokens: 1, nanoUsd: tariff.answers.audio.input * NANO_PER_TOKEN };
  const fixed = plus(plus(input, input), times(GOODBYE_TOKENS, output));
  return affordableOutput(view, { fixed, each: plus(output, again) });
}

function outputOf({ answers }: Tariff, isWritten: boolean): Amount {
  return { tokens: 1, nanoUsd: (isWritten ? answers.text : answers.audio).output * NANO_PER_TOKEN };
}

function times(count: number, { tokens, nanoUsd }: Amount): Amount {
  return { tokens: count * tokens, nanoUsd: count * nanoUsd };
}

/** The spending after Azure told what an answer used: the next one reads all of it again. */
export function counted(spending: Spending, usage: ResponseUsage): Spending {
  const { input, cached, output } = usage;
  const share = (kind: keyof Tokens): number => (input[kind] === 0 ? 0 : cached[kind] / input[kind]);
  return {
    ...spending,
    context: {
      text: input.text + output.text,
      audio: input.audio + output.audio,
      image: input.image,
    },
    cachedShare: { text: share('text'), audio: share('audio'), image: share('image') },
    newText: 0,
    newImage: 0,
    newSpeechMs: 0,
  };
}

/** The spending after an answer to an input of its own: the conversation is as long as it was, and the answer may be in it. */
export function countedAside(spending: Spending, { output }: ResponseUsage): Spending {
  const { text, audio, image } = spending.context;
  return { ...spending, context: { text: text + output.text, audio: audio + output.audio, image } };
}

/** What an answer cost by Azure's own account. */
export function costOf(usage: ResponseUsage, { answers }: Tariff): Amount {
  return responseCost(usage, answers);
}

/** USD per million tokens is so many nano-dollars a token. */
export const NANO_PER_TOKEN = 1000;

/**
 * The input of the next answer: what Azure counted last time, of which it will find the same share cached, and what
 * went up since. An estimate: what it falls short by is settled with the answer, and counts against the next.
 */
export function inputOf(spending: Spending, { answers, transcripts }: Tariff): Amount {
  const { context, cachedShare, newText, newImage, newSpeechMs } = spending;
  const newAudio = speechTokens(newSpeechMs);
  const known = (kind: keyof Tokens): number => {
    const { input, cached } = answers[kind];
    return context[kind] * (cachedShare[kind] * cached + (1 - cachedShare[kind]) * input);
  };
  const usdPerMillion =
    known('text') +
    known('audio') +
    known('image') +
    newText * answers.text.input +
    newImage * answers.image.input +
    newAudio * answers.audio.input;
  return {
    tokens: context.text + context.audio + context.image + newText + newImage + newAudio,
    nanoUsd: Math.ceil(usdPerMillion * NANO_PER_TOKEN) + secondsCost(newSpeechMs / 1000, transcripts),
  };
}
