/** What users' objects would tell the directory. */
import type { LiveSession } from '../../src/durable-objects/admission.ts';
import type { DaySpend, UserReport } from '../../src/durable-objects/user-report.ts';

/** The name of an object that begins with `start`, and differs by `index`. */
export function objectNamed(start: string, index: number): string {
  return start + index.toString(16).padStart(64 - start.length, '0');
}

/** The id of a session of that object. */
export function sessionOf(object: string, index = 0): string {
  const tail = `${object.slice(-12)}${index.toString(16).padStart(18, '0')}`;
  return `vs_${object.slice(0, 2)}${tail}`;
}

/** A session open since a minute ago, unless changed. */
export function sessionNow(sessionId: string, changes: Partial<LiveSession> = {}): LiveSession {
  const now = Date.now();
  return {
    sessionId,
    mode: 'voice',
    createdAt: now - 60_000,
    lastActivityAt: now,
    messageCount: 1,
    bytesUp: 1_000,
    bytesDown: 2_000,
    tokens: 30,
    usd: 0.25,
    ...changes,
  };
}

/** The current UTC day, with nothing spent unless changed. */
export function dayNow(changes: Partial<DaySpend> = {}): DaySpend {
  return { day: new Date().toISOString().slice(0, 10), tokens: 0, usd: 0, voiceSeconds: 0, ...changes };
}

/** The first report of a user who has one call open and spent nothing, unless changed. */
export function reportOf(object: string, changes: Partial<UserReport> = {}): UserReport {
  return {
    object,
    subject: `user of ${object.slice(0, 2)}${object.slice(-4)}`,
    isGuest: false,
    revision: 1,
    live: [sessionNow(sessionOf(object))],
    sessionsOpened: 1,
    today: dayNow(),
    ...changes,
  };
}
