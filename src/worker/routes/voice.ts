import type { Context } from 'hono';
import { openingFor, openingRequest } from '../../durable-objects/opening.ts';
import { offeredSubprotocols } from '../credentials.ts';
import type { Door } from '../door.ts';
import { problem } from '../problem.ts';
import { askObject, askOnce, objectNamed } from '../users.ts';

/** Opens a call: hands the upgrade to the object that the entrance names. */
export async function voice(c: Context<Door>): Promise<Response> {
  const { objectName, proof } = c.var.entrance;
  const opening = openingFor(offeredSubprotocols(c.req.raw), proof);
  // The first try may have used the ticket up.
  const ask = proof.kind === 'ticket' ? askOnce : askObject;
  const answer = await ask(
    () => objectNamed(c.env, objectName),
    async (object) => object.fetch(openingRequest(opening)),
  );
  if (answer.outcome === 'unavailable') return problem('unavailable');
  switch (answer.value.status) {
    case 101:
      return answer.value;
    case 401:
      // Taken back; or a ticket that was used, or that nobody keeps.
      return problem('invalid_credential');
    default:
      return problem('unavailable');
  }
}
