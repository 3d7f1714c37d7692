/** Faults that are switched on while the emulator runs: what may be asked for, and which ones wait for their moment. */
import * as v from 'valibot';

import { type Refusal, toRefusal } from './realtime/invalid.ts';

const LONGEST_DELAY_MS = 3_600_000;
const LOWEST_REFUSAL = 400;
const HIGHEST_REFUSAL = 599;

/** Close codes an endpoint may send: the registered ones that are not reserved, and the free ranges. */
const isCloseCode = (code: number): boolean =>
  (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code));

const when = {
  after_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LONGEST_DELAY_MS)), 0),
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
};

const fault = v.variant('kind', [
  v.strictObject({ kind: v.literal('drop'), ...when }),
  v.strictObject({
    kind: v.literal('close'),
    code: v.optional(
      v.pipe(v.number(), v.integer(), v.check(isCloseCode, 'This is not a close code an endpoint may send.')),
      1011,
    ),
    ...when,
  }),
  v.strictObject({ kind: v.literal('error'), code: v.optional(v.string(), 'server_error'), ...when }),
  v.strictObject({ kind: v.literal('stall'), ...when }),
  v.strictObject({
    kind: v.literal('refuse'),
    status: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(LOWEST_REFUSAL), v.maxValue(HIGHEST_REFUSAL)),
      503,
    ),
    ...when,
  }),
  v.strictObject({ kind: v.literal('expire'), ...when }),
  v.strictObject({ kind: v.literal('rate_limit'), ...when }),
  v.strictObject({ kind: v.literal('malformed'), ...when }),
]);

/**
 * A fault. `drop`, `close`, `error`, `stall`, `expire` and `malformed` hit the sockets that are open and the chat answers
 * that are under way when it acts (at most `count`, the newest first); `refuse` the next `count` upgrades or chat requests
 * and `rate_limit` the next `count` responses or chat requests, or all of them until it is cleared. It acts after
 * `after_ms` (0).
 */
export type Fault = v.InferOutput<typeof fault>;

/** A fault that hits sockets. */
export type SocketFault = Exclude<Fault, { kind: 'refuse' | 'rate_limit' }>;

/** A fault that waits for something to refuse. */
export type WaitingFault = Extract<Fault, { kind: 'refuse' | 'rate_limit' }>;

/** Reads the body of `POST /emulator/faults`. */
export function readFault(
  body: string,
): { readonly ok: true; readonly fault: Fault } | { readonly ok: false; readonly refusal: Refusal } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { ok: false, refusal: { code: 'invalid_json', message: 'The body must be JSON.', param: null } };
  }
  const parsed = v.safeParse(fault, value, { abortEarly: true });
  return parsed.success
    ? { ok: true, fault: parsed.output }
    : { ok: false, refusal: toRefusal(parsed.issues) };
}

/** Whether a fault acts on open sockets. */
export function hitsSockets(one: Fault): one is SocketFault {
  return one.kind !== 'refuse' && one.kind !== 'rate_limit';
}

/** Refusals and rate limits that wait for their moment, oldest first. */
export class WaitingFaults {
  #waiting: { readonly fault: WaitingFault; left: number }[] = [];

  /** Lets a fault wait. */
  add(one: WaitingFault): void {
    this.#waiting.push({ fault: one, left: one.count ?? Infinity });
  }

  /** Uses one: the status of a refusal, or null. */
  takeRefusal(): number | null {
    const used = this.#take('refuse');
    return used?.kind === 'refuse' ? used.status : null;
  }

  /** Uses one: whether this response is to fail. */
  takeRateLimit(): boolean {
    return this.#take('rate_limit') !== null;
  }

  /** Forgets all. */
  clear(): void {
    this.#waiting = [];
  }

  #take(kind: WaitingFault['kind']): WaitingFault | null {
    const first = this.#waiting.find((one) => one.fault.kind === kind);
    if (!first) return null;
    first.left -= 1;
    if (first.left <= 0) this.#waiting = this.#waiting.filter((one) => one !== first);
    return first.fault;
  }
}
