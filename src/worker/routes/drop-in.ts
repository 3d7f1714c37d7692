import type { Context } from 'hono';
import { dropInFor, type CallOpening, type Proof } from '../../durable-objects/opening.ts';
import type { Wire } from '../../protocol/subprotocols.ts';
import type { Door } from '../door.ts';
import { deploymentParameter, modelParameter } from '../openapi/drop-in.ts';
import type { Parameter } from '../openapi/operation.ts';
import { readQuery } from '../parameter.ts';
import { openSession } from './sockets.ts';

/** Opens a call for a client of the GA Realtime API, whoever it believes to speak to. */
export async function realtime(c: Context<Door>): Promise<Response> {
  return dropIn(c, 'ga', modelParameter);
}

/** Opens a call for a client of the wire before GA. */
export async function previewRealtime(c: Context<Door>): Promise<Response> {
  return dropIn(c, 'preview', deploymentParameter);
}

async function dropIn(c: Context<Door>, wire: Wire, named: Parameter): Promise<Response> {
  const model = readQuery(c, named);
  if (!model.ok) return model.refusal;
  const makeOpening = (
    offered: readonly string[],
    proof: Proof,
    conversationId: string | null,
  ): CallOpening => dropInFor({ wire, model: model.value }, offered, { proof, conversationId });
  return openSession(c, makeOpening);
}
