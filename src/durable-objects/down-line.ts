import { eventType } from '../azure/wire.ts';
import { durationMs } from '../protocol/audio-format.ts';
import { Acknowledged } from './acknowledged.ts';
import { FLOW_EVERY_MS, Outflow } from './outflow.ts';
import type { DownFrame } from './ring.ts';

/** What is dropped is told at most so often. */
const TELL_EVERY_MS = 1_000;

/** Whose line it is. */
export interface DownLineHost {
  /** The socket of the moment; null: there is none. */
  readonly socket: () => WebSocket | null;
  /** Sends a frame, or keeps it. */
  readonly send: (frame: DownFrame) => void;
  /** So many milliseconds of sound were left out. */
  readonly onDropped: (ms: number) => void;
  /** Nothing gets through any more. */
  readonly onHopeless: () => void;
}

/** The way down to a browser: what it does not take waits here, and is looked at until it does. */
export class DownLine {
  readonly #host: DownLineHost;
  readonly #outflow: Outflow;
  #acknowledged = new Acknowledged();
  #watch: ReturnType<typeof setInterval> | null = null;
  #droppedBytes = 0;
  #toldAt = 0;

  constructor(host: DownLineHost) {
    this.#host = host;
    this.#outflow = new Outflow({
      pendingBytes: () => bufferedBytes(host.socket()) ?? this.#acknowledged.behind(),
      send: (frame) => this.#send(frame),
    });
  }

  /** How many frames wait. */
  size(): number {
    return this.#outflow.size();
  }

  /** Sends a frame, or has it wait. Bytes may be written over afterwards. */
  push(frame: DownFrame, now: number): void {
    this.#outflow.push(frame, isSound(frame), now);
    if (this.#outflow.isHolding()) this.#watch ??= setInterval(() => this.#look(), FLOW_EVERY_MS);
  }

  /** The browser says that it got so many frames of `sent`. */
  acknowledge(frames: number, sent: number): void {
    this.#acknowledged.received(frames, sent);
  }

  /** Everything that waits goes now: the socket is about to be closed, or has gone. */
  flush(): void {
    for (const frame of this.#outflow.takeAll()) this.#send(frame);
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
  }

  /** Another socket takes the place of the last, of which nothing is known yet. */
  startOver(): void {
    this.flush();
    this.#acknowledged = new Acknowledged();
  }

  #send(frame: DownFrame): void {
    this.#acknowledged.sent(frame.length);
    this.#host.send(frame);
  }

  #look(): void {
    const now = Date.now();
    const { droppedBytes, isHopeless } = this.#outflow.look(now);
    this.#droppedBytes += droppedBytes;
    if (isHopeless) return this.#host.onHopeless();
    const isHolding = this.#outflow.isHolding();
    if (!isHolding) this.flush();
    if (this.#droppedBytes === 0 || (isHolding && now - this.#toldAt < TELL_EVERY_MS)) return;
    const ms = Math.round(durationMs(this.#droppedBytes));
    this.#droppedBytes = 0;
    this.#toldAt = now;
    this.#host.onDropped(ms);
  }
}

/** Bytes that wait in a socket; null where the platform does not say, as before 2026-10. */
function bufferedBytes(socket: WebSocket | null): number | null {
  const bytes: unknown = socket !== null && 'bufferedAmount' in socket ? socket.bufferedAmount : null;
  return typeof bytes === 'number' ? bytes : null;
}

function isSound(frame: DownFrame): boolean {
  return typeof frame !== 'string' || eventType(frame) === 'response.output_audio.delta';
}
