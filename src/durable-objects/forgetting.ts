import type { Account } from './account.ts';
import type { Agenda } from './agenda.ts';
import { afterSignOut } from './endings.ts';
import type { Reporter } from './reporter.ts';
import type { SqlMemory } from './store/sql-memory.ts';
import type { UserSessions } from './user-sessions.ts';

/** Everything that knows something of a user. */
export interface Knowing {
  readonly sessions: UserSessions;
  readonly account: Account;
  readonly memory: SqlMemory;
  readonly agenda: Agenda;
  readonly reporter: Reporter;
}

/**
 * Forgets a user: ends their sessions, empties the object, and has the directory forget them. What a refusal still needs
 * is written back, without a word of what was said: credentials taken back that have not run out, and, where a budget
 * applies, what today cost. Asked twice, it does the same. Throws when the directory cannot be reached.
 */
export async function forgetEverything(
  { sessions, account, memory, agenda, reporter }: Knowing,
  { keepsToday, now }: { readonly keepsToday: boolean; readonly now: number },
): Promise<void> {
  sessions.endAll(afterSignOut);
  const leftovers = account.leftovers(now, keepsToday);
  // In one turn, so that one transaction does both.
  const emptied = memory.forgetAll();
  account.startOver(leftovers, now);
  agenda.set('leftovers', account.dropLeftovers(now));
  sessions.hangUps().startOver();
  await emptied;
  await reporter.forget();
}
