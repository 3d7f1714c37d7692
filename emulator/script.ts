/**
 * What the emulator says. Pure: from what was said so far to the next answer. It cannot understand speech and says so;
 * typed words it answers from a few patterns. Instructions are no input here, so nothing can make it reveal them.
 */
import { numberInWords, numberOf } from './number-words.ts';
import { callFor, type Offer } from './tool-choice.ts';

/** One thing said so far, oldest first. `ms` is how long someone really spoke; `sound` is PCM16, 24 kHz. */
export type Said =
  | { readonly by: 'user'; readonly how: 'typed'; readonly text: string }
  | { readonly by: 'user'; readonly how: 'spoken'; readonly ms: number; readonly sound: Buffer }
  | { readonly by: 'assistant' | 'system'; readonly text: string }
  | { readonly by: 'tool'; readonly output: string };

/** A stretch of an answer: words to say, or sound to play back. */
export type Stretch =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'play'; readonly sound: Buffer };

/** One output item of an answer. */
export type Output =
  | { readonly kind: 'message'; readonly stretches: readonly Stretch[] }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: string };

/** What an answer is made from. */
export interface Scene {
  readonly said: readonly Said[];
  readonly offer: Offer;
  readonly now: Date;
}

const HIGHEST_COUNT = 30;
/** Beyond it, what is asked in digits is answered in digits. */
const TWELVE = 12;
const LONGEST_ECHO = 200;

/** The next answer: one item, or none of its own words when a tool is called. */
export function answer(scene: Scene): Output {
  const last = scene.said.findLast((said) => said.by === 'user' || said.by === 'tool');
  if (last?.by === 'tool') return say(`Here is what the tool answered. ${shorten(last.output)}`);
  const typed = last?.by === 'user' && last.how === 'typed' ? last.text : '';
  const call = callFor(typed, scene.offer);
  if (call) return { kind: 'call', ...call };
  if (last?.by === 'user' && last.how === 'spoken') return replyToSpeech(last, scene.said);
  return say(typed.trim() === '' ? greeting() : replyToText(typed.trim(), scene));
}

/** A duration as it is spoken: "1.8 seconds", "1 second". */
export function spokenDuration(ms: number): string {
  const seconds = Math.round(ms / 100) / 10;
  return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
}

function replyToSpeech(last: Extract<Said, { how: 'spoken' }>, said: readonly Said[]): Output {
  const isFirst = said.filter((one) => one.by === 'user' && one.how === 'spoken').length === 1;
  if (last.ms === 0) return say('Are you still there?');
  const heard = spokenDuration(last.ms);
  const words = isFirst
    ? `Hello. I am an emulator, so I cannot understand speech. But I heard you for ${heard}. This is how you sounded.`
    : `I heard you for ${heard}.`;
  return {
    kind: 'message',
    stretches: [
      { kind: 'say', text: words },
      { kind: 'play', sound: last.sound },
    ],
  };
}

/** Something a person tells of themselves: "my favourite colour is blue". */
const TOLD = /\bmy (?<what>[\p{L} ]{1,40}?) (?:is|was|are) (?<fact>[^.!?\n]{1,80})/iu;

type Reply = (match: RegExpMatchArray, scene: Scene) => string;

/** Tried in order; the first that matches answers. */
const replies: readonly (readonly [RegExp, Reply])[] = [
  [/\brepeat after me[\s:,.-]*(?<words>.+)/is, (match) => group(match, 'words')],
  [/\b(?:say|repeat)[\s:]+["“'](?<words>[^"”]+)["”']/i, (match) => group(match, 'words')],
  [
    /\bwhat(?:'s| is| was)? my name\b|\bdo you (?:know|remember) my name\b|\bwho am i\b/i,
    (_, scene) => recallName(scene),
  ],
  [/\bmy name(?:'s| is) (?<name>[\p{L}'-]+)/iu, (match) => `Nice to meet you, ${group(match, 'name')}.`],
  [
    /\bwhat(?:'s| is| was| are)? my (?<what>[\p{L} ]{1,40})/iu,
    (match, scene) => recall(scene, group(match, 'what')),
  ],
  [TOLD, (match) => `I will remember that your ${group(match, 'what')} is ${group(match, 'fact')}.`],
  [
    /\bcount (?:up )?(?:from (?<from>[\w-]+) )?to (?<to>[\w-]+)/i,
    (match) => count(group(match, 'from'), group(match, 'to')),
  ],
  [/\bwhat(?:'s| is) the date\b|\bwhat (?:day|date) is it\b/i, (_, scene) => `It is ${dateOf(scene.now)}.`],
  [/\bwhat(?:'s| is) the time\b|\bwhat time\b|\bthe time\b/i, (_, scene) => `It is ${timeOf(scene.now)}.`],
  [/\b(?:system prompt|instructions|prompt)\b/i, () => 'I keep my instructions to myself.'],
  [/\b(?:help|what can you do|who are you|what are you)\b/i, () => help()],
  [/^(?:hi|hello|hey|good (?:morning|afternoon|evening))\b/i, () => greeting()],
  [/\b(?:thanks|thank you)\b/i, () => 'You are welcome.'],
  [/^(?:bye|goodbye|see you)\b/i, () => 'Goodbye.'],
];

function replyToText(text: string, scene: Scene): string {
  for (const [pattern, reply] of replies) {
    const match = text.match(pattern);
    const words = match ? reply(match, scene) : '';
    if (words !== '') return words;
  }
  return `You wrote: ${shorten(text)}`;
}

function greeting(): string {
  return 'Hello. I am an emulator. How can I help?';
}

function help(): string {
  return 'I am an emulator, a stand-in for a real assistant. I can count, repeat what you write, tell the time, and remember your name. I cannot understand speech, but I can play back what I heard.';
}

function recallName(scene: Scene): string {
  const texts = scene.said.flatMap((said) => ('text' in said && said.by !== 'assistant' ? [said.text] : []));
  const name = texts.reduce((known, text) => nameIn(text) ?? known, '');
  return name === '' ? 'I do not know your name yet.' : `Your name is ${name}.`;
}

/** What the person told of their own in this conversation, the latest word counting. */
function recall(scene: Scene, what: string): string {
  const told = scene.said
    .flatMap((said) => (said.by === 'user' && said.how === 'typed' ? [TOLD.exec(said.text)] : []))
    .findLast((match) => match?.groups?.['what']?.toLowerCase() === what.toLowerCase());
  return told ? `Your ${what} is ${group(told, 'fact')}.` : 'You have not told me that yet.';
}

/** The name a text tells of somebody else than the assistant, if any. */
export function nameIn(text: string): string | undefined {
  return text.match(/(?<!\byour )\bname(?:'s| is) (?<name>\p{L}[\p{L}'-]*)/iu)?.groups?.['name'];
}

function count(from: string, to: string): string {
  const first = from === '' ? 1 : numberOf(from);
  const last = numberOf(to);
  if (Number.isNaN(first) || Number.isNaN(last) || last < first) return '';
  const isInDigits = /\d/.test(to);
  const numbers: string[] = [];
  for (let number = first; number <= last && numbers.length < HIGHEST_COUNT; number += 1) {
    numbers.push(isInDigits && number > TWELVE ? `${number}` : numberInWords(number));
  }
  return `${capitalise(numbers.join(', '))}.`;
}

function timeOf(now: Date): string {
  return now.toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' });
}

function dateOf(now: Date): string {
  return now.toLocaleDateString('en-US', { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });
}

function say(text: string): Output {
  return { kind: 'message', stretches: [{ kind: 'say', text }] };
}

function shorten(text: string): string {
  return text.length > LONGEST_ECHO ? `${text.slice(0, LONGEST_ECHO)}…` : text;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function group(match: RegExpMatchArray, name: string): string {
  return match.groups?.[name]?.trim() ?? '';
}
