/** What the emulator says when it is asked to sum up or to name a conversation, by the person or by the system. Pure. */
import { nameIn, type Said } from '../script.ts';
import { lastTyped } from './said.ts';

const MOST_POINTS = 3;
const LONGEST_POINT = 80;
const MOST_TITLE_WORDS = 5;

/** A request of the person's own. */
const ASKED =
  /^\W*(?:please |can you |could you |now )*(?:briefly )?(?:summari[sz]e|sum up|(?:write|give)(?: me)? a (?:short |brief )?summary)\b/i;
const ASKED_TITLE = /^\W*(?:please )?(?:write|give|suggest|generate|create)\b.{0,40}\btitle\b/is;

/** A system prompt that is about nothing else: it says so in its first words. */
const ORDERED =
  /^\W*(?:please )?(?:you (?:will |are to )?)?(?:summari[sz]e|write a (?:short |brief )?summary)\b/i;

/** A line of a transcript that stands in one message. */
const LINE = /^[ \t]*(?:user|human|person)[ \t]*:[ \t]*(?<words>.+)$/gim;

/** The summary or title that was asked for, or null when neither was. */
export function summaryFor(said: readonly Said[]): string | null {
  if (said.at(-1)?.by === 'tool') return null;
  const typed = lastTyped(said);
  const orders = said.flatMap((one) => (one.by === 'system' ? [one.text] : []));
  if (ASKED_TITLE.test(typed) || orders.some((text) => ASKED_TITLE.test(text)))
    return titleOf(pointsIn(said));
  if (ASKED.test(typed) || orders.some((text) => ORDERED.test(text))) return summaryOf(said);
  return null;
}

function summaryOf(said: readonly Said[]): string {
  const points = pointsIn(said);
  if (points.length === 0) return 'Nothing has been said yet.';
  const name = lastName(said);
  const known = name === '' ? '' : `The user's name is ${name}. `;
  const told = points.slice(-MOST_POINTS).map((point) => `"${point}"`);
  return `${known}The user said: ${told.join('; ')}.`;
}

function titleOf(points: readonly string[]): string {
  const words = (points[0] ?? 'New conversation').replaceAll(/[^\p{L}\p{N}'\s-]/gu, '').split(/\s+/);
  return words
    .filter((word) => word !== '')
    .slice(0, MOST_TITLE_WORDS)
    .join(' ');
}

/** What the person said, without the request itself; lines of a transcript when there are any. */
function pointsIn(said: readonly Said[]): string[] {
  const typed = said.flatMap((one) => (one.by === 'user' && one.how === 'typed' ? [one.text] : []));
  const lines = said
    .flatMap((one) => ('text' in one && one.by !== 'assistant' ? [...one.text.matchAll(LINE)] : []))
    .map((match) => match.groups?.['words'] ?? '');
  const points =
    lines.length > 0 ? lines : typed.filter((text) => !ASKED.test(text) && !ASKED_TITLE.test(text));
  return points.map((point) => shorten(point.trim())).filter((point) => point !== '');
}

function lastName(said: readonly Said[]): string {
  const texts = said.flatMap((one) => ('text' in one && one.by !== 'assistant' ? one.text.split('\n') : []));
  return texts.reduce((known, text) => nameIn(text) ?? known, '');
}

function shorten(text: string): string {
  return text.length > LONGEST_POINT ? `${text.slice(0, LONGEST_POINT)}…` : text;
}
