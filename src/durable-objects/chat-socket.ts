import { closeCodes } from '../protocol/close-codes.ts';
import type { ChatEnding } from './chat-endings.ts';
import { errorOf } from './chat-state.ts';
import type { ChatOpening } from './opening.ts';

/** As much of an object's state as sockets that sleep need. */
export type ChatSockets = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets' | 'getTags'>;

/** Accepts a chat's socket, to sleep with the object: our end of it, and the 101 that hands out the other. */
export function acceptChat(
  opening: ChatOpening,
  sockets: ChatSockets,
  sessionId: string,
): { browser: WebSocket; answer: Response } {
  const { theirs, browser } = pair();
  sockets.acceptWebSocket(browser, [sessionId]);
  return { browser, answer: switched(theirs, opening) };
}

/** Refuses a chat in words its client can read: a page never sees the HTTP status of a refused upgrade. */
export function turnChatAway(opening: ChatOpening, { as, complaint, reason }: ChatEnding): Response {
  const { theirs, browser } = pair();
  browser.accept();
  if (complaint) browser.send(JSON.stringify(errorOf(complaint)));
  browser.close(closeCodes[as].code, reason);
  return switched(theirs, opening);
}

function pair(): { theirs: WebSocket; browser: WebSocket } {
  const [theirs, browser] = Object.values(new WebSocketPair());
  if (!theirs || !browser) throw new Error('WebSocketPair gave no pair');
  return { theirs, browser };
}

function switched(webSocket: WebSocket, { subprotocol }: ChatOpening): Response {
  const headers = new Headers();
  if (subprotocol) headers.set('Sec-WebSocket-Protocol', subprotocol);
  return new Response(null, { status: 101, webSocket, headers });
}
