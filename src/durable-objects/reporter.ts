import { log } from '../observe/log.ts';
import type { Account } from './account.ts';
import type { LiveSession } from './admission.ts';
import { dayOf, toSeconds, toUsd } from './budget.ts';
import type { Directory } from './directory.ts';
import type { Person, UserReport } from './user-report.ts';

/** How often an open session is reported although nothing happens in it. */
const HEARTBEAT_MS = 60_000;

/** Tells the directory how things stand with one user. One report at a time: what happens meanwhile is in the next. */
export class Reporter {
  readonly #shard: () => DurableObjectStub<Directory>;
  readonly #objectName: string;
  readonly #account: Account;
  readonly #live: () => readonly LiveSession[];
  #underWay: Promise<void> | null = null;
  #isDue = false;
  #person: Person | null = null;
  #lastAt = 0;

  /** `live`: the sessions that are open now. */
  constructor(
    shard: () => DurableObjectStub<Directory>,
    {
      objectName,
      account,
      live,
    }: { objectName: string; account: Account; live: () => readonly LiveSession[] },
  ) {
    this.#shard = shard;
    this.#objectName = objectName;
    this.#account = account;
    this.#live = live;
  }

  /** Something changed. Never rejects, and nothing waits for it: the directory is told again within a minute. */
  async report(person: Person): Promise<void> {
    this.#person = person;
    this.#isDue = true;
    if (this.#underWay !== null) return;
    this.#underWay = this.#sendWhileDue(person);
    await this.#underWay;
    this.#underWay = null;
  }

  /** Has the directory forget this user, after all that it was told before. Throws when it cannot be reached. */
  async forget(): Promise<void> {
    this.#isDue = false;
    this.#person = null;
    await this.#underWay;
    await this.#shard().forget(this.#objectName);
  }

  /** Time goes by with sessions open. */
  async beat(now: number): Promise<void> {
    if (this.#person !== null && now - this.#lastAt >= HEARTBEAT_MS) await this.report(this.#person);
  }

  async #sendWhileDue(person: Person): Promise<void> {
    while (this.#isDue) {
      this.#isDue = false;
      await this.#send(person);
    }
  }

  async #send({ subject, isGuest }: Person): Promise<void> {
    const now = Date.now();
    this.#lastAt = now;
    const { tokens, nanoUsd, voiceMs } = this.#account.today(now);
    const report: UserReport = {
      object: this.#objectName,
      subject,
      isGuest,
      revision: this.#account.nextRevision(now),
      live: this.#live(),
      sessionsOpened: this.#account.sessionsOpened(),
      today: { day: dayOf(now), tokens, usd: toUsd(nanoUsd), voiceSeconds: toSeconds(voiceMs) },
    };
    try {
      await this.#shard().report(report);
    } catch (error) {
      log('directory.missed', { error_name: error instanceof Error ? error.name : 'unknown' });
    }
  }
}
