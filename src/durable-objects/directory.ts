import { DurableObject } from 'cloudflare:workers';
import { log } from '../observe/log.ts';
import type { DirectoryStats, ListedSession, ListedUser, SessionKey } from './directory-answers.ts';
import { findOwner, readSessions, readStats, readUsers } from './store/directory-questions.ts';
import { forgetUser, keepReport, nextSweep, sweep } from './store/directory-reports.ts';
import { directoryMigrations } from './store/directory-schema.ts';
import { migrate } from './store/migrations.ts';
import type { UserReport } from './user-report.ts';

/**
 * One shard of the directory: what the objects of its users tell about themselves, for the admin to read. It decides
 * nothing: limits are exact in the users' own objects, and a call never waits for it.
 */
export class Directory extends DurableObject {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env);
    migrate(this.ctx.storage, directoryMigrations);
  }

  /** Takes a report. The same one again, or an older one than the last, changes nothing. */
  async report(report: UserReport): Promise<void> {
    const now = Date.now();
    keepReport(this.ctx.storage, report, now);
    await this.#plan(now);
  }

  /** Forgets a user, by their object's name; what they spent stays in the sums, which name nobody. */
  forget(object: string): void {
    forgetUser(this.ctx.storage, object);
  }

  /** The totals of this shard. */
  stats(): DirectoryStats {
    return readStats(this.ctx.storage.sql, Date.now());
  }

  /** The next sessions open now, at most `limit`, in the order of their users' objects and ids; null: from the first. */
  sessions(after: SessionKey | null, limit: number): readonly ListedSession[] {
    return readSessions(this.ctx.storage.sql, { after, limit }, Date.now());
  }

  /** The next users, at most `limit`, in the order of their objects' names; null: from the first. */
  users(after: string | null, limit: number): readonly ListedUser[] {
    return readUsers(this.ctx.storage.sql, { after, limit }, Date.now());
  }

  /** The name of the object that holds this session; null when nobody told of it. */
  find(sessionId: string): string | null {
    return findOwner(this.ctx.storage.sql, sessionId);
  }

  /** Sweeps out who is gone and what is no longer kept. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    const sessions = sweep(this.ctx.storage, now);
    if (sessions > 0) log('directory.swept', { sessions });
    await this.#plan(now);
  }

  /** An alarm is a row written, so one that is set early enough is left alone. */
  async #plan(now: number): Promise<void> {
    const wanted = nextSweep(this.ctx.storage, now);
    if (wanted === null) return;
    const planned = await this.ctx.storage.getAlarm();
    if (planned === null || planned > wanted) await this.ctx.storage.setAlarm(wanted);
  }
}
