import * as v from 'valibot';
import { defineTool } from '../tool.ts';

/** Tells date and time: a model knows neither. */
export const getCurrentTime = defineTool({
  name: 'getCurrentTime',
  description: 'Gets the current date and time in a time zone, by its IANA name; in UTC without one.',
  parameters: v.object({
    timezone: v.optional(
      v.pipe(
        v.string(),
        v.maxLength(64),
        v.check(isTimezone, 'must be an IANA time zone such as Europe/Rome'),
        v.description('IANA name, for example Europe/Rome'),
      ),
      'UTC',
    ),
  }),
  run: ({ timezone }) => timeIn(timezone, new Date()),
});

function timeIn(timezone: string, now: Date) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return {
    timezone,
    date: `${part('year')}-${part('month')}-${part('day')}`,
    weekday: part('weekday'),
    time: `${part('hour')}:${part('minute')}:${part('second')}`,
    offset: part('timeZoneName').replace('GMT', 'UTC'),
  };
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
