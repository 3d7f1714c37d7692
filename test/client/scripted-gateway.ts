/**
 * A gateway that keeps calls as ours does (SPEC, Q), those too whose sound goes by WebRTC, and a network to it that a test cuts.
 * Synchronous, without a clock.
 */
import type { dialGateway, GatewaySocket, SocketListener } from '../../src/client/gateway-socket.ts';
import { closeCodes } from '../../src/protocol/close-codes.ts';
import { errorEvent } from '../../src/protocol/errors.ts';
import { RESUME_SUBPROTOCOL } from '../../src/protocol/subprotocols.ts';

type Frame = string | ArrayBuffer;

/** A socket that the page opened. */
interface Line {
  readonly listener: SocketListener;
  readonly address: string;
  isOpen: boolean;
  isAccepted: boolean;
  /** On its way to the gateway, and to the page. */
  up: Frame[];
  down: Frame[];
}

export class ScriptedGateway {
  /** What arrived of the call under way, over all its sockets. */
  heard: Frame[] = [];
  /** Addresses that were dialled, and how the page left. */
  readonly dialled: string[] = [];
  readonly left: string[] = [];
  /** False: nobody answers, and sockets do not open. */
  isThere = true;
  /** Bytes that the network does not take. */
  clogged = 0;
  #said: Frame[] = [];
  #token = 0;
  #calls = 0;
  #line: Line | null = null;

  readonly dial: typeof dialGateway = (address, protocols, listener): GatewaySocket => {
    this.dialled.push(address);
    const line: Line = { listener, address, isOpen: true, isAccepted: false, up: [], down: [] };
    this.#line = line;
    if (this.isThere) queueMicrotask(() => this.#accept(line, protocols));
    return {
      send: (frame) => void line.up.push(frame),
      waiting: () => this.clogged,
      leave: (how) => {
        line.isOpen = false;
        this.left.push(how);
      },
    };
  };

  /** Says something in the call; it is on its way. */
  say(frame: Frame | Readonly<Record<string, unknown>>): void {
    const said = typeof frame === 'string' || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame);
    this.#said.push(said);
    if (this.#line?.isOpen && this.#line.isAccepted) this.#line.down.push(said);
  }

  /** Lets so many frames through each way. */
  carry(up = Infinity, down = Infinity): void {
    const line = this.#line;
    if (!line?.isOpen || !line.isAccepted) return;
    for (const frame of line.up.splice(0, up)) {
      this.heard.push(frame);
      if (typeof frame === 'string' && frame.startsWith('{"type":"gateway.ping"'))
        this.say({ type: 'gateway.pong', upstream_ms: null });
    }
    for (let left = down; left > 0 && line.isOpen && line.down.length > 0; left -= 1) {
      const frame = line.down.shift();
      if (frame !== undefined) line.listener.onFrame(frame);
    }
  }

  /** The socket ends; what is on its way is gone. */
  cut(code = 1006, reason = ''): void {
    const line = this.#line;
    if (!line?.isOpen) return;
    line.isOpen = false;
    line.listener.onClose(code, reason);
  }

  /** Complains, and closes. */
  end(code: number, error: Parameters<typeof errorEvent>[0]['code'], reason = ''): void {
    this.say(JSON.stringify(errorEvent({ code: error, message: 'So it is.' }, 'event_1')));
    this.carry();
    this.cut(code, reason);
  }

  /** No token is good any more. */
  forget(): void {
    this.#token += 1;
  }

  #accept(line: Line, protocols: readonly string[]): void {
    if (!line.isOpen) return;
    line.isAccepted = true;
    line.listener.onOpen();
    const shown = protocols.find((it) => it.startsWith(RESUME_SUBPROTOCOL));
    if (shown === undefined) return this.#open(line.address.startsWith('/ws/calls/'));
    if (shown !== `${RESUME_SUBPROTOCOL}token-${this.#token}`) return this.#refuse(line);
    const received = Number(new URLSearchParams(line.address.split('?')[1]).get('received'));
    this.#token += 1;
    const resumed = {
      type: 'gateway.resumed',
      continuity: 'complete',
      resume_token: `token-${this.#token}`,
      received: this.heard.length,
      replayed: this.#said.length - received,
    };
    this.#said.splice(received, 0, JSON.stringify(resumed));
    line.down = this.#said.slice(received);
  }

  #open(isBeside: boolean): void {
    this.#calls += 1;
    this.#token += 1;
    this.#said = [];
    this.heard = [];
    this.say({
      type: 'gateway.session',
      session_id: `sess_${this.#calls}`,
      resume_token: `token-${this.#token}`,
      conversation_id: 'conv_1',
    });
    if (!isBeside) this.say({ type: 'session.created', session: {} });
  }

  #refuse(line: Line): void {
    line.down = [JSON.stringify(errorEvent({ code: 'resume_refused', message: 'No.' }, 'event_1'))];
    this.carry();
    this.cut(closeCodes.takenOver.code, 'Nothing to resume');
  }
}
