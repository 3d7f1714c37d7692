/** The only place that prints: one line of JSON per event, with fields from a closed list. */
import { cleaned, type Fields } from './fields.ts';

/** What happened: `noun.verb`, from a closed list. */
export type LogEvent =
  | 'call.opened'
  | 'call.ended'
  | 'call.dropped'
  | 'browser.slow'
  | 'chat.opened'
  | 'chat.ended'
  | 'azure.refused'
  | 'azure.unreachable'
  | 'azure.error'
  | 'azure.lost'
  | 'keys.unavailable'
  | 'tools.unavailable'
  | 'limit.hit'
  | 'door.refused'
  | 'door.misconfigured'
  | 'door.failed'
  | 'directory.missed'
  | 'directory.swept'
  | 'object.failed'
  | 'memory.swept'
  | 'admin.ended'
  | 'admin.drained'
  | 'measure.failed';

/** Prints one event as one line of JSON. A value that does not fit its field is told as `invalid`. */
export function log(event: LogEvent, given: Fields = {}): void {
  console.log(JSON.stringify({ event, ...cleaned(given) }));
}
