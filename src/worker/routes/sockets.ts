import type { Context } from 'hono';
import {
  chatOpeningFor,
  openingFor,
  openingRequest,
  type Opening,
  type Proof,
} from '../../durable-objects/opening.ts';
import { afterDialRefusal } from '../azure-refusal.ts';
import { offeredSubprotocols } from '../credentials.ts';
import type { Door } from '../door.ts';
import { conversationParameter, modeParameter } from '../openapi/sockets.ts';
import { readQuery } from '../parameter.ts';
import { problem } from '../problem.ts';
import { askObject, askOnce, objectNamed } from '../users.ts';

/** What is written otherwise is no conversation of anybody's, and wakes no object. */
const CONVERSATION_ID = /^conv_[0-9a-f]{32}$/;

/** Opens a call. */
export async function voice(c: Context<Door>): Promise<Response> {
  return openSession(c, openingFor);
}

/** Opens a chat. */
export async function text(c: Context<Door>): Promise<Response> {
  return openSession(c, chatOpeningFor);
}

/** Opens what `mode` says: a call, unless it says otherwise. */
export async function byMode(c: Context<Door>): Promise<Response> {
  const mode = readQuery(c, modeParameter);
  if (!mode.ok) return mode.refusal;
  return mode.value === 'text' ? text(c) : voice(c);
}

/** Makes what the object is told of what a client offers. */
export type MakeOpening = (
  offered: readonly string[],
  proof: Proof,
  conversationId: string | null,
) => Opening;

/** Hands the upgrade to the object that the entrance names. */
export async function openSession(c: Context<Door>, makeOpening: MakeOpening): Promise<Response> {
  const { objectName, proof } = c.var.entrance;
  const conversation = readQuery(c, conversationParameter);
  if (!conversation.ok) return conversation.refusal;
  const conversationId = conversation.value;
  if (conversationId !== null && !CONVERSATION_ID.test(conversationId)) return problem('not_found');
  const opening = makeOpening(offeredSubprotocols(c.req.raw), proof, conversationId);
  // The first try may have used the ticket up.
  const ask = proof.kind === 'ticket' ? askOnce : askObject;
  const answer = await ask(
    () => objectNamed(c.env, objectName),
    async (object) => object.fetch(openingRequest(opening)),
  );
  if (answer.outcome === 'unavailable') return problem('unavailable');
  const refusal = afterDialRefusal(answer.value);
  if (refusal !== null) return refusal;
  switch (answer.value.status) {
    case 101:
      return answer.value;
    case 401:
      // Taken back; or a ticket that was used, or that nobody keeps.
      return problem('invalid_credential');
    case 404:
      return problem('not_found');
    default:
      return problem('unavailable');
  }
}
