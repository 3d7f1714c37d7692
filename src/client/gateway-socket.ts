/** One socket to the gateway. Nothing else in the page sends on it. */

/** What comes of a socket. `onClose` comes once, and nothing after it. */
export interface SocketListener {
  onOpen(): void;
  onFrame(frame: string | ArrayBuffer): void;
  onClose(code: number, reason: string): void;
}

export interface GatewaySocket {
  /** The frame is copied at once. */
  send(frame: string | ArrayBuffer): void;
  /** Bytes that the network has not taken. */
  waiting(): number;
  /** Lets go of it; nothing is told any more. `over` is goodbye; otherwise the gateway waits for us. */
  leave(how: 'over' | 'for-now'): void;
}

/** Opens a socket on our own host. */
export function dialGateway(
  address: string,
  protocols: readonly string[],
  listener: SocketListener,
): GatewaySocket {
  const gateway = new WebSocket(address, [...protocols]);
  gateway.binaryType = 'arraybuffer';
  const end = new AbortController();
  const { signal } = end;
  gateway.addEventListener('open', () => listener.onOpen(), { signal });
  gateway.addEventListener(
    'message',
    ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string' || data instanceof ArrayBuffer) listener.onFrame(data);
    },
    { signal },
  );
  gateway.addEventListener(
    'close',
    ({ code, reason }) => {
      end.abort();
      listener.onClose(code, reason);
    },
    { signal },
  );
  return {
    send(frame) {
      if (gateway.readyState === WebSocket.OPEN) gateway.send(frame);
    },
    waiting: () => gateway.bufferedAmount,
    leave(how) {
      end.abort();
      if (how === 'over') gateway.close(1000);
      // Without a code: a page may send no other that is not a goodbye.
      else gateway.close();
    },
  };
}
