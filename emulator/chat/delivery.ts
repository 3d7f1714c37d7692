/** One answer on its way to whoever asked: its pace, its misbehaviour and its faults. It ends exactly once. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { Victim } from '../fault-desk.ts';
import type { SocketFault } from '../faults.ts';
import { Timers } from '../timers.ts';
import type { ChatBehaviour } from './chat-deployments.ts';
import type { Frame } from './frames.ts';

/** Between two pieces of an answer, at pace 1. */
const PIECE_MS = 20;

/** A burst is so many pieces in one write, and so long a silence after it, at pace 1. */
const BURST_PIECES = 20;
const BURST_GAP_MS = 2_000;

/** How much of an answer is out before its deployment misbehaves. */
const PIECES_BEFORE_TROUBLE = 3;

/** An event that is no JSON. */
const MALFORMED_EVENT = 'data: {"choices":[{"delta":{"content":\n\n';

/** What a delivery needs. */
export interface DeliveryOptions {
  readonly behaviour: ChatBehaviour;
  readonly headers: Readonly<Record<string, string>>;
  /** 1 is the pace of a model, 0 at once. */
  readonly pace: number;
  /** Until the first byte, in ms, whatever the pace. */
  readonly thinkMs: number;
  readonly onEnd: () => void;
}

/** Streams or writes one answer. */
export class Delivery implements Victim {
  readonly #response: ServerResponse;
  readonly #options: DeliveryOptions;
  readonly #timers = new Timers();
  /** Resolves when a stall is over; null when there is none. */
  #stall: { readonly over: Promise<void>; readonly end: () => void } | null = null;
  #isMalformed = false;

  constructor(response: ServerResponse, options: DeliveryOptions) {
    this.#response = response;
    this.#options = options;
    response.once('close', () => {
      this.#timers.clear();
      options.onEnd();
    });
    response.on('error', () => undefined);
  }

  /** Sends an answer as server-sent events. */
  async stream(frames: Iterable<Frame>): Promise<void> {
    await this.#think();
    if (this.#options.behaviour.name === 'drop at once') return this.#cut();
    this.#response.writeHead(200, {
      ...this.#options.headers,
      'content-type': 'text/event-stream; charset=utf-8',
    });
    let pieces = 0;
    let burst = '';
    for (const frame of frames) {
      if (frame.kind === 'piece') pieces += 1;
      const isInTrouble = pieces > PIECES_BEFORE_TROUBLE || (frame.kind === 'tail' && pieces > 0);
      if (isInTrouble && this.#misbehaves()) return;
      burst += toEvent(frame.data);
      if (this.#isGathering(frame, pieces)) continue;
      await this.#write(burst);
      burst = '';
      if (frame.kind === 'piece') await this.#timers.sleep(this.#pauseMs());
    }
    await this.#write(`${burst}data: [DONE]\n\n`);
    this.#response.end();
  }

  /** Sends an answer as one body of JSON, after all its pieces would have been out. */
  async write(body: unknown, pieces: number): Promise<void> {
    await this.#think();
    const { behaviour, headers, pace } = this.#options;
    if (behaviour.name === 'drop at once') return this.#cut();
    await this.#timers.sleep(pieces * PIECE_MS * pace);
    await this.#stall?.over;
    if (behaviour.name === 'stall' || this.#response.writableEnded) return;
    const isBroken = this.#isMalformed || behaviour.name === 'malformed';
    const whole = JSON.stringify(body);
    const text = isBroken ? whole.slice(0, whole.length / 2) : whole;
    const length = Buffer.byteLength(text);
    this.#response.writeHead(200, {
      ...headers,
      'content-type': 'application/json',
      'content-length': length,
    });
    if (behaviour.name !== 'cut') return void this.#response.end(text);
    this.#response.write(text.slice(0, text.length / 2), () => this.#cut());
  }

  suffer(fault: SocketFault): void {
    switch (fault.kind) {
      case 'drop':
        return this.#cut();
      case 'close':
        return this.#response.headersSent ? void this.#response.end() : this.#cut();
      case 'error':
        return this.#fail(fault.code);
      case 'malformed':
        this.#isMalformed = true;
        if (this.#isStreaming()) this.#response.write(MALFORMED_EVENT);
        return;
      case 'stall':
        this.#stall ??= createStall();
        return;
      case 'expire':
        // A chat request has no session that could expire.
        return;
    }
  }

  recover(): void {
    this.#stall?.end();
    this.#stall = null;
  }

  #think(): Promise<void> {
    return this.#timers.sleep(this.#options.thinkMs);
  }

  #pauseMs(): number {
    const { behaviour, pace } = this.#options;
    return (behaviour.name === 'burst' ? BURST_GAP_MS : PIECE_MS) * pace;
  }

  /** Whether a frame waits for the rest of its burst. */
  #isGathering(frame: Frame, pieces: number): boolean {
    if (this.#options.behaviour.name !== 'burst') return false;
    return frame.kind === 'tail' || (frame.kind === 'piece' && pieces % BURST_PIECES !== 0);
  }

  /** Does what the deployment does in the middle of an answer; true when that was the end of it. */
  #misbehaves(): boolean {
    const { name } = this.#options.behaviour;
    if (name === 'malformed' && !this.#isMalformed) {
      this.#isMalformed = true;
      this.#response.write(MALFORMED_EVENT);
    }
    if (name === 'cut') this.#cut();
    return name === 'cut' || name === 'stall';
  }

  /** Writes, in two halves if need be, and waits for a reader that is slow. */
  async #write(text: string): Promise<void> {
    await this.#stall?.over;
    const bytes = Buffer.from(text);
    const middle = this.#options.behaviour.name === 'split' ? Math.floor(bytes.length / 2) : 0;
    if (middle > 0) {
      this.#response.write(bytes.subarray(0, middle));
      await this.#timers.sleep(1);
    }
    if (!this.#isStreaming() || this.#response.write(bytes.subarray(middle))) return;
    await once(this.#response, 'drain');
  }

  /** An error in the middle of a stream is an event, and the last one; before it, a status. */
  #fail(code: string): void {
    const error = {
      message: 'The server had an error while processing your request.',
      type: 'server_error',
      param: null,
      code,
    };
    if (this.#isStreaming()) return void this.#response.end(toEvent({ error }));
    if (this.#response.headersSent) return this.#cut();
    this.#response.writeHead(500, { ...this.#options.headers, 'content-type': 'application/json' });
    this.#response.end(JSON.stringify({ error }));
  }

  #isStreaming(): boolean {
    return this.#response.headersSent && !this.#response.writableEnded;
  }

  #cut(): void {
    this.#response.destroy();
  }
}

function toEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function createStall() {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  return { over, end };
}
