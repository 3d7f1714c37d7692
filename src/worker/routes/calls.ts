import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Door } from '../door.ts';
import { withAdmittedUser, withKnownUser } from '../middleware/identity.ts';
import { OFFER_TYPE, refuseOffer } from '../offer.ts';
import { CONVERSATION_ID, conversationParameter } from '../openapi/sockets.ts';
import { readQuery } from '../parameter.ts';
import { problem } from '../problem.ts';
import { rtcProblem } from '../rtc-refusal.ts';
import { askUser, askUserOnce } from '../users.ts';

/** Which conversation a call writes into, as the API calls it. */
const CONVERSATION_HEADER = 'Voxgate-Conversation';

/** Calls by WebRTC: `POST` takes a browser's offer and answers with Azure's, `DELETE` hangs up. */
export const calls = new Hono<Door>()
  .post('/', withKnownUser, (c) => start(c))
  .delete('/:id', withAdmittedUser, (c) => hangUp(c));

async function start(c: Context<Door>): Promise<Response> {
  const { user, settings } = c.var;
  const conversation = readQuery(c, conversationParameter);
  if (!conversation.ok) return conversation.refusal;
  const conversationId = conversation.value;
  if (conversationId !== null && !CONVERSATION_ID.test(conversationId)) return problem('not_found');
  // By `text()` the runtime warns of a type that it does not know.
  const sdp = new TextDecoder().decode(await c.req.arrayBuffer());
  const refusal = refuseOffer(c.req.header('Content-Type') ?? '', sdp);
  if (refusal !== null) return refusal;
  // Asked twice, it might call twice.
  const asked = await askUserOnce({ env: c.env, settings, user }, async (object) =>
    object.startRtcCall(user, { sdp, conversationId }),
  );
  if (asked.outcome === 'unavailable') return problem('unavailable');
  const answer = asked.value;
  if (answer.outcome === 'no-conversation') return problem('not_found');
  if (answer.outcome !== 'started') return rtcProblem(answer);
  c.header('Location', `/api/calls/${answer.sessionId}`);
  c.header(CONVERSATION_HEADER, answer.conversationId);
  c.header('Content-Type', OFFER_TYPE);
  c.header('Cache-Control', 'no-store');
  return c.body(answer.sdp, 201);
}

async function hangUp(c: Context<Door>): Promise<Response> {
  const { user, settings } = c.var;
  const id = c.req.param('id') ?? '';
  const asked = await askUser({ env: c.env, settings, user }, async (object) => object.hangUpCall(id));
  if (asked.outcome === 'unavailable') return problem('unavailable');
  return asked.value ? c.body(null, 204) : problem('not_found');
}
