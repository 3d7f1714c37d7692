/** People who write: a chat through the door, as any client would have it. */
import { exports } from 'cloudflare:workers';
import { takeStep } from '../../src/agent/ai-sdk.ts';
import { CHAT_SUBPROTOCOL } from '../../src/protocol/subprotocols.ts';
import { tokenFor } from '../support/tokens.ts';
import { Caller } from './caller.ts';
import { newPerson } from './calls.ts';

/** The tests' loader cannot load a module from inside an object: it has to be there already. */
export const loaded = takeStep;

/** How a chat differs from the usual one: our subprotocol, in a new conversation, of a new person. */
export interface Chatting {
  readonly token?: string;
  /** One of the older clients, which offer no subprotocol. */
  readonly isOlder?: boolean;
  readonly conversation?: string;
}

/** What the door answers to somebody who wants to chat. */
export async function knockToChat({
  token,
  isOlder = false,
  conversation,
}: Chatting = {}): Promise<Response> {
  const shown = token ?? (await tokenFor(newPerson()));
  const headers = new Headers({ Upgrade: 'websocket', Authorization: `Bearer ${shown}` });
  if (!isOlder) headers.set('Sec-WebSocket-Protocol', CHAT_SUBPROTOCOL);
  const query = conversation === undefined ? '' : `?conversation=${conversation}`;
  return exports.default.fetch(`http://localhost/ws/text${query}`, { headers });
}

/** A chat through the door. */
export async function chats(chatting: Chatting = {}): Promise<Caller> {
  const { webSocket, status } = await knockToChat(chatting);
  if (!webSocket) throw new Error(`refused with ${status}`);
  return new Caller(webSocket);
}

/** Says something and waits for the whole answer. */
export async function asks(
  caller: Caller,
  content: string,
  more: object = {},
): Promise<Record<string, unknown>> {
  caller.says({ type: 'message', content, ...more });
  return caller.hears('text_response');
}

/** The text of all pieces heard so far, of one answer or of all. */
export function textHeard(caller: Caller, messageId?: unknown): string {
  return caller.heard
    .map((heard) => (heard.kind === 'event' && heard.type === 'text_delta' ? heard.event : null))
    .filter((event) => event !== null && (messageId === undefined || event['message_id'] === messageId))
    .map((event) => String(event?.['content']))
    .join('');
}
