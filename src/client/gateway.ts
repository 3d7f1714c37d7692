/**
 * The way to the gateway, for as long as a call lasts: over one socket after the other. It counts what comes, keeps what goes,
 * and comes back when a socket is lost; what it tells is told once and in order, as if there had been one.
 */
import { closeCodes } from '../protocol/close-codes.ts';
import type { ClientEvent } from './client-events.ts';
import { Clog } from './clog.ts';
import { DownCount } from './down-count.ts';
import { parseFields } from './fields.ts';
import type { GatewayListener, Left, Means, Pass } from './gateway-listener.ts';
import { beginningAt, socketFor, type Place } from './gateway-place.ts';
import type { GatewaySocket } from './gateway-socket.ts';
import type { Link } from './link.ts';
import { readLinkWord, type LinkWord } from './link-words.ts';
import { Outbox, type Lost } from './outbox.ts';
import { Pulse } from './pulse.ts';
import { comeBack, STEADY_MS, type Return, type Way } from './reconnect.ts';
import { isRemembered, readServerEvent } from './server-events.ts';

/** How long the first frame may take: of a call, and of a return. */
const OPENING_MS = 15_000;
const RETURN_MS = 6000;

/** The close code of a socket that nobody closed. */
const LOST = 1006;

/** Belongs to one call: opens it when it is made, or goes on with it. */
export class Gateway implements Link {
  readonly #listener: GatewayListener;
  readonly #means: Means;
  readonly #pulse: Pulse;
  readonly #outbox = new Outbox();
  /** The call by WebRTC that this is beside of: there is none to open anew. Empty: it is the call's own way. */
  readonly #beside: string;
  #pass: Pass;
  #way: Way | 'open';
  #socket: GatewaySocket | null = null;
  /** Frames go up. */
  #isUp = false;
  #isOver = false;
  readonly #count = new DownCount();
  #lastError = '';
  /** The page was loaded again meanwhile: who took its token away did not do so by accident. */
  #isLoadedAgain: boolean;
  #hasStood: boolean;
  #attempts = 0;
  /** Null: it is not lost. */
  #lostAt: number | null = null;
  #backAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWaiting: 'no' | 'yes' | 'firmly' = 'no';
  readonly #clog = new Clog(() => this.#listener.onDropped());
  /** Where another call would go on: a conversation in which nothing was said is gone with its call. */
  #room: string;

  /** Opens a call in a conversation (null begins one), or goes on with one that another page or another way left. */
  constructor(place: Place, listener: GatewayListener, means: Means) {
    this.#listener = listener;
    this.#means = means;
    this.#pulse = new Pulse({ ask: () => this.#ask(), lose: () => this.#fall(null, '') });
    const { way, pass, lostAt, outbox, beside, ended } = beginningAt(place, Date.now());
    this.#beside = beside;
    this.#way = way;
    this.#pass = pass;
    this.#room = pass.conversationId;
    this.#lostAt = lostAt;
    this.#hasStood = lostAt !== null;
    this.#isLoadedAgain = outbox !== null;
    this.#count.restart(pass.received);
    if (outbox !== null) this.#outbox.restore(outbox);
    if (ended === null) this.#dial();
    else this.#fall(ended.code, ended.reason);
  }

  /** What it takes to go on with this call in another page; null when nobody can. */
  handOn(): Left | null {
    const isKnown = this.#hasStood && this.#pass.token !== '' && !this.#isOver && this.#way !== 'anew';
    const pass = { ...this.#pass, received: this.#count.forAnotherPage() };
    return isKnown ? { at: Date.now(), pass, outbox: this.#outbox.save() } : null;
  }

  /** Nothing is under way of what has come so far: another page need not hear it again. */
  settle(): void {
    this.#count.settle();
  }

  /** Sends, or keeps it until there is a way. */
  send(event: ClientEvent): void {
    if (!this.#isKept()) return;
    this.#outbox.put(JSON.stringify(event));
    this.#flush();
  }

  /** Sends one frame of sound, or keeps it. Copied at once: the buffer may be used again. */
  sendSound(pcm: ArrayBuffer): void {
    const waiting = this.#isUp ? (this.#socket?.waiting() ?? 0) : 0;
    if (!this.#isKept() || this.#clog.isOn(waiting)) return;
    this.#outbox.put(pcm.slice(0));
    this.#flush();
  }

  /** Sound goes as frames. */
  speakBy(): void {}

  /** What is played is the page's. */
  hush(): void {}

  /** The network or the machine may have been away: looks at once whether it is there. */
  hurry(): void {
    if (this.#isOver) return;
    if (this.#isUp) this.#pulse.look();
    else if (this.#isWaiting === 'yes') this.#return();
  }

  /** Says goodbye; nothing is told any more. */
  close(): void {
    this.#end('over');
  }

  /** Before a call was open for the first time nothing is kept. */
  #isKept(): boolean {
    return !this.#isOver && (this.#isUp || this.#lostAt !== null);
  }

  #flush(): void {
    if (!this.#isUp) return;
    for (let frame = this.#outbox.take(); frame !== null; frame = this.#outbox.take())
      this.#socket?.send(frame);
  }

  #ask(): void {
    if (!this.#isUp || this.#outbox.isAsking()) return;
    const received = this.#count.tell();
    this.#outbox.putPing(JSON.stringify({ type: 'gateway.ping', received } satisfies ClientEvent));
    this.#flush();
  }

  #dial(): void {
    const received = this.#way === 'resume' ? this.#count.value() : null;
    const { address, protocols } = socketFor(
      { ...this.#pass, conversationId: this.#room },
      received,
      this.#beside,
    );
    this.#count.restart(received ?? 0);
    this.#lastError = '';
    this.#socket = this.#means.dial(address, protocols, {
      onOpen: () => {
        if (this.#way === 'open') this.#rise();
      },
      onFrame: (frame) => this.#onFrame(frame),
      onClose: (code, reason) => this.#fall(code, reason),
    });
    this.#timer = setTimeout(
      () => {
        if (this.#way === 'open') this.#listener.onSilence();
        else this.#fall(null, '');
      },
      this.#way === 'open' ? OPENING_MS : RETURN_MS,
    );
  }

  #onFrame(frame: string | ArrayBuffer): void {
    this.#count.add(frame);
    this.#pulse.heard();
    if (this.#count.isToBeTold()) this.#ask();
    if (this.#way === 'open') clearTimeout(this.#timer);
    if (typeof frame !== 'string') return this.#listener.onSound(frame);
    const fields = parseFields(frame);
    const word = readLinkWord(fields);
    if (word !== null) this.#follow(word);
    const event = readServerEvent(fields);
    if (event === null || this.#isOver) return;
    if (isRemembered(event)) this.#room = this.#pass.conversationId;
    this.#listener.onEvent(event);
  }

  #follow(word: LinkWord): void {
    switch (word.type) {
      case 'gateway.session': {
        const { type: _type, ...pass } = word;
        this.#pass = { ...pass, received: 0 };
        // Azure tells its beginning elsewhere.
        this.#hasStood ||= this.#beside !== '';
        return;
      }
      case 'gateway.resumed':
        this.#pass = { ...this.#pass, token: word.token };
        if (!this.#isUp) this.#goOn('resume', this.#outbox.resume(word.received, word.continuity));
        return;
      case 'session.created':
        this.#hasStood = true;
        if (this.#way === 'anew' && !this.#isUp) this.#goOn('anew', this.#outbox.beginAnew());
        return;
      case 'gateway.pong':
        this.#outbox.pong();
        return;
      case 'gateway.drain':
        this.#drain(word.afterMs);
        return;
      case 'error':
        this.#lastError = word.code;
    }
  }

  #rise(): void {
    this.#isUp = true;
    this.#pulse.start();
  }

  #goOn(way: Way, lost: Lost): void {
    clearTimeout(this.#timer);
    this.#lostAt = null;
    this.#backAt = Date.now();
    this.#way = 'resume';
    this.#isLoadedAgain = false;
    this.#rise();
    this.#flush();
    this.#clog.burst(this.#socket?.waiting() ?? 0);
    this.#listener.onBack(way, lost);
  }

  /** The socket has closed, or (null) was silent for too long. */
  #fall(code: number | null, reason: string): void {
    if (this.#isOver) return;
    const isReturning = this.#lostAt !== null;
    this.#letGo();
    this.#countLoss();
    const next = comeBack({
      code,
      reason,
      lastError: this.#lastError,
      isTokenKnown: this.#hasStood && (this.#pass.token !== '' || this.#way === 'anew'),
      isOver: this.#way === 'anew',
      isReturning,
      isLoadedAgain: this.#isLoadedAgain,
      attempts: this.#attempts,
      lostForMs: Date.now() - (this.#lostAt ?? Date.now()),
      isOnline: this.#means.isOnline(),
      random: this.#means.random(),
    });
    if (next.name !== 'never' && (this.#beside === '' || next.way === 'resume')) {
      this.#listener.onAway(code ?? LOST, reason);
      return this.#plan(next);
    }
    this.#end('for-now');
    this.#listener.onClose(code ?? LOST, reason);
  }

  #letGo(): void {
    clearTimeout(this.#timer);
    this.#isWaiting = 'no';
    this.#isUp = false;
    this.#pulse.stop();
    this.#socket?.leave('for-now');
    this.#socket = null;
  }

  /** A call that breaks as soon as it is back was not back; but each return has the whole time to be followed by another. */
  #countLoss(): void {
    const isFirst = this.#lostAt === null;
    const isSteady = isFirst && Date.now() - this.#backAt >= STEADY_MS;
    this.#attempts = isSteady ? 0 : this.#attempts + 1;
    // It may have been lost long before that is noticed: the machine slept.
    if (isFirst) this.#lostAt = this.#pulse.heardAt();
  }

  #plan(next: Exclude<Return, { name: 'never' }>): void {
    this.#way = next.way;
    if (next.name === 'now') return this.#return();
    this.#isWaiting = next.isFirm ? 'firmly' : 'yes';
    this.#timer = setTimeout(() => this.#return(), next.waitMs);
  }

  /** The gateway goes, and another one comes: there is nothing to try before. */
  #drain(afterMs: number): void {
    this.#letGo();
    this.#countLoss();
    this.#listener.onAway(closeCodes.goingAway.code, '', true);
    this.#plan({ name: 'later', way: 'resume', waitMs: afterMs, isFirm: true });
  }

  #return(): void {
    clearTimeout(this.#timer);
    this.#isWaiting = 'no';
    this.#dial();
    if (this.#attempts > 0) void this.#askDoor();
  }

  /** A door that does not open may have something to say, which a socket cannot; or have us in again. */
  async #askDoor(): Promise<void> {
    const answer = await this.#means.signIn();
    if (this.#isOver || this.#isUp || answer.name === 'in' || !answer.isFinal) return;
    this.#end('for-now');
    this.#listener.onRefused(answer);
  }

  #end(how: 'over' | 'for-now'): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#pulse.stop();
    this.#socket?.leave(how);
    this.#socket = null;
  }
}
