/** The socket to the gateway. Nothing else in the page sends on it. */
import { VOICE_SUBPROTOCOL } from '../protocol/subprotocols.ts';
import type { ClientEvent } from './client-events.ts';
import { parseServerEvent, type ServerEvent } from './server-events.ts';

/** What comes down. `onSilence`: the first frame is overdue. `onClose` comes once, and nothing after it. */
export interface GatewayListener {
  onEvent(event: ServerEvent): void;
  onSound(pcm: ArrayBuffer): void;
  /** Sound was dropped because the network did not take it; told once until it flows again. */
  onDropped(): void;
  onSilence(): void;
  onClose(code: number, reason: string): void;
}

export interface Gateway {
  send(event: ClientEvent): void;
  /** Sends one frame of sound. Copied at once: the buffer may be used again. */
  sendSound(pcm: ArrayBuffer): void;
  /** Says goodbye; nothing is told any more. */
  close(): void;
}

/** An idle call is told from a dead one by this. */
const PING_MS = 25_000;

/** How long the first frame may take. */
const OPENING_MS = 15_000;

/** Two seconds of sound that the network has not taken: more would only be heard too late, so it is dropped. */
const MAX_BUFFERED_BYTES = 96_000;

/** Opens the voice socket on our own host; null begins a new conversation. */
export function openGateway(conversationId: string | null, listener: GatewayListener): Gateway {
  const query = conversationId === null ? '' : `?conversation=${encodeURIComponent(conversationId)}`;
  const gateway = new WebSocket(`/ws/voice${query}`, [VOICE_SUBPROTOCOL]);
  gateway.binaryType = 'arraybuffer';
  const end = new AbortController();
  const { signal } = end;
  let isDropping = false;
  const opening = setTimeout(() => listener.onSilence(), OPENING_MS);
  const pings = setInterval(() => send({ type: 'gateway.ping' }), PING_MS);

  function send(event: ClientEvent): void {
    if (gateway.readyState === WebSocket.OPEN) gateway.send(JSON.stringify(event));
  }
  function finish(): void {
    clearTimeout(opening);
    clearInterval(pings);
    end.abort();
  }
  function onMessage({ data }: MessageEvent<unknown>): void {
    clearTimeout(opening);
    if (data instanceof ArrayBuffer) listener.onSound(data);
    else if (typeof data === 'string') {
      const event = parseServerEvent(data);
      if (event !== null) listener.onEvent(event);
    }
  }
  gateway.addEventListener('message', onMessage, { signal });
  gateway.addEventListener(
    'close',
    ({ code, reason }) => {
      finish();
      listener.onClose(code, reason);
    },
    { signal },
  );

  // Who leaves the page leaves the call: it would wait for nobody, and keep a place.
  globalThis.addEventListener('pagehide', () => gateway.close(1000), { signal });

  return {
    send,
    sendSound(pcm) {
      if (gateway.readyState !== WebSocket.OPEN) return;
      const wasDropping = isDropping;
      isDropping = gateway.bufferedAmount > MAX_BUFFERED_BYTES;
      if (!isDropping) gateway.send(pcm);
      else if (!wasDropping) listener.onDropped();
    },
    close() {
      finish();
      gateway.close(1000);
    },
  };
}
