/** Reads the body of a request. */
import type { IncomingMessage } from 'node:http';

/** The body as text, or null when it is larger than it may be. All of it is taken off the wire either way. */
export async function readBody(request: IncomingMessage, largestBytes: number): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request) {
    if (!(piece instanceof Uint8Array)) continue;
    bytes += piece.length;
    if (bytes <= largestBytes) pieces.push(piece);
  }
  return bytes > largestBytes ? null : Buffer.concat(pieces).toString();
}
