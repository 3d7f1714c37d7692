/**
 * A chat: owns exactly one socket, `browser`, which sleeps and wakes with its object, and does what `chat-state.ts`
 * decides. What concerns the conversation is done by its host. It has one end.
 */
import type { LimitOverrides } from '../identity/user.ts';
import type { ChatMessage, ChatResume, ChatServerEvent, ChatToolResult } from '../protocol/chat-events.ts';
import { closeCodes } from '../protocol/close-codes.ts';
import type { LiveSession } from './admission.ts';
import type { Renewal } from './call-plan.ts';
import { attach, type ChatAttachment } from './chat-attachment.ts';
import { chatEnding, chatWarning, type ChatEnding } from './chat-endings.ts';
import type { ChatComplaint } from './chat-frame.ts';
import {
  audible,
  end,
  fromBrowser,
  mindBudget,
  refuse,
  type ChatAction,
  type ChatState,
  type ChatStep,
} from './chat-state.ts';
import { closeQuietly } from './close-quietly.ts';
import { answerTo } from './endings.ts';
import type { Meter } from './meter.ts';
import { active, announceEnds, dueEnding, nextLookAt, renewed, type SessionClock } from './session-clock.ts';
import { SessionRecord } from './session-record.ts';
import type { Person } from './user-report.ts';

/** Who shelters a chat, as the chat knows them. */
export interface ChatHost {
  /** What the platform binds: where measurements go. */
  readonly env: object;
  /** The user, as the log may name them. */
  readonly user: string;
  readonly authenticate: (token: string) => Promise<Renewal>;
  readonly ask: (chat: Chat, message: ChatMessage) => void;
  readonly resume: (chat: Chat, resume: ChatResume) => void;
  readonly cancel: (chat: Chat) => void;
  readonly give: (chat: Chat, result: ChatToolResult) => void;
  /** Something about its ends has changed: whoever watches them has to look anew. */
  readonly onClock: () => void;
  /** Called once, when the chat has ended. */
  readonly onEnd: (chat: Chat) => void;
}

/** What a chat is told at its birth. `count` null: it begins; else it slept. */
export interface ChatPlan {
  readonly sessionId: string;
  readonly person: Person;
  readonly startedAt: number;
  readonly overrides: LimitOverrides;
  readonly clock: SessionClock;
  readonly state: ChatState;
  readonly meter: Meter;
  readonly count: ChatAttachment['count'] | null;
  readonly runsTools: boolean;
}

/** One text conversation in progress, on one socket. */
export class Chat {
  readonly sessionId: string;
  readonly person: Person;
  /** What it may use, and has used. */
  readonly meter: Meter;
  readonly #browser: WebSocket;
  readonly #plan: ChatPlan;
  readonly #host: ChatHost;
  readonly #record: SessionRecord;
  #clock: SessionClock;
  #state: ChatState;
  #overrides: LimitOverrides;
  #hasEnded = false;

  /** Takes over an accepted socket, or one that slept. */
  constructor(browser: WebSocket, plan: ChatPlan, host: ChatHost) {
    this.sessionId = plan.sessionId;
    this.person = plan.person;
    this.meter = plan.meter;
    this.#browser = browser;
    this.#plan = plan;
    this.#host = host;
    this.#clock = plan.clock;
    this.#state = plan.state;
    this.#overrides = plan.overrides;
    const { sessionId, startedAt, meter, count } = plan;
    const names = { session: sessionId, user: host.user, mode: 'text' } as const;
    this.#record = new SessionRecord({ names, startedAt, meter, env: host.env, count });
    this.#save();
  }

  /** The conversation this socket is in; null before its first. */
  conversationId(): string | null {
    return this.#state.conversationId;
  }

  /** Whether its client carries out the tools of a page. */
  runsTools(): boolean {
    return this.#plan.runsTools;
  }

  /** A frame came. */
  hear(frame: string | ArrayBuffer): void {
    if (this.#hasEnded) return;
    this.#record.heard(frame);
    this.#apply(fromBrowser(this.meter, this.#state, { frame, now: Date.now() }));
    this.#save();
  }

  /** Tells the client something, if it knows the word. */
  tell(event: ChatServerEvent): void {
    const { state, told } = audible(this.#state, event);
    this.#state = state;
    for (const one of told) this.#send(one);
  }

  /** Refuses what the client sent: it is told, and one that keeps on is closed. */
  refuse(complaint: ChatComplaint): void {
    this.#apply(refuse(this.#state, complaint, Date.now()));
  }

  /** The socket is in this conversation from now on. */
  join(conversationId: string): void {
    this.#state = { ...this.#state, conversationId };
  }

  /** Somebody is there, or is being answered. */
  noteActivity(): void {
    this.#clock = active(this.#clock, Date.now());
  }

  /** Attaches what has changed. */
  keep(): void {
    this.#save();
  }

  /** Ends the chat for a reason that comes from outside it. */
  finish(ending: ChatEnding): void {
    if (!this.#hasEnded) this.#apply(end(this.#state, ending));
  }

  /** Looks at what is left of the day: somebody may have paid for something. */
  mindBudget(): void {
    if (this.#hasEnded) return;
    const now = Date.now();
    this.#apply(mindBudget(this.#state, this.meter.budget(now), now));
    this.#save();
  }

  /** Time went by: ends what is due, and announces what is near. */
  look(now: number): void {
    if (this.#hasEnded) return;
    const ending = dueEnding(this.#clock, now);
    if (ending) return this.finish(chatEnding(ending));
    const { clock, warnings } = announceEnds(this.#clock, { now, lastedMs: this.#record.lastedMs(now) });
    this.#clock = clock;
    for (const warning of warnings) {
      if (warning.code === 'session_ending') this.tell(chatWarning(warning));
    }
    this.mindBudget();
  }

  /** When it has to be looked at next, in Unix milliseconds. */
  nextLookAt(): number {
    return nextLookAt(this.#clock, this.#plan.startedAt);
  }

  /** This chat as an admin sees it. */
  describe(): LiveSession {
    return this.#record.describe(this.#clock.activeAt);
  }

  /** The client is gone, or going. */
  lost(code: number): void {
    // The platform leaves a hibernating socket half closed until it is answered.
    closeQuietly(this.#browser, { code: answerTo(code), reason: '' });
    const as = code === closeCodes.over.code ? 'over' : 'goingAway';
    this.finish({ as, complaint: null, reason: '' });
  }

  #apply({ state, actions }: ChatStep): void {
    this.#state = state;
    for (const action of actions) this.#act(action);
  }

  #act(action: ChatAction): void {
    if (this.#hasEnded) return;
    switch (action.do) {
      case 'tell':
        return this.tell(action.event);
      case 'count-request':
        return this.meter.countRequest(Date.now());
      case 'note-activity':
        return this.noteActivity();
      case 'authenticate':
        return void this.#authenticate(action.token);
      case 'ask':
        return this.#host.ask(this, action.message);
      case 'resume':
        return this.#host.resume(this, action.resume);
      case 'cancel':
        return this.#host.cancel(this);
      case 'give':
        return this.#host.give(this, action.result);
      case 'end':
        return this.#end(action.ending);
    }
  }

  async #authenticate(token: string): Promise<void> {
    const renewal = await this.#host.authenticate(token);
    if (this.#hasEnded) return;
    if (renewal.outcome === 'refused') {
      this.refuse({ code: 'invalid_credential', message: renewal.message });
    } else {
      this.meter.setLimits(renewal.limits);
      this.#overrides = renewal.overrides;
      this.#clock = renewed(this.#clock, renewal.credentialAt);
      this.#host.onClock();
      this.mindBudget();
    }
    this.#save();
  }

  #send(event: ChatServerEvent): void {
    const frame = JSON.stringify(event);
    this.#record.told(frame);
    // A socket that broke is not open any more, and its end is on its way to us.
    if (this.#browser.readyState === WebSocket.OPEN) this.#browser.send(frame);
  }

  #save(): void {
    if (this.#hasEnded) return;
    const { sessionId, startedAt, meter, runsTools } = this.#plan;
    const { longestAt, credentialAt, activeAt, announced } = this.#clock;
    attach(this.#browser, {
      version: 1,
      sessionId,
      startedAt,
      overrides: this.#overrides,
      clock: { longestAt, credentialAt, activeAt, announced },
      state: this.#state,
      use: meter.use(),
      count: this.#record.count(),
      runsTools,
    });
  }

  #end({ as, reason }: ChatEnding): void {
    this.#hasEnded = true;
    closeQuietly(this.#browser, { code: closeCodes[as].code, reason });
    this.#record.close(as);
    this.#host.onEnd(this);
  }
}
