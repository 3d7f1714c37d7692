/** Closes a socket, whatever state it is in. */
export function closeQuietly(socket: WebSocket, { code, reason }: { code: number; reason: string }): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed before, or gone: nothing is left to close.
  }
}
