/** What a call counts, and the names it gives: event ids of ours say what they name, so that no table of them is kept. */
import { isRecord, type WireEvent } from '../azure/wire.ts';
import { OUR_ID_START } from '../protocol/client-events.ts';
import { noCalls, type ToolAnswers } from './tool-answers.ts';

/**
 * What outlives a change of state: the number of the next event of ours, when frames were refused, when a browser changed by
 * itself what is not its to change, and the model's calls.
 */
export interface Ledger {
  readonly sequence: number;
  readonly refusedAt: readonly number[];
  readonly changedAt: readonly number[];
  readonly calls: ToolAnswers;
}

/** The ledger of a new call. */
export const emptyLedger: Ledger = { sequence: 0, refusedAt: [], changedAt: [], calls: noCalls };

/** Names the next event that goes up in our name, or in a client's that gave it none: `vg_12.session.update`. */
export function nameEvent(ledger: Ledger, type: string): { ledger: Ledger; id: string } {
  return {
    ledger: { ...ledger, sequence: ledger.sequence + 1 },
    id: `${OUR_ID_START}${ledger.sequence}.${type}`,
  };
}

/** The id of an `error` event of ours. */
export function ownErrorId(ledger: Ledger): string {
  return `event_vg${ledger.sequence}`;
}

const OUR_ID = /^vg_\d+\.([\w.]+)$/;

/** The id of the event that an error of Azure's answers; null when it names none. */
export function answeredEvent(error: WireEvent): unknown {
  return (isRecord(error['error']) ? error['error']['event_id'] : null) ?? null;
}

/** The type of the event named by us that an error of Azure's answers; null when the id is a client's, or none. */
export function causeOf(error: WireEvent): string | null {
  const id = answeredEvent(error);
  return typeof id === 'string' ? (OUR_ID.exec(id)?.[1] ?? null) : null;
}

/**
 * Whether an error of Azure's refuses an append: appends carry no id of ours, and nothing else that goes up can be bad
 * JSON or bad base64, since we wrote it.
 */
export function isRefusalOfAppend(event: WireEvent): boolean {
  const error = isRecord(event['error']) ? event['error'] : {};
  return (
    (error['event_id'] ?? null) === null && (error['code'] === 'invalid_json' || error['param'] === 'audio')
  );
}

/** The code of an error of Azure's, fit for a log; `unknown` when it has none that looks like one. */
export function codeOf(error: WireEvent): string {
  const code = isRecord(error['error']) ? error['error']['code'] : null;
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : 'unknown';
}
