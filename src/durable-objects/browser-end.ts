import type { GatewayEvent } from '../protocol/gateway-events.ts';
import type { Lane } from '../protocol/subprotocols.ts';
import { turnAway } from './browser-socket.ts';
import { ABNORMAL, closeQuietly, type Close } from './close-quietly.ts';
import { afterTakeOver, answerTo } from './endings.ts';
import type { Resume } from './opening.ts';
import { ResumeKeys } from './resume-keys.ts';
import { Ring, type DownFrame, type Missed } from './ring.ts';

/** Who is told what comes from the browser. */
export interface BrowserListener {
  readonly onFrame: (frame: string | ArrayBuffer) => void;
  /** The socket of the moment is gone; `code` as the browser closed it. */
  readonly onLost: (code: number) => void;
}

/**
 * The browser's end of a call: the socket of the moment and, on the binary lane, what it takes to go on with another.
 * Frames are numbered by counting, each way; what went down is kept for a while.
 */
export class BrowserEnd {
  readonly #listener: BrowserListener;
  readonly #keys = new ResumeKeys();
  /** Null: nobody comes back. */
  readonly #ring: Ring | null;
  #browser: WebSocket;
  #isThere = true;
  #heard = 0;
  #closed: Close | null = null;

  /** Takes over an accepted socket. */
  constructor(browser: WebSocket, lane: Lane, listener: BrowserListener) {
    this.#listener = listener;
    this.#ring = lane === 'binary' ? new Ring() : null;
    this.#browser = browser;
    this.#listen(browser);
  }

  /** True when a browser that is lost can come back. */
  isPatient(): boolean {
    return this.#ring !== null;
  }

  /** A token to come back with. */
  issueToken(): string {
    return this.#keys.issue();
  }

  /** Resolves when every token that was given can be recognised. */
  async ready(): Promise<void> {
    return this.#keys.ready();
  }

  /** Sends, or keeps for a browser that comes back. Bytes may be written over afterwards. */
  tell(frame: DownFrame): void {
    this.#ring?.keep(frame, Date.now());
    // After our own close() the runtime throws, and a late frame is no bug.
    if (this.#isThere && this.#browser.readyState === WebSocket.OPEN) this.#browser.send(frame);
  }

  /** Goes on with another socket, in one turn: nothing comes between what was missed and what is said now. False: not with this one. */
  resume(browser: WebSocket, { hash, received }: Resume): boolean {
    if (this.#ring === null || !this.#keys.fits(hash)) return false;
    const frames = this.#ring.resume(received, (missed) => this.#announce(missed), Date.now());
    if (frames === null) return false;
    this.#keys.use(hash);
    if (this.#isThere && this.#browser.readyState === WebSocket.OPEN) turnAway(this.#browser, afterTakeOver);
    this.#browser = browser;
    this.#isThere = true;
    this.#listen(browser);
    for (const frame of frames) browser.send(frame);
    if (this.#closed) closeQuietly(browser, this.#closed);
    return true;
  }

  /** Says goodbye, now or to a browser that comes back. */
  close(close: Close): void {
    this.#closed = close;
    if (this.#isThere) closeQuietly(this.#browser, close);
  }

  #listen(browser: WebSocket): void {
    browser.addEventListener('message', ({ data }) => {
      // What a socket says that was replaced is said again on the other.
      if (browser !== this.#browser) return;
      this.#heard += 1;
      this.#listener.onFrame(data);
    });
    browser.addEventListener('close', ({ code }) => this.#lose(browser, code));
    // A frame that breaks the protocol (over 32 MiB, say) ends the socket with an error and no close.
    browser.addEventListener('error', () => this.#lose(browser, ABNORMAL));
  }

  #lose(browser: WebSocket, code: number): void {
    // Half-open: the browser's close is complete only when we answer it, also after we have ended.
    closeQuietly(browser, { code: answerTo(code), reason: '' });
    if (browser !== this.#browser || !this.#isThere) return;
    this.#isThere = false;
    this.#listener.onLost(code);
  }

  #announce({ frames, lostMs }: Missed): readonly string[] {
    const isComplete = lostMs === 0;
    const resumed: GatewayEvent = {
      type: 'gateway.resumed',
      continuity: isComplete ? 'complete' : 'restored',
      resume_token: this.#keys.issue(),
      received: this.#heard,
      replayed: isComplete ? frames : frames + 1,
    };
    if (isComplete) return [JSON.stringify(resumed)];
    const warning: GatewayEvent = {
      type: 'gateway.warning',
      code: 'sound_missed',
      message: `${(lostMs / 1000).toFixed(1)} s of sound that came while you were away could not be kept.`,
      missed_ms: Math.round(lostMs),
    };
    return [resumed, warning].map((event) => JSON.stringify(event));
  }
}
