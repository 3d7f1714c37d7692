import type { Route } from '../azure/routes.ts';
import { eventType } from '../azure/wire.ts';
import { closeCodes } from '../protocol/close-codes.ts';
import { ABNORMAL, closeQuietly } from './close-quietly.ts';

/** How long Azure may take to answer our close. */
const GOODBYE_MS = 5_000;

/** Who hears what a socket of Azure's says, and that it is gone; of one socket that is told once. */
export interface UpstreamListener {
  readonly hear: (frame: string | ArrayBuffer) => void;
  readonly lose: (code: number) => void;
}

/** One socket to Azure. What it says before anybody listens waits: it may be dialled long before it is needed. */
export class Upstream {
  readonly route: Route;
  readonly #socket: WebSocket;
  readonly #hangUp: AbortController;
  readonly #early: (string | ArrayBuffer)[] = [];
  #listener: UpstreamListener | null = null;
  #lostAs: number | null = null;
  #askedAt: number | null = null;
  #roundTripMs: number | null = null;

  /** Takes over an unaccepted socket; `hangUp` cuts it. */
  constructor(socket: WebSocket, route: Route, hangUp: AbortController) {
    this.route = route;
    this.#socket = socket;
    this.#hangUp = hangUp;
    socket.binaryType = 'arraybuffer';
    // The handlers come before accept(): Azure's first event may already be waiting.
    socket.addEventListener('message', ({ data }) => this.#hear(data));
    socket.addEventListener('close', ({ code }) => this.#lose(code));
    socket.addEventListener('error', () => this.#lose(ABNORMAL));
    socket.accept({ allowHalfOpen: true });
  }

  /** Hands everything to this listener from now on, beginning with what came before. */
  listen(listener: UpstreamListener): void {
    this.#listener = listener;
    for (const frame of this.#early.splice(0)) listener.hear(frame);
    if (this.#lostAs !== null) listener.lose(this.#lostAs);
  }

  /** Whether anything sent can still arrive. */
  isOpen(): boolean {
    return this.#lostAs === null && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends, unless the socket is closed already. */
  send(frame: string): void {
    this.#askedAt ??= Date.now();
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  /** How long Azure took to answer the first thing it was asked, in milliseconds: the way there and back; null before that. */
  roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  /** Says goodbye; an Azure that does not answer is cut. At once would be too soon: the close would not be written. */
  leave(): void {
    this.#listener = null;
    closeQuietly(this.#socket, closeCodes.over);
    if (this.#lostAs !== null) return;
    setTimeout(() => {
      if (this.#socket.readyState !== WebSocket.CLOSED) this.#hangUp.abort();
    }, GOODBYE_MS);
  }

  #hear(frame: string | ArrayBuffer): void {
    if (this.#roundTripMs === null && this.#askedAt !== null && isAnswer(frame))
      this.#roundTripMs = Date.now() - this.#askedAt;
    if (this.#listener) this.#listener.hear(frame);
    else if (this.#lostAs === null && this.#early.length < MOST_EARLY) this.#early.push(frame);
  }

  #lose(code: number): void {
    if (this.#lostAs !== null) return;
    this.#lostAs = code;
    this.#listener?.lose(code);
  }
}

/** Frames that wait for a listener: Azure greets, and says nothing more before it is asked. */
const MOST_EARLY = 16;

/** The first thing that is asked is an update of the session; its greeting comes unasked. */
function isAnswer(frame: string | ArrayBuffer): boolean {
  return typeof frame === 'string' && eventType(frame) === 'session.updated';
}
