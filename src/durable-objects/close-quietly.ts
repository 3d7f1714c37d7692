/** How a socket is closed: the code and the reason. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** The close code for a socket that ended without one (RFC 6455 §7.1.5). */
export const ABNORMAL = 1006;

/** Closes a socket, whatever state it is in. */
export function closeQuietly(socket: WebSocket, { code, reason }: Close): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed before, or gone: nothing is left to close.
  }
}
