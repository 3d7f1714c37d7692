/**
 * The only place that prints. One line of JSON per event, with fields from a closed list: a key, a token, a
 * transcript or a piece of audio has no field to travel in.
 */

/** What may stand in a log line. Names are wide on purpose: a new field is a decision, not a habit. */
export interface LogFields {
  /** Which session, as the browser knows it. */
  readonly session?: string;
  /** Which user: the first characters of the object's id, itself an HMAC. */
  readonly user?: string;
  readonly lane?: string;
  readonly end?: string;
  readonly close_code?: number;
  /** HTTP status of an answer or of a refused upgrade. */
  readonly status?: number;
  /** A stable code: ours, or Azure's `error.code`. */
  readonly code?: string;
  /** The type of the event that caused it, from a closed list; never its content. */
  readonly cause?: string;
  readonly frames_up?: number;
  readonly frames_down?: number;
  readonly bytes_up?: number;
  readonly bytes_down?: number;
  readonly dropped_ms?: number;
  readonly duration_ms?: number;
  /** How many sessions. */
  readonly sessions?: number;
  /** Names of variables and what is wrong with them; never their values. */
  readonly problems?: readonly string[];
  /** The `name` of a thrown error; its message may hold anything and stays out. */
  readonly error_name?: string;
}

/** What happened: `noun.verb`, from a closed list. */
export type LogEvent =
  | 'call.opened'
  | 'call.refused'
  | 'call.ended'
  | 'call.dropped'
  | 'azure.refused'
  | 'azure.error'
  | 'keys.unavailable'
  | 'door.misconfigured'
  | 'door.failed'
  | 'directory.missed'
  | 'directory.swept'
  | 'admin.ended';

/** Prints one event as one line of JSON. */
export function log(event: LogEvent, fields: LogFields = {}): void {
  console.log(JSON.stringify({ event, ...fields }));
}
