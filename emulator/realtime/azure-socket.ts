/** One WebSocket of the GA wire: carries a session, its misbehaviour and its faults, and ends exactly once. */
import type { RawData, WebSocket } from 'ws';

import type { Behaviour } from '../deployments.ts';
import type { SocketFault } from '../faults.ts';
import { createId } from '../ids.ts';
import { Timers } from '../timers.ts';
import { MALFORMED_FRAME, misbehave, nothingSent } from './misbehaviour.ts';
import type { ServerEvent } from './server-events.ts';
import { RealtimeSession } from './session.ts';
import type { Wire } from './wire.ts';
import type { SessionView } from './session-config.ts';
import type { SessionOptions } from './session-options.ts';

const EXPIRED = 1001;
const GOING_AWAY = 1001;
const MS_PER_MINUTE = 60_000;

/** What a socket needs beside its session's options. */
export interface SocketOptions {
  readonly behaviour: Behaviour;
  readonly session: Omit<SessionOptions, 'emit' | 'readFrame'>;
  readonly wire: Wire;
  /** Until the session expires. */
  readonly lifeMs: number;
  readonly onSession: (view: SessionView) => void;
  readonly onEnd: (socket: AzureSocket) => void;
}

/** An open socket to whoever dialled us. */
export class AzureSocket {
  readonly #client: WebSocket;
  readonly #options: SocketOptions;
  readonly #session: RealtimeSession;
  readonly #timers = new Timers();
  #sent = nothingSent;
  #isStalled = false;
  #isEnded = false;

  constructor(client: WebSocket, options: SocketOptions) {
    this.#client = client;
    this.#options = options;
    this.#session = new RealtimeSession({
      ...options.session,
      readFrame: (text, kind) => options.wire.readFrame(text, kind),
      emit: (event) => this.#emit(event),
    });
    client.on('message', (data, isBinary) => this.#receive(data, isBinary));
    client.on('close', () => this.#end());
    client.on('error', () => undefined);
  }

  /** Greets, and does at once what its deployment does at once. */
  start(): void {
    const { behaviour, lifeMs } = this.#options;
    if (behaviour.name === 'drop at once') return this.#client.terminate();
    this.#timers.after(lifeMs, () => this.#expire());
    this.#session.start();
    if (behaviour.name === 'close at once') {
      this.#session.reportServerError('server_error');
      this.#client.close(behaviour.code, 'server_error.server_error');
    }
  }

  /** Lets a fault happen, now. */
  suffer(fault: SocketFault): void {
    switch (fault.kind) {
      case 'drop':
        return this.#client.terminate();
      case 'close':
        return this.#client.close(fault.code, 'emulated');
      case 'error':
        return this.#session.reportServerError(fault.code);
      case 'expire':
        return this.#expire();
      case 'malformed':
        return this.#write(MALFORMED_FRAME);
      case 'stall':
        this.#isStalled = true;
    }
  }

  /** Goes on speaking after a stall; what was swallowed stays lost. */
  recover(): void {
    this.#isStalled = false;
  }

  /** The emulator stops: says goodbye. */
  goAway(): void {
    this.#client.close(GOING_AWAY, 'The emulator stops.');
  }

  /** Cuts the connection. */
  cut(): void {
    this.#client.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isEnded) return;
    if (isBinary) return this.#session.receiveBinary();
    this.#session.receive(
      Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(toBytes(data)).toString(),
    );
  }

  #expire(): void {
    const minutes = Math.max(1, Math.round(this.#options.lifeMs / MS_PER_MINUTE));
    this.#client.close(EXPIRED, this.#session.reportExpiry(minutes));
  }

  /** The one place that sends events. */
  #emit(event: ServerEvent): void {
    if (event.type === 'session.created' || event.type === 'session.updated')
      this.#options.onSession(event.session);
    const [deed, sent] = misbehave(this.#options.behaviour, event, this.#sent);
    this.#sent = sent;
    const outgoing = this.#options.wire.write(event);
    if (deed === 'swallow' || this.#isStalled) return;
    for (const { type, ...rest } of outgoing) {
      this.#write(JSON.stringify({ type, event_id: createId('event'), ...rest }));
    }
    if (deed === 'send, then malformed') this.#write(MALFORMED_FRAME);
    if (deed === 'send, then drop') this.#client.terminate();
  }

  #write(text: string): void {
    if (this.#client.readyState === this.#client.OPEN) this.#client.send(text);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timers.clear();
    this.#session.end();
    this.#options.onEnd(this);
  }
}

function toBytes(data: Exclude<RawData, Buffer[]>): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
