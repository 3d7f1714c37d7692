/** What the gateway warns of, as sentences. */
import { number, text, type Fields } from './fields.ts';
import { writeTime, writeWait, type Clock } from './notation.ts';
import type { Notice } from './problems.ts';

type EndReason = 'longest' | 'idle' | 'credential';

/** The session ends at `endsAt`, in Unix milliseconds, unless something is done about the reason. */
export interface SessionEnding {
  readonly code: 'session_ending';
  readonly reason: EndReason;
  readonly endsAt: number;
}

/** A `gateway.warning`; `other` is one the page has no sentence of its own for. */
export type Warning =
  | { readonly code: 'budget_80' | 'budget_95' | 'audio_held_back' | 'upstream_lost' }
  | { readonly code: 'audio_dropped'; readonly droppedMs: number }
  | SessionEnding
  | { readonly code: 'other'; readonly message: string };

const endReasons: readonly EndReason[] = ['longest', 'idle', 'credential'];

/** Reads a warning off the wire. */
export function readWarning(fields: Fields): Warning {
  const code = text(fields, 'code');
  switch (code) {
    case 'budget_80':
    case 'budget_95':
    case 'audio_held_back':
    case 'upstream_lost':
      return { code };
    case 'audio_dropped':
      return { code, droppedMs: number(fields, 'dropped_ms') };
    case 'session_ending': {
      const reason = endReasons.find((known) => known === text(fields, 'reason'));
      if (reason !== undefined) return { code, reason, endsAt: number(fields, 'ends_at') * 1000 };
    }
  }
  return { code: 'other', message: text(fields, 'message') };
}

/** What is told of a warning, and for how long: until the next answer, or as long as the call goes on. */
export interface Told {
  readonly notice: Notice;
  readonly isStanding: boolean;
}

/** Stands until the day begins anew. */
export const inWriting: Notice = {
  text: "Nearly all of today's allowance is used, so the assistant goes on in writing.",
  remedy: 'none',
};

/** The sentence for a warning that came at `now`, in Unix milliseconds; null when there is nothing to say. */
export function tellWarning(warning: Warning, now: number, clock: Clock = {}): Told | null {
  switch (warning.code) {
    case 'budget_80':
      return passing("Most of today's allowance is used.");
    case 'budget_95':
      return { notice: inWriting, isStanding: true };
    case 'audio_held_back':
      return passing('Your sound came all at once, so the assistant hears it a little late.');
    case 'audio_dropped':
      return passing(`${lostSound(warning.droppedMs)} of what you said got lost. Say it again.`);
    case 'session_ending':
      return tellEnd(warning.reason, {
        wait: writeWait(warning.endsAt - now),
        time: writeTime(warning.endsAt, clock),
      });
    case 'upstream_lost':
      // The call shows it.
      return null;
    case 'other':
      return warning.message === '' ? null : passing(warning.message);
  }
}

function tellEnd(reason: EndReason, { wait, time }: { readonly wait: string; readonly time: string }): Told {
  switch (reason) {
    case 'longest':
      return standing(`This call ends in ${wait}, at ${time}: none may last longer. Start a new one then.`);
    case 'idle':
      return passing(`Nobody has said anything for long. Say something, or the call ends in ${wait}.`);
    case 'credential':
      return standing(
        `Your sign-in runs out in ${wait}, and this call with it. Sign in again at the next start.`,
      );
  }
}

function lostSound(ms: number): string {
  return ms < 1000 ? 'A moment' : `About ${writeWait(Math.round(ms / 1000) * 1000)}`;
}

function passing(sentence: string): Told {
  return { notice: { text: sentence, remedy: 'none' }, isStanding: false };
}

function standing(sentence: string): Told {
  return { notice: { text: sentence, remedy: 'none' }, isStanding: true };
}
