/** What calls and chats of a user have in common: whose they are, what they share, and who is told. */
import type { Account } from './account.ts';
import type { Renewal } from './call-plan.ts';
import type { Configuration, Limits } from './configuration.ts';
import type { Dialling, Reached } from './dialer.ts';
import type { User } from '../identity/user.ts';
import type { Meter, SessionUse } from './meter.ts';
import type { Person } from './user-report.ts';

/** Who these sessions belong to. */
export interface Owner {
  /** The object's name: an HMAC of issuer and subject. */
  readonly name: string;
  /** As a log may name it. */
  readonly logName: string;
  /** What the platform binds: where measurements go. */
  readonly env: object;
}

/** What is told when something changed that somebody outside may want to know. */
export interface Listener {
  /** A session opened or ended, or something was paid for. */
  readonly onChange: (person: Person) => void;
  /** A second of an open session went by; Unix milliseconds. */
  readonly onTick: (now: number) => void;
}

/** The roof over calls and chats. */
export interface House {
  readonly owner: Owner;
  readonly account: Account;
  /** Enters a session into the books: a new one, which counts as a request, or one that goes on. */
  readonly open: (guest: Guest, before?: SessionBefore) => Opened;
  /** A hand on the account, in a session's name. `use`: what it used before the object slept. */
  readonly meter: (sessionId: string, limits: Limits, use?: SessionUse) => Meter;
  /** Finds a way to Azure. */
  readonly dial: (configuration: Configuration, dialling: Dialling) => Promise<Reached>;
  /** Whose token this is. */
  readonly authenticate: (token: string, configuration: Configuration) => Promise<Renewal>;
  /** A second went by in which something was under way. */
  readonly onTick: (now: number) => void;
  /** A session opened, or there is other news of them. */
  readonly onChange: (person: Person) => void;
  /** A session has paid for something: everybody looks at what is left. */
  readonly onPaid: (sessionId: string, person: Person) => void;
  /** A session has ended. */
  readonly onEnd: (sessionId: string, person: Person) => void;
}

/** A session whose object was lost. */
export interface SessionBefore {
  readonly sessionId: string;
  readonly use: SessionUse;
}

/** A session that begins now, and what it may use. */
export interface Opened {
  readonly sessionId: string;
  readonly limits: Limits;
  readonly meter: Meter;
}

/** Somebody who wants something, under which configuration, and when. */
export interface Guest {
  readonly user: User;
  readonly configuration: Configuration;
  readonly now: number;
}
