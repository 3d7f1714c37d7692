/**
 * The chats of one user. Their sockets sleep with the object and wake it: whatever is to be known then is attached to
 * them, and what has to happen in between is on the agenda.
 */
import { closeCodes } from '../protocol/close-codes.ts';
import type { LiveSession } from './admission.ts';
import type { Agenda } from './agenda.ts';
import { answerersFor, type Answerers } from './chat-agent.ts';
import { attachedTo } from './chat-attachment.ts';
import { ChatDesk, conversationEvent } from './chat-desk.ts';
import { chatEnding } from './chat-endings.ts';
import { acceptChat, turnChatAway, type ChatSockets } from './chat-socket.ts';
import { freshChat } from './chat-state.ts';
import { Chat, type ChatHost, type ChatPlan } from './chat.ts';
import { closeQuietly } from './close-quietly.ts';
import { limitsFor, type Configuration } from './configuration.ts';
import { Dialer } from './dialer.ts';
import { answerTo } from './endings.ts';
import type { Guest, House } from './house.ts';
import type { ChatOpening } from './opening.ts';
import type { Ending } from './relay-state.ts';
import { startClock } from './session-clock.ts';
import type { Memory } from './store/memory.ts';
import { Talks } from './talks.ts';
import type { Toolbox } from './toolbox.ts';
import { WATCH_EVERY_MS } from './watchdog.ts';

/** The directory forgets a user of whom it hears nothing for three minutes. */
const BEAT_MS = 2 * 60_000;

/** How often an object with an answer under way gives a sign of life: without any event it may be gone after 70 s. */
const ANSWERING_BEAT_MS = 30_000;

/** What chats are made of, beside the house. */
export interface ChatParts {
  readonly memory: Memory;
  readonly agenda: Agenda;
  readonly sockets: ChatSockets;
  readonly toolbox: Toolbox;
  /** Null while the operator has configured nothing. */
  readonly configuration: () => Configuration | null;
}

/** As long-lived as the user's object. */
export class Chats {
  readonly #house: House;
  readonly #parts: ChatParts;
  readonly #chats = new Map<string, Chat>();
  readonly #talks: Talks;
  readonly #desk: ChatDesk;
  /** Of their own: how busy Azure is, it counts by deployment. */
  readonly #dialer = new Dialer();
  #answerers: Answerers | null = null;
  #watch: ReturnType<typeof setInterval> | null = null;

  constructor(house: House, parts: ChatParts) {
    this.#house = house;
    this.#parts = parts;
    const readers = (id: string): readonly Chat[] =>
      [...this.#chats.values()].filter((chat) => chat.conversationId() === id);
    this.#talks = new Talks(parts.memory, () => this.#answerersNow(), {
      readers,
      onPaid: ({ sessionId, person }) => house.onPaid(sessionId, person),
      onBusy: () => this.#mindWatch(),
    });
    this.#desk = new ChatDesk(parts.memory, this.#talks, readers);
  }

  /** How many are open. */
  size(): number {
    return this.#chats.size;
  }

  /** Wakes the chats whose sockets slept with the object. */
  wake(): void {
    const configuration = this.#parts.configuration();
    const people = new Map(this.#house.account.openSessions().map((one) => [one.sessionId, one]));
    for (const socket of this.#parts.sockets.getWebSockets()) {
      const attached = attachedTo(socket);
      const person = attached && people.get(attached.sessionId);
      if (socket.readyState !== WebSocket.OPEN) continue;
      if (!attached || !person || !configuration) {
        closeQuietly(socket, closeCodes.goingAway);
        continue;
      }
      const { overrides, clock, use } = attached;
      const limits = limitsFor(configuration.limits, overrides);
      const idleMs = limits.idleMinutes * 60_000;
      this.#add(socket, {
        ...attached,
        person,
        clock: { ...clock, idleMs },
        meter: this.#house.meter(attached.sessionId, limits, use),
      });
    }
  }

  /** Lets a chat in, or tells why not. */
  open(opening: ChatOpening, guest: Guest, objection: Ending | null): Response {
    if (objection) return turnChatAway(opening, chatEnding(objection));
    const { user, now } = guest;
    const { sessionId, limits, meter } = this.#house.open(guest);
    const { browser, answer } = acceptChat(opening, this.#parts.sockets, sessionId);
    const runsTools = opening.subprotocol !== null;
    const chat = this.#add(browser, {
      sessionId,
      person: { subject: user.subject, isGuest: user.isGuest },
      startedAt: now,
      overrides: user.limits,
      clock: startClock({ user, limits, startedAt: now }, now),
      state: freshChat(opening.conversationId, runsTools),
      meter,
      count: null,
      runsTools,
    });
    this.#greet(chat, opening.conversationId);
    this.#house.onChange(user);
    this.#plan();
    return answer;
  }

  /** A frame came on one of the sockets. */
  hear(socket: WebSocket, frame: string | ArrayBuffer): void {
    this.#of(socket)?.hear(frame);
  }

  /** One of the sockets is gone, or going. */
  lost(socket: WebSocket, code: number): void {
    const chat = this.#of(socket);
    if (chat) chat.lost(code);
    // Half-open: also one that we closed ourselves is complete only when its answer is answered.
    else closeQuietly(socket, { code: answerTo(code), reason: '' });
  }

  /** Time went by: ends what is due and announces what is near. When to look next; null: nobody is here. */
  look(now: number): number | null {
    const [anyone] = this.#chats.values();
    for (const chat of this.#chats.values()) chat.look(now);
    if (anyone && this.#chats.size > 0) this.#house.onChange(anyone.person);
    return this.#nextLookAt(now);
  }

  /** Somebody has paid for something. */
  mindBudget(): void {
    for (const chat of this.#chats.values()) chat.mindBudget();
  }

  /** Ends all of them, and stops every answer; nothing of these is kept. */
  endAll(ending: Ending): void {
    this.#talks.stopAll();
    for (const chat of this.#chats.values()) chat.finish(chatEnding(ending));
  }

  /** Ends one, and stops what it asked; false when there is none of this id. */
  end(sessionId: string, ending: Ending): boolean {
    const chat = this.#chats.get(sessionId);
    if (chat) this.#talks.stop(sessionId);
    chat?.finish(chatEnding(ending));
    return chat !== undefined;
  }

  /** The chats that are open now. */
  live(): readonly LiveSession[] {
    return [...this.#chats.values()].map((chat) => chat.describe());
  }

  /** A conversation was renamed, or is gone, by another door. */
  changed(conversationId: string): void {
    this.#desk.changed(conversationId);
  }

  #add(browser: WebSocket, plan: ChatPlan): Chat {
    const chat = new Chat(browser, plan, this.#host());
    this.#chats.set(chat.sessionId, chat);
    return chat;
  }

  /** Who comes in a conversation is told of it, and of the answer under way from its beginning. */
  #greet(chat: Chat, conversationId: string | null): void {
    const conversation = conversationId === null ? null : this.#parts.memory.find(conversationId);
    if (conversation === null) return;
    chat.tell(conversationEvent(conversation, chat));
    this.#talks.replay(chat, conversation.id, 0);
  }

  #host(): ChatHost {
    const { owner, authenticate, onEnd } = this.#house;
    const desk = this.#desk;
    return {
      env: owner.env,
      user: owner.logName,
      authenticate: (token) => authenticate(token, this.#configuration()),
      ask: (chat, message) => desk.ask(chat, message),
      resume: (chat, resume) => desk.resume(chat, resume),
      cancel: (chat) => desk.cancel(chat),
      give: (chat, result) => desk.give(chat, result),
      onClock: () => this.#plan(),
      onEnd: (chat) => {
        this.#chats.delete(chat.sessionId);
        const conversationId = chat.conversationId();
        if (conversationId !== null) this.#talks.leave(conversationId, chat.sessionId);
        onEnd(chat.sessionId, chat.person);
      },
    };
  }

  /** While somebody is answered the object is awake, and looks each second. */
  #mindWatch(): void {
    const isBusy = this.#talks.isBusy();
    if (!isBusy && this.#watch !== null) {
      clearInterval(this.#watch);
      this.#watch = null;
    }
    if (isBusy && this.#watch === null) this.#watch = setInterval(() => this.#tick(), WATCH_EVERY_MS);
    this.#plan();
  }

  #tick(): void {
    const now = Date.now();
    for (const chat of this.#chats.values()) chat.look(now);
    this.#house.onTick(now);
  }

  #plan(): void {
    const date = this.#nextLookAt(Date.now());
    if (date !== null) this.#parts.agenda.setBy('chat-ends', date);
  }

  #nextLookAt(now: number): number | null {
    const dates = [...this.#chats.values()].map((chat) => chat.nextLookAt());
    if (this.#talks.isBusy()) dates.push(now + ANSWERING_BEAT_MS);
    return dates.length === 0 ? null : Math.max(now, Math.min(...dates, now + BEAT_MS));
  }

  #of(socket: WebSocket): Chat | null {
    const [sessionId] = this.#parts.sockets.getTags(socket);
    return (sessionId === undefined ? null : this.#chats.get(sessionId)) ?? null;
  }

  #answerersNow(): Answerers {
    this.#answerers ??= answerersFor(this.#configuration(), {
      dialer: this.#dialer,
      toolbox: this.#parts.toolbox,
    });
    return this.#answerers;
  }

  /** Nobody is let in without one. */
  #configuration(): Configuration {
    const configuration = this.#parts.configuration();
    if (configuration === null) throw new Error('Not configured');
    return configuration;
  }
}
