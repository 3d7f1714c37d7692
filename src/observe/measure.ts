import { cleaned, type Fields } from './fields.ts';
import { log } from './log.ts';

/** The events that are measured, beside being logged. */
export type MeasuredEvent = 'call.ended' | 'chat.ended' | 'limit.hit' | 'door.refused';

/**
 * Where each field stands in a datapoint, for every event alike; what an event does not have is empty, or 0. Only ever
 * add at the end: queries name columns by their position. `docs/measurements.md` shows the same for those who query.
 */
export const columns = {
  /** `blob2` and on; `blob1` is the event. */
  blobs: ['mode', 'lane', 'end', 'code', 'session'],
  /** `double1` and on. */
  doubles: [
    'status',
    'close_code',
    'duration_ms',
    'frames_up',
    'frames_down',
    'bytes_up',
    'bytes_down',
    'dropped_ms',
    'tokens',
    'usd',
  ],
  /** `index1`: what Analytics Engine samples by. */
  index: 'user',
} as const satisfies Record<string, keyof Fields | readonly (keyof Fields)[]>;

/** A datapoint as Analytics Engine takes it: at most one index, 20 blobs and 20 doubles. */
export interface Datapoint {
  readonly indexes: string[];
  readonly blobs: string[];
  readonly doubles: number[];
}

/** What is bound as `ANALYTICS`, as far as it is used here. */
export interface Dataset {
  writeDataPoint(point: Datapoint): void;
}

/**
 * Writes one datapoint to Analytics Engine when the binding `ANALYTICS` is there; else does nothing. Never throws.
 *
 * Nothing waits for it. Inside an object the platform holds a datapoint, like everything that leaves, until the writes
 * before it are durable (the output gate).
 */
export function measure(env: object, event: MeasuredEvent, given: Fields): void {
  const dataset: unknown = Reflect.get(env, 'ANALYTICS');
  if (!isDataset(dataset)) return;
  const values = cleaned(given);
  try {
    dataset.writeDataPoint({
      indexes: [textOf(values[columns.index])],
      blobs: [event, ...columns.blobs.map((name) => textOf(values[name]))],
      doubles: columns.doubles.map((name) => numberOf(values[name])),
    });
  } catch (error) {
    log('measure.failed', { error_name: error instanceof Error ? error.name : 'unknown' });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function isDataset(binding: unknown): binding is Dataset {
  return (
    typeof binding === 'object' &&
    binding !== null &&
    'writeDataPoint' in binding &&
    typeof binding.writeDataPoint === 'function'
  );
}
