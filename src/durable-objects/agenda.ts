/**
 * What a user's object has to do later, although nobody may come by until then. The platform gives an object one alarm:
 * it is set to the earliest of these dates, and only while there is one.
 */
import { log } from '../observe/log.ts';

/** What a date is for. */
export type Appointment = 'retention' | 'leftovers' | 'chat-ends' | 'calls' | 'keys' | 'hang-ups';

/** Does what a date was for, and tells when to do it again; null: not again. */
export type Task = (now: number) => number | null | Promise<number | null>;

/** As much of an object's storage as an agenda needs. */
export type AgendaStorage = Pick<DurableObjectStorage, 'kv' | 'put' | 'delete' | 'setAlarm' | 'deleteAlarm'>;

type Dates = Readonly<Partial<Record<Appointment, number>>>;

const KEY = 'agenda';

/** What failed is tried again after so long. */
const RETRY_MS = 10 * 60_000;

/** Nothing here holds back what the object sends: a date that is lost with a crash was not promised to anybody. */
const UNCONFIRMED = { allowUnconfirmed: true } as const;

/** One per object, and as long-lived. Dates are Unix milliseconds. */
export class Agenda {
  readonly #storage: AgendaStorage;

  constructor(storage: AgendaStorage) {
    this.#storage = storage;
  }

  /** The date of an appointment; null when there is none. */
  dateOf(appointment: Appointment): number | null {
    return this.#dates()[appointment] ?? null;
  }

  /** Sets or moves a date; null takes it back. A date that is set already costs nothing. */
  set(appointment: Appointment, date: number | null): void {
    if (date === this.dateOf(appointment)) return;
    const { [appointment]: _before, ...others } = this.#dates();
    this.#keep(date === null ? others : { ...others, [appointment]: date });
  }

  /** Sets a date unless there is an earlier one. */
  setBy(appointment: Appointment, date: number): void {
    const before = this.dateOf(appointment);
    if (before === null || before > date) this.set(appointment, date);
  }

  /** Does what is due, to be called by the alarm. One that fails keeps no other from being done. */
  async run(now: number, tasks: Readonly<Partial<Record<Appointment, Task>>>): Promise<void> {
    const dates = this.#dates();
    for (const appointment of APPOINTMENTS) {
      if ((dates[appointment] ?? Infinity) > now) continue;
      this.set(appointment, await attempt(tasks[appointment], now));
    }
    // An alarm that rang is over, also when nothing was due yet.
    this.#arm(this.#dates());
  }

  #dates(): Dates {
    return this.#storage.kv.get<Dates>(KEY) ?? {};
  }

  #keep(dates: Dates): void {
    const isEmpty = Object.keys(dates).length === 0;
    void (isEmpty ? this.#storage.delete(KEY, UNCONFIRMED) : this.#storage.put(KEY, dates, UNCONFIRMED));
    this.#arm(dates);
  }

  #arm(dates: Dates): void {
    const earliest = Math.min(...Object.values(dates));
    void (earliest === Infinity
      ? this.#storage.deleteAlarm(UNCONFIRMED)
      : this.#storage.setAlarm(earliest, UNCONFIRMED));
  }
}

const APPOINTMENTS = [
  'keys',
  'hang-ups',
  'calls',
  'chat-ends',
  'leftovers',
  'retention',
] as const satisfies readonly Appointment[];

async function attempt(task: Task | undefined, now: number): Promise<number | null> {
  try {
    return (await task?.(now)) ?? null;
  } catch (error) {
    log('object.failed', { error_name: error instanceof Error ? error.name : 'unknown' });
    return now + RETRY_MS;
  }
}
