import { closeCodes } from '../protocol/close-codes.ts';
import { errorEvent } from '../protocol/errors.ts';
import { openSocket } from './open-socket.ts';
import type { Opening } from './opening.ts';
import type { Ending } from './relay-state.ts';

/** Accepts a browser: our end of its socket, and the 101 that hands it the other. */
export function acceptBrowser({ subprotocol }: Pick<Opening, 'subprotocol'>): {
  browser: WebSocket;
  answer: Response;
} {
  const { browser, answer } = openSocket(subprotocol);
  // Blob is the default since 2026-03-17, and a Blob is never what a relay wants.
  browser.binaryType = 'arraybuffer';
  // Half-open: the runtime would otherwise answer a close before we could tell Azure, and with its own code.
  browser.accept({ allowHalfOpen: true });
  return { browser, answer };
}

/** Refuses a browser in words it can read: a page never sees the HTTP status of a refused upgrade. */
export function turnAway(browser: WebSocket, { as, complaint, reason }: Ending): void {
  if (complaint) browser.send(JSON.stringify(errorEvent(complaint, 'event_vg0')));
  browser.close(closeCodes[as].code, reason ?? closeCodes[as].reason);
}
