/** A WebSocket that looks on at a call and may speak for it: `?call_id=`. */
import type { RawData, WebSocket } from 'ws';

import type { SocketFault } from '../faults.ts';
import { MALFORMED_FRAME } from '../realtime/misbehaviour.ts';

const CALL_OVER = 1000;

/** What a sideband does to its call. */
export interface SidebandHandlers {
  readonly onText: (text: string) => void;
  readonly onBinary: () => void;
  readonly onEnd: (sideband: Sideband) => void;
}

/** One attached socket. */
export class Sideband {
  readonly #client: WebSocket;
  #isStalled = false;

  constructor(client: WebSocket, handlers: SidebandHandlers) {
    this.#client = client;
    client.on('message', (data, isBinary) => {
      if (isBinary) handlers.onBinary();
      else handlers.onText(toText(data));
    });
    client.on('close', () => handlers.onEnd(this));
    client.on('error', () => undefined);
  }

  /** Passes an event of the call on. */
  tell(text: string): void {
    if (!this.#isStalled && this.#client.readyState === this.#client.OPEN) this.#client.send(text);
  }

  /** The call is over. */
  finish(): void {
    this.#client.close(CALL_OVER);
  }

  /** Lets a fault of sockets happen, now; what is wrong with the session itself comes from the call. */
  suffer(fault: SocketFault): void {
    switch (fault.kind) {
      case 'drop':
        return this.#client.terminate();
      case 'close':
        return this.#client.close(fault.code, 'emulated');
      case 'malformed':
        return this.tell(MALFORMED_FRAME);
      case 'stall':
        this.#isStalled = true;
        return;
      case 'error':
      case 'expire':
    }
  }

  /** Goes on speaking after a stall. */
  recover(): void {
    this.#isStalled = false;
  }
}

function toText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString();
}
