import { closeCodes } from '../protocol/close-codes.ts';
import type { ChatEnding } from './chat-endings.ts';
import { errorOf } from './chat-state.ts';
import { openSocket } from './open-socket.ts';
import type { ChatOpening } from './opening.ts';

/** As much of an object's state as sockets that sleep need. */
export type ChatSockets = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets' | 'getTags'>;

/** Accepts a chat's socket, to sleep with the object: our end of it, and the 101 that hands out the other. */
export function acceptChat(
  { subprotocol }: ChatOpening,
  sockets: ChatSockets,
  sessionId: string,
): { browser: WebSocket; answer: Response } {
  const { browser, answer } = openSocket(subprotocol);
  sockets.acceptWebSocket(browser, [sessionId]);
  return { browser, answer };
}

/** Refuses a chat in words its client can read: a page never sees the HTTP status of a refused upgrade. */
export function turnChatAway({ subprotocol }: ChatOpening, { as, complaint, reason }: ChatEnding): Response {
  const { browser, answer } = openSocket(subprotocol);
  browser.accept();
  if (complaint) browser.send(JSON.stringify(errorOf(complaint)));
  browser.close(closeCodes[as].code, reason);
  return answer;
}
