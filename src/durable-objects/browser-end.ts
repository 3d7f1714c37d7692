import { closeCodes } from '../protocol/close-codes.ts';
import type { GatewayEvent, GatewayResumed, GatewayWarning } from '../protocol/gateway-events.ts';
import type { Lane } from '../protocol/subprotocols.ts';
import { turnAway } from './browser-socket.ts';
import { neverReturned, type FramesCounted, type Returned } from './checkpoint.ts';
import { ABNORMAL, closeQuietly, type Close } from './close-quietly.ts';
import { DownLine } from './down-line.ts';
import { afterTakeOver, answerTo } from './endings.ts';
import type { Resume } from './opening.ts';
import type { PreviewWire } from './preview-wire.ts';
import { Grace } from './grace.ts';
import { ResumeKeys } from './resume-keys.ts';
import { Ring, type DownFrame, type Missed } from './ring.ts';
import type { SessionRecord } from './session-record.ts';

/** Who is told what comes from the browser. */
export interface BrowserListener {
  /** `number`: the how manieth of its frames this is, from 1. */
  readonly onFrame: (frame: string | ArrayBuffer, number: number) => void;
  /** The socket of the moment is gone; `code` as the browser closed it. */
  readonly onLost: (code: number) => void;
  /** Nobody is there, and nobody came back in time. */
  readonly onGone: () => void;
  /** Other tokens than before bring the browser back. */
  readonly onKeys: () => void;
}

/** A browser that asks from time to time whether we are there is lost when it has been silent for so long. */
const SILENT_MS = 45_000;

/** So often it has to have asked: who tries once what a ping does need not go on. */
const ASKS_FROM_TIME_TO_TIME = 3;

/** How a browser is talked to, and who keeps count. */
export interface BrowserManner {
  readonly lane: Lane;
  /** Null: in the words of GA. */
  readonly preview: PreviewWire | null;
  /** Null: it begins. */
  readonly from: Counted | null;
  readonly record: Pick<SessionRecord, 'missed' | 'told'>;
}

/** Where counting begins: at nothing, or where another object had come to. */
export interface Counted {
  /** Frames that came from the browser, and frames that it got. */
  readonly heard: number;
  readonly sent: number;
  /** Hashes of tokens that are good. */
  readonly keys: readonly string[];
  /** Frames that come again although they were heard, by their numbers. */
  readonly known: readonly number[];
}

const FROM_NOTHING: Counted = { heard: 0, sent: 0, keys: [], known: [] };

/** So many frames of text are told apart from sound, the newest: who sends more between two words of Azure's may repeat one. */
const MOST_TEXTS = 1_000;

/**
 * The browser's end of a call: the socket of the moment and, where the gateway is known, what it takes to go on with another.
 * Frames are numbered by counting, each way; what went down is kept for a while.
 */
export class BrowserEnd {
  readonly #listener: BrowserListener;
  /** Without it nobody is there: elsewhere the sound goes on. */
  readonly #isVital: boolean;
  readonly #record: BrowserManner['record'];
  readonly #preview: PreviewWire | null;
  #keys: ResumeKeys;
  /** Null: nobody comes back. */
  #ring: Ring | null;
  /** Null: a browser that speaks to Azure by itself, and has no socket here yet. */
  #browser: WebSocket | null;
  #isThere: boolean;
  #heard: number;
  #texts: readonly number[];
  #returned: Returned = neverReturned;
  #known: ReadonlySet<number>;
  #closed: Close | null = null;
  readonly #line = new DownLine({
    socket: () => this.#browser,
    send: (frame) => this.#send(frame),
    onDropped: (ms) => this.#tellDropped(ms),
    onHopeless: () => this.#letGo(),
  });
  readonly #grace = new Grace();
  /** How often the browser of the moment asked, and when something of it came last, in Unix milliseconds. */
  #asks = 0;
  #heardAt = 0;

  /** Takes over an accepted socket, or none. */
  constructor(
    browser: WebSocket | null,
    { lane, preview, from, record }: BrowserManner,
    listener: BrowserListener,
  ) {
    this.#listener = listener;
    this.#isVital = lane !== 'webrtc';
    this.#preview = preview;
    this.#record = record;
    const { keys, sent, heard, known } = from ?? FROM_NOTHING;
    this.#known = new Set(known);
    this.#texts = known;
    this.#keys = new ResumeKeys(keys, listener.onKeys);
    this.#ring = lane === 'binary' ? new Ring(sent) : null;
    this.#heard = heard;
    this.#browser = browser;
    this.#isThere = browser !== null;
    if (browser) this.#listen(browser);
  }

  /** Takes a socket beside the sound, in the place of any before: counting begins with it. */
  attach(browser: WebSocket): void {
    this.#line.startOver();
    this.#dismiss();
    this.#ring = new Ring();
    this.#keys = new ResumeKeys([], this.#listener.onKeys);
    this.#known = new Set();
    this.#heard = 0;
    this.#take(browser);
  }

  /** True when a browser that is lost can come back. */
  isPatient(): boolean {
    return this.#ring !== null;
  }

  /** Whether nobody is there, and somebody is waited for. */
  isAway(): boolean {
    return this.#isVital && this.#grace.isOn();
  }

  /** How long it is still waited for, in milliseconds; 0 when it is not. */
  graceLeftMs(now: number): number {
    return this.#grace.leftMs(now);
  }

  /** A token to come back with; empty for a browser that does not. */
  issueToken(): string {
    return this.#ring === null ? '' : this.#keys.issue();
  }

  /** Hashes of the tokens that are good. */
  keys(): readonly string[] {
    return this.#keys.hashes();
  }

  /** What went over all its sockets; what waits counts as sent. */
  counted(): FramesCounted {
    const sent = (this.#ring?.sent() ?? 0) + this.#line.size();
    return { heard: this.#heard, texts: this.#texts, sent, returned: this.#returned };
  }

  /** Tells a browser that came back after the object was lost how much of what it said is known. */
  welcomeBack(): void {
    this.tell(JSON.stringify(this.#resumed('restored', 0)));
  }

  /** Resolves when every token that was given can be recognised. */
  async ready(): Promise<void> {
    return this.#keys.ready();
  }

  /** Sends, or keeps for a browser that comes back. Bytes may be written over afterwards. */
  tell(frame: DownFrame): void {
    if (typeof frame !== 'string' || this.#preview === null) return this.#push(frame);
    for (const told of this.#preview.tells(frame)) this.#push(told);
  }

  /** Answers the browser's question whether we are there. `received`: the frames it got, if it said so. */
  answer(received: number | null, upstreamMs: number | null): void {
    this.#asks += 1;
    this.#heardAt = Date.now();
    if (received !== null) this.#line.acknowledge(received, this.#ring?.sent() ?? 0);
    this.tell(JSON.stringify({ type: 'gateway.pong', upstream_ms: upstreamMs } satisfies GatewayEvent));
  }

  /** Time went by: a browser that used to ask and says nothing any more is lost, though its socket seems to be there. */
  look(now: number): void {
    const isSilent = this.#asks >= ASKS_FROM_TIME_TO_TIME && now - this.#heardAt >= SILENT_MS;
    if (isSilent) this.#letGo();
  }

  /** Goes on with another socket, in one turn: nothing comes between what was missed and what is said now. False: not with this one. */
  resume(browser: WebSocket, { hash, received }: Resume): boolean {
    if (this.#ring === null || !this.#keys.fits(hash)) return false;
    const frames = this.#ring.resume(received, (missed) => this.#announce(missed), Date.now());
    if (frames === null) return false;
    this.#keys.use(hash);
    this.#returned = { count: this.#returned.count + 1, received, sent: this.#ring.sent() };
    this.#listener.onKeys();
    this.#line.startOver();
    this.#dismiss();
    this.#take(browser);
    for (const frame of frames) browser.send(frame);
    if (this.#closed) closeQuietly(browser, this.#closed);
    return true;
  }

  /** Says goodbye, now or to a browser that comes back. */
  close(close: Close): void {
    this.#closed = close;
    this.#grace.stop();
    this.#line.flush();
    if (this.#isThere && this.#browser) closeQuietly(this.#browser, close);
  }

  /** Another socket takes the place of this one. */
  #dismiss(): void {
    if (this.#isThere && this.#browser?.readyState === WebSocket.OPEN) turnAway(this.#browser, afterTakeOver);
  }

  #take(browser: WebSocket): void {
    this.#browser = browser;
    this.#isThere = true;
    this.#asks = 0;
    this.#grace.end();
    this.#listen(browser);
  }

  #listen(browser: WebSocket): void {
    browser.addEventListener('message', ({ data }) => {
      // What a socket says that was replaced is said again on the other.
      if (browser !== this.#browser) return;
      this.#heard += 1;
      this.#heardAt = Date.now();
      if (this.#known.has(this.#heard)) return;
      if (typeof data === 'string' && this.#ring !== null)
        this.#texts = [...this.#texts, this.#heard].slice(-MOST_TEXTS);
      this.#preview?.hears(data);
      this.#listener.onFrame(data, this.#heard);
    });
    browser.addEventListener('close', ({ code }) => this.#lose(browser, code));
    // A frame that breaks the protocol (over 32 MiB, say) ends the socket with an error and no close.
    browser.addEventListener('error', () => this.#lose(browser, ABNORMAL));
  }

  #lose(browser: WebSocket, code: number): void {
    // Half-open: the browser's close is complete only when we answer it, also after we have ended.
    closeQuietly(browser, { code: answerTo(code), reason: '' });
    if (browser !== this.#browser || !this.#isThere) return;
    this.#line.flush();
    this.#isThere = false;
    this.#asks = 0;
    this.#listener.onLost(code);
    if (this.#closed === null) this.#grace.begin(() => this.#listener.onGone());
  }

  #push(frame: DownFrame): void {
    const now = Date.now();
    this.#record.told(frame);
    if (this.#isThere) this.#line.push(frame, now);
    else this.#ring?.keep(frame, now);
  }

  #send(frame: DownFrame): void {
    this.#ring?.keep(frame, Date.now());
    // After our own close() the runtime throws, and a late frame is no bug.
    if (this.#browser?.readyState === WebSocket.OPEN) this.#browser.send(frame);
  }

  #tellDropped(ms: number): void {
    this.#record.missed(ms);
    if (this.#ring === null) return;
    const message = `Your connection does not keep up: ${inSeconds(ms)} s of sound were left out.`;
    const dropped: GatewayWarning = { type: 'gateway.warning', code: 'slow_reader', message, missed_ms: ms };
    this.tell(JSON.stringify(dropped));
  }

  /** Gives a socket up that is of no use; its browser may come back on another. */
  #letGo(): void {
    if (this.#browser === null) return;
    closeQuietly(this.#browser, closeCodes.goingAway);
    this.#lose(this.#browser, closeCodes.goingAway.code);
  }

  #announce({ frames, lostMs }: Missed): readonly string[] {
    const isComplete = lostMs === 0;
    if (isComplete) return [JSON.stringify(this.#resumed('complete', frames))];
    const message = `${inSeconds(lostMs)} s of sound that came while you were away could not be kept.`;
    const missed: GatewayWarning = {
      type: 'gateway.warning',
      code: 'sound_missed',
      message,
      missed_ms: Math.round(lostMs),
    };
    return [this.#resumed('restored', frames + 1), missed].map((event) => JSON.stringify(event));
  }

  #resumed(continuity: GatewayResumed['continuity'], replayed: number): GatewayResumed {
    const resume_token = this.#keys.issue();
    return { type: 'gateway.resumed', continuity, resume_token, received: this.#heard, replayed };
  }
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
