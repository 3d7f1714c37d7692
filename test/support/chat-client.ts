/** Somebody who writes to a gateway on a real port. */
import { CHAT_SUBPROTOCOL } from '../../src/protocol/subprotocols.ts';
import { GATEWAY_SECRET, type Gateway } from './gateway.ts';
import { connect, pick, type RealtimeClient, type Received } from './realtime-client.ts';
import { tokenFor } from './tokens.ts';

const PATIENCE_MS = 20_000;

/** One user who chats. */
export interface Writer {
  /** Opens a socket, with our subprotocol unless told. */
  readonly chats: (subprotocols?: readonly string[]) => Promise<RealtimeClient>;
  /** What the API has of a conversation, oldest first, all of it. */
  readonly remembers: (conversationId: string) => Promise<readonly Remembered[]>;
}

/** A message as the API tells it. */
export interface Remembered {
  readonly id: string;
  readonly role: string;
  readonly content: string;
  readonly status: string;
}

/** Somebody with a name that nobody had before, and claims of their own. */
export async function writer(
  gateway: Pick<Gateway, 'url'>,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<Writer> {
  const token = await tokenFor(`writer-${crypto.randomUUID()}`, { secret: GATEWAY_SECRET, claims });
  const headers = { Authorization: `Bearer ${token}` };
  return {
    chats: (subprotocols = [CHAT_SUBPROTOCOL]) =>
      connect(`${gateway.url}/ws/text`, { headers, subprotocols, waitMs: PATIENCE_MS }),
    remembers: async (conversationId) => {
      const messages: Remembered[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${cursor}`;
        const answer = await fetch(`${gateway.url}/api/conversations/${conversationId}?limit=100${query}`, {
          headers,
        });
        const page = (await answer.json()) as { messages: Remembered[]; next: string | null };
        messages.unshift(...page.messages);
        cursor = page.next;
      } while (cursor !== null);
      return messages;
    },
  };
}

/** The text of the pieces received so far. */
export function textOf(received: readonly Received[]): string {
  return received.map((one) => (one.type === 'text_delta' ? String(pick(one, 'content')) : '')).join('');
}
