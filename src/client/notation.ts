/** How amounts and times are written in the page's sentences. */

/** The language of the page: a number in a sentence is written as the sentence is. */
const LANGUAGE = 'en';

/** How the person's clock reads. Left out, both are the browser's own. */
export interface Clock {
  readonly locale?: string;
  readonly timeZone?: string;
}

const money = new Intl.NumberFormat(LANGUAGE, { style: 'currency', currency: 'USD' });
const counts = new Intl.NumberFormat(LANGUAGE, { notation: 'compact', roundingMode: 'trunc' });
const minutes = unit('minute', 'short');
const wholeMinutes = unit('minute', 'long');
const wholeSeconds = unit('second', 'long');

/** US dollars to the nearest cent; less than one is told as that. */
export function writeUsd(usd: number): string {
  return usd > 0 && usd < 0.01 ? `under ${money.format(0.01)}` : money.format(usd);
}

/** US dollars that may still be spent: never a cent more than there is. The least share of a cent is a double's error. */
export function writeUsdLeft(usd: number): string {
  return usd < 0.01 ? writeUsd(usd) : money.format(Math.floor(usd * 100 + 1e-6) / 100);
}

/** A count of many things, three digits or so of it: 12K. */
export function writeCount(count: number): string {
  return counts.format(count);
}

/** A length of time for a line that is short of room: 3 min. */
export function writeMinutes(seconds: number): string {
  return seconds > 0 && seconds < 60
    ? `under ${minutes.format(1)}`
    : minutes.format(Math.floor(seconds / 60));
}

/** From here on a wait is told in minutes. */
const MINUTES_FROM_MS = 55_000;

/** How long until something happens: 17 seconds, 5 minutes. Rounded up, and never nothing. */
export function writeWait(ms: number): string {
  return ms < MINUTES_FROM_MS
    ? wholeSeconds.format(Math.max(1, Math.ceil(ms / 1000)))
    : wholeMinutes.format(Math.ceil(ms / 60_000));
}

/** A time of day as the person's clock shows it, to the nearest minute. Times in Unix milliseconds. */
export function writeTime(at: number, { locale, timeZone }: Clock = {}): string {
  const format = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone });
  // No line breaks between a time and its half of the day.
  return format.format(Math.round(at / 60_000) * 60_000).replaceAll(/\s/g, '\u00A0');
}

/** The same, with the day where it is not the one of `now`; for times less than a day ahead. */
export function writeTimeAhead(at: number, now: number, clock: Clock = {}): string {
  const day = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'short', timeZone: clock.timeZone });
  const isToday = day.format(Math.round(at / 60_000) * 60_000) === day.format(now);
  return `${writeTime(at, clock)}${isToday ? '' : ' tomorrow'}`;
}

function unit(name: 'minute' | 'second', unitDisplay: 'short' | 'long'): Intl.NumberFormat {
  return new Intl.NumberFormat(LANGUAGE, { style: 'unit', unit: name, unitDisplay });
}
