import { KEY_SECONDS } from '../azure/rtc.ts';
import type { LiveSession } from './admission.ts';
import type { Agenda } from './agenda.ts';
import type { Guest, House } from './house.ts';
import type { Ending } from './relay-state.ts';
import { SessionRecord } from './session-record.ts';

/** A key that is out, as far as the limits know it. */
interface Seat {
  readonly record: SessionRecord;
  readonly guest: Guest;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The object has an event so long after a key ran out: what it cannot do then, its next instance does. */
const SLACK_MS = 1_000;

/**
 * The keys that browsers went away with. Of the calls that they open nobody tells us: each key is a session of its
 * user's for as long as it opens any. As long-lived as the user's object.
 */
export class KeySeats {
  readonly #house: House;
  readonly #agenda: Agenda;
  readonly #seats = new Map<string, Seat>();

  constructor(house: House, agenda: Agenda) {
    this.#house = house;
    this.#agenda = agenda;
  }

  /** How many are out. */
  size(): number {
    return this.#seats.size;
  }

  /** Takes a seat, before Azure is asked for the key. Returns its name. */
  take(guest: Guest): string {
    const { user, now } = guest;
    const { owner, open, onChange } = this.#house;
    const { sessionId, meter } = open(guest);
    const names = { session: sessionId, user: owner.logName, mode: 'voice', lane: 'key' } as const;
    const record = new SessionRecord({ names, startedAt: now, meter, env: owner.env, count: null });
    const lifeMs = KEY_SECONDS * 1000;
    const timer = setTimeout(() => this.end(sessionId, afterItsTime), lifeMs);
    this.#seats.set(sessionId, { record, guest, timer });
    this.#agenda.setBy('keys', now + lifeMs + SLACK_MS);
    onChange(user);
    return sessionId;
  }

  /** Gives a seat free; the key, if there is one, opens calls until it runs out. False when there is none of this name. */
  end(sessionId: string, { as }: Ending): boolean {
    const seat = this.#seats.get(sessionId);
    if (!seat) return false;
    clearTimeout(seat.timer);
    this.#seats.delete(sessionId);
    seat.record.close(as);
    this.#house.onEnd(sessionId, seat.guest.user);
    return true;
  }

  /** Gives all of them free. */
  endAll(ending: Ending): void {
    for (const sessionId of this.#seats.keys()) this.end(sessionId, ending);
  }

  /** Those that are out now. */
  live(): readonly LiveSession[] {
    return [...this.#seats.values()].map(({ record, guest }) => record.describe(guest.now));
  }
}

const afterItsTime: Ending = { as: 'over', complaint: null };
