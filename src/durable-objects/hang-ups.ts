/**
 * The WebRTC calls that Azure has with this user's browsers: each is written down before its browser is answered, and
 * crossed out when Azure has hung up. Whoever finds one here that is not theirs hangs up.
 */
import { hangUp } from '../azure/rtc.ts';
import type { Route } from '../azure/routes.ts';
import { log } from '../observe/log.ts';
import type { Agenda } from './agenda.ts';
import type { Dialer } from './dialer.ts';
import type { RtcPlace } from './line.ts';

/** As much of an object's storage as this needs. */
export type HangUpStorage = Pick<DurableObjectStorage, 'kv' | 'delete'>;

/** What is kept of a call: nothing of who or what. */
interface Noted {
  readonly callId: string;
  readonly endpoint: string;
  /** Which credential was used. */
  readonly way: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** What hanging up needs. */
export interface HangUpParts {
  readonly storage: HangUpStorage;
  readonly agenda: Agenda;
  readonly dialer: Dialer;
  /** Every way to Azure; none while the operator has configured nothing. */
  readonly routes: () => readonly Route[];
}

const PREFIX = 'rtc/';

/** How often an object with such a call has an event: as long as a call may go on without it, when it is lost. */
const LOOK_EVERY_MS = 10_000;

/** A hang-up that fails is tried again until no session of Azure's can be left: they last an hour. */
const LONGEST_CALL_MS = 70 * 60_000;

/** As long-lived as the user's object. */
export class HangUps {
  readonly #parts: HangUpParts;
  /** Calls that somebody here looks after, by their ids. */
  readonly #mine = new Set<string>();
  /** Being hung up now. */
  readonly #ending = new Map<string, Noted>();

  constructor(parts: HangUpParts) {
    this.#parts = parts;
  }

  /** Writes a call down; no answer leaves the object before that is safe. */
  note({ callId, route: { endpoint, name } }: RtcPlace): void {
    const now = Date.now();
    this.#mine.add(callId);
    this.#parts.storage.kv.put<Noted>(PREFIX + callId, { callId, endpoint, way: name, at: now });
    this.#parts.agenda.setBy('hang-ups', now + LOOK_EVERY_MS);
  }

  /** Ends a call that was noted here. */
  end({ callId }: RtcPlace): void {
    this.#mine.delete(callId);
    const noted = this.#parts.storage.kv.get<Noted>(PREFIX + callId);
    if (noted) void this.#hangUp(noted);
  }

  /** Hangs up what is nobody's: the calls of an instance that was lost. When to look again; null: none is left. */
  async look(now: number): Promise<number | null> {
    const others = this.#all().filter(({ callId }) => !this.#mine.has(callId) && !this.#ending.has(callId));
    await Promise.all(others.map((noted) => this.#hangUp(noted)));
    return this.#all().length === 0 ? null : now + LOOK_EVERY_MS;
  }

  /** Whether there may be anything to look at. */
  isBusy(): boolean {
    return this.#parts.agenda.dateOf('hang-ups') !== null;
  }

  /** The storage was emptied: what Azure has not hung up yet is written down anew. */
  startOver(): void {
    const left = [...this.#ending.values()];
    for (const noted of left) this.#parts.storage.kv.put<Noted>(PREFIX + noted.callId, noted);
    if (left.length > 0) this.#parts.agenda.setBy('hang-ups', Date.now() + LOOK_EVERY_MS);
  }

  async #hangUp(noted: Noted): Promise<void> {
    this.#ending.set(noted.callId, noted);
    const isOver = (await this.#ask(noted)) || Date.now() - noted.at > LONGEST_CALL_MS;
    this.#ending.delete(noted.callId);
    if (!isOver) return;
    // Written again and again, it would end what has ended: no frame need wait for it.
    void this.#parts.storage.delete(PREFIX + noted.callId, { allowUnconfirmed: true });
  }

  async #ask({ callId, endpoint, way }: Noted): Promise<boolean> {
    const here = this.#parts.routes().filter((one) => one.endpoint === endpoint);
    // The credential of then first; whichever there is now opens the same resource.
    const routes = here.toSorted((one, other) => Number(other.name === way) - Number(one.name === way));
    const { signal } = new AbortController();
    for (const route of routes) {
      const asked = await this.#parts.dialer.askWay(route, signal, async (_way, headers, until) =>
        hangUp({ endpoint, headers }, callId, until),
      );
      if (asked.outcome === 'connected') return true;
      if (asked.outcome === 'refused')
        log('azure.refused', { route: route.name, status: asked.status, code: asked.code });
      else log('azure.unreachable', { route: route.name, code: asked.reason });
    }
    return false;
  }

  #all(): readonly Noted[] {
    return [...this.#parts.storage.kv.list<Noted>({ prefix: PREFIX })].map(([, noted]) => noted);
  }
}
