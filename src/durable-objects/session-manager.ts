import { DurableObject } from 'cloudflare:workers';
import type { User } from '../identity/user.ts';
import { Account } from './account.ts';
import { Agenda } from './agenda.ts';
import type { Admission, AzureProbe, LiveSession, TicketRecord } from './admission.ts';
import { Checkpoints } from './checkpoints.ts';
import { ABNORMAL } from './close-quietly.ts';
import { limitsFor, readConfiguration, readRetention, type Configuration } from './configuration.ts';
import type { Directory } from './directory.ts';
import { directoryShard } from './directory-shard.ts';
import { hasBudget } from './budget.ts';
import { afterHangUp } from './endings.ts';
import { enter } from './enter.ts';
import { streamEverything } from './everything.ts';
import { forgetEverything } from './forgetting.ts';
import { readOpening } from './opening.ts';
import { Reporter } from './reporter.ts';
import type { KeyAnswer, RtcAnswer } from './rtc-answers.ts';
import { makeRtcKey, startRtcCall, type Desk, type KeyWish, type Offered } from './rtc-desk.ts';
import type { ConversationSummary } from '../protocol/conversations.ts';
import type { Listed } from './store/conversations.ts';
import type { Place } from './store/memory-rows.ts';
import { keepForEver, type Retention } from './store/retention.ts';
import type { Found } from './store/search.ts';
import { SqlMemory, type MessagePage, type Part } from './store/sql-memory.ts';
import type { UsageReport } from './usage-report.ts';
import { UserSessions } from './user-sessions.ts';

/** A chat's ping, and its answer: the platform gives it without waking the object. */
const PING = '{"type":"ping"}';
const PONG = '{"type":"pong"}';

/** What the platform binds for objects. */
interface ObjectEnv {
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
}

/**
 * One per user: shelters that user's sessions. The platform's events come in here and are forwarded; who may do what is
 * in `user-sessions.ts`, what a call does in `call.ts`, what it decides in `relay.ts`.
 */
export class SessionManager extends DurableObject<ObjectEnv> {
  readonly #name = this.ctx.id.name ?? '';
  readonly #account = new Account(this.ctx.storage, Date.now());
  readonly #agenda = new Agenda(this.ctx.storage);
  readonly #memory = new SqlMemory(this.ctx.storage, {
    retention: this.#retention(),
    agenda: this.#agenda,
  });
  readonly #reporter = new Reporter(() => directoryShard(this.env.DIRECTORY, this.#name), {
    objectName: this.#name,
    account: this.#account,
    live: () => this.liveSessions(),
  });
  readonly #sessions: UserSessions = new UserSessions(
    { name: this.#name, logName: this.ctx.id.toString().slice(0, 12), env: this.env },
    {
      account: this.#account,
      memory: this.#memory,
      agenda: this.#agenda,
      checkpoints: new Checkpoints(this.ctx.storage),
      storage: this.ctx.storage,
      sockets: this.ctx,
      configuration: () => {
        const read = readConfiguration(this.env);
        return read.ok ? read.value : null;
      },
    },
    {
      onChange: (person) => this.ctx.waitUntil(this.#reporter.report(person)),
      onTick: (now) => this.ctx.waitUntil(this.#reporter.beat(now)),
    },
  );

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
    this.#sessions.wake();
  }

  /** Opens a session, or goes on with one. 503 when not configured. */
  override fetch(request: Request): Response | Promise<Response> {
    const configuration = readConfiguration(this.env);
    if (!configuration.ok) return new Response(null, { status: 503 });
    return enter(this.#sessions, readOpening(request), {
      configuration: configuration.value,
      now: Date.now(),
      waitUntil: (work) => this.ctx.waitUntil(work),
    });
  }

  /** A frame of a chat, which may have woken the object. */
  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    this.#sessions.chats().hear(socket, frame);
  }

  /** A chat's socket is closed, by either side; the platform leaves it to us to answer. */
  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sessions.chats().lost(socket, code);
  }

  /** A chat's socket broke. */
  override webSocketError(socket: WebSocket): void {
    this.#sessions.chats().lost(socket, ABNORMAL);
  }

  /** Counts an API call of this user as a request, and lets it in or not. */
  admit(user: User): Admission {
    return this.#sessions.admit(user, this.#configuration(), Date.now());
  }

  /** Keeps a ticket that the door made for this user, to be used once. */
  keepTicket(user: User, ticket: TicketRecord): Admission {
    const configuration = this.#configuration();
    return this.#sessions.keepTicket(user, ticket, { configuration, now: Date.now() });
  }

  /** What this user used and has left. The door has admitted the question. */
  usage(user: User): UsageReport {
    return this.#sessions.usage(user, this.#configuration(), Date.now());
  }

  /** Takes back this credential, every session cookie and every ticket of this user, and ends their sessions. */
  signOut(user: User): void {
    this.#sessions.signOut(user, Date.now());
  }

  /** The conversations of this user, the latest first. */
  conversations(part: Part<Place>): Listed<ConversationSummary> {
    return this.#memory.list(part);
  }

  /** A page of a conversation, the newest unless told; null when this user has none of this id. */
  conversation(id: string, part: Part<Place>): MessagePage | null {
    return this.#memory.open(id, part);
  }

  /** What this user and the assistant said that has every word of the question. */
  searchConversations(question: string, part: Part<number>): Found {
    return this.#memory.search(question, part);
  }

  /** Gives a conversation a title; null when this user has none of this id. */
  renameConversation(id: string, title: string): ConversationSummary | null {
    const renamed = this.#memory.rename(id, title);
    this.#sessions.chats().changed(id);
    return renamed;
  }

  /** Forgets a conversation; false when this user has none of this id. */
  deleteConversation(id: string): boolean {
    const isGone = this.#memory.delete(id);
    this.#sessions.chats().changed(id);
    return isGone;
  }

  /** Everything that is held of this user, as JSON. */
  everything(user: User): ReadableStream<Uint8Array> {
    const now = Date.now();
    return streamEverything({
      user,
      usage: this.#sessions.usage(user, this.#configuration(), now),
      sessionsOpened: this.#account.sessionsOpened(),
      conversations: this.#memory.export(),
      now,
    });
  }

  /** Ends this user's sessions and forgets everything that is held of them. */
  forget(user: User): Promise<void> {
    const limits = limitsFor(this.#configuration().limits, user.limits);
    return forgetEverything(
      {
        sessions: this.#sessions,
        account: this.#account,
        memory: this.#memory,
        agenda: this.#agenda,
        reporter: this.#reporter,
      },
      { keepsToday: hasBudget(limits), now: Date.now() },
    );
  }

  /** Does what is due. An object that has nothing left is emptied, and costs nothing any more. */
  override async alarm(): Promise<void> {
    await this.#agenda.run(Date.now(), {
      // Its event is all that is wanted: an instance that wakes up ends what the last one left open.
      keys: () => null,
      calls: (now) => this.#sessions.calls().look(now),
      'hang-ups': (now) => this.#sessions.hangUps().look(now),
      'chat-ends': (now) => this.#sessions.chats().look(now),
      leftovers: (now) => this.#account.dropLeftovers(now),
      retention: (now) => this.#memory.sweep(now),
    });
    const isEmpty = this.#memory.isBlank() && [...this.ctx.storage.kv.list({ limit: 1 })].length === 0;
    if (isEmpty) await this.ctx.storage.deleteAll();
  }

  /** The sessions of this user that are open now. */
  liveSessions(): readonly LiveSession[] {
    return this.#sessions.live();
  }

  /** Tells this user's calls that the gateway goes, and to come back within so many milliseconds. */
  drain(withinMs: number): void {
    this.#sessions.calls().drain(withinMs);
  }

  /** Ends one session, because an admin wants it to end; false when there is none of this id. */
  endSession(sessionId: string): boolean {
    return this.#sessions.end(sessionId);
  }

  /** Has Azure answer a browser's offer with a call of this user's, which is looked on at from its first moment. */
  async startRtcCall(user: User, offered: Offered): Promise<RtcAnswer> {
    const started = startRtcCall(this.#desk(), user, offered);
    // Whoever asked may be gone; the call that was begun has to be looked on at, or ended.
    this.ctx.waitUntil(started);
    return started;
  }

  /** Has Azure make a key with which a browser of this user's talks to it by itself. */
  async makeRtcKey(user: User, wish: KeyWish): Promise<KeyAnswer> {
    return makeRtcKey(this.#desk(), user, wish);
  }

  /** Ends one session, because its user wants it to end; false when they have none of this id. */
  hangUpCall(sessionId: string): boolean {
    return this.#sessions.end(sessionId, afterHangUp);
  }

  /** Dials Azure as a call would, hangs up, and tells how it went. */
  async probeAzure(): Promise<AzureProbe> {
    return this.#sessions.probeAzure(this.#configuration());
  }

  #desk(): Desk {
    return { sessions: this.#sessions, configuration: this.#configuration(), now: Date.now() };
  }

  #retention(): Retention {
    const read = readRetention(this.env);
    // Not configured: nobody gets in, and nothing goes.
    return read.ok ? read.value : keepForEver;
  }

  /** The door lets nobody in without one. */
  #configuration(): Configuration {
    const read = readConfiguration(this.env);
    if (!read.ok) throw new Error(`Not configured: ${read.problems.join('; ')}`);
    return read.value;
  }
}
