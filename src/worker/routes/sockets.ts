import type { Context } from 'hono';
import {
  besideOpeningFor,
  chatOpeningFor,
  openingFor,
  openingRequest,
  type Opening,
  type Proof,
} from '../../durable-objects/opening.ts';
import { afterDialRefusal } from '../azure-refusal.ts';
import { RESUME_SUBPROTOCOL, VOICE_SUBPROTOCOL } from '../../protocol/subprotocols.ts';
import { hashOf } from '../../identity/hash.ts';
import { offeredBehind, offeredSubprotocols } from '../credentials.ts';
import type { Door } from '../door.ts';
import {
  CALL_ID,
  CONVERSATION_ID,
  conversationParameter,
  modeParameter,
  receivedParameter,
  traceParameter,
} from '../openapi/sockets.ts';
import { readQuery } from '../parameter.ts';
import { problem } from '../problem.ts';
import { askObject, askOnce, objectNamed } from '../users.ts';

/** Opens a call, or goes on with one. */
export async function voice(c: Context<Door>): Promise<Response> {
  const trace = readQuery(c, traceParameter);
  if (!trace.ok) return trace.refusal;
  const isTraced = trace.value !== null;
  const token = resumeTokenOf(c.req.raw);
  if (token === null) return openSession(c, (...offer) => ({ ...openingFor(...offer), isTraced }));
  const received = readQuery(c, receivedParameter);
  if (!received.ok) return received.refusal;
  if (received.value === null) {
    return problem('invalid_request', { detail: 'received: must say how many frames of the call arrived' });
  }
  const resume = { hash: await hashOf(token), received: Number(received.value) };
  return openSession(c, (...offer) => ({ ...openingFor(...offer), isTraced, resume }));
}

/** Opens a socket beside the sound of a WebRTC call. */
export async function beside(c: Context<Door>): Promise<Response> {
  const trace = readQuery(c, traceParameter);
  if (!trace.ok) return trace.refusal;
  if (!offeredSubprotocols(c.req.raw).includes(VOICE_SUBPROTOCOL)) {
    return problem('invalid_request', { detail: `Offer the subprotocol ${VOICE_SUBPROTOCOL}.` });
  }
  const sessionId = c.req.param('id') ?? '';
  if (!CALL_ID.test(sessionId)) return problem('not_found');
  const opening = besideOpeningFor({ sessionId, isTraced: trace.value !== null }, c.var.entrance.proof);
  return handOver(c, opening);
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
  const conversation = readQuery(c, conversationParameter);
  if (!conversation.ok) return conversation.refusal;
  const conversationId = conversation.value;
  if (conversationId !== null && !CONVERSATION_ID.test(conversationId)) return problem('not_found');
  return handOver(c, makeOpening(offeredSubprotocols(c.req.raw), c.var.entrance.proof, conversationId));
}

async function handOver(c: Context<Door>, opening: Opening): Promise<Response> {
  const { objectName, proof } = c.var.entrance;
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

/** A token means something only to who speaks our words. */
function resumeTokenOf(request: Request): string | null {
  const isOurs = offeredSubprotocols(request).includes(VOICE_SUBPROTOCOL);
  return isOurs ? offeredBehind(request, RESUME_SUBPROTOCOL) : null;
}
