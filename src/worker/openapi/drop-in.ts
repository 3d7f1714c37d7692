import * as v from 'valibot';
import type { Operations, Parameter } from './operation.ts';
import { callAnswers, conversationParameter, offered, refusals } from './sockets.ts';

const NAME = v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/));

/** The model, as clients of the GA API name it. */
export const modelParameter = {
  name: 'model',
  in: 'query',
  description:
    'The deployment. In a locked session the operator’s answers, whatever is named here; a token with `unlocked` chooses.',
  schema: NAME,
} as const satisfies Parameter;

/** The same for clients of the wire before GA. */
export const deploymentParameter = {
  name: 'deployment',
  in: 'query',
  description: 'The deployment, as `model` is elsewhere.',
  schema: NAME,
} as const satisfies Parameter;

const version: Parameter = {
  name: 'api-version',
  in: 'query',
  description: 'Any of the preview’s, `2024-10-01-preview` to `2025-04-01-preview`; all are served alike.',
  schema: v.string(),
};

const DETAILS =
  'A WebSocket for clients that were written for the API itself: a token goes where the key goes, and all is JSON. ' +
  'Azure is dialled first, and its refusal is the status of the answer (its 401 is 502: the key is ours).';

const dialled = [...refusals, 'upstream_refused', 'upstream_unreachable'] as const;

export const dropInOperations = {
  'GET /openai/v1/realtime': {
    summary: 'Opens a call as Azure’s Realtime API does.',
    details: DETAILS,
    tag: 'Sockets',
    who: 'user',
    parameters: [modelParameter, conversationParameter, offered],
    answers: callAnswers,
    refusals: dialled,
  },
  'GET /v1/realtime': {
    summary: 'Opens a call as OpenAI’s Realtime API does.',
    details: DETAILS,
    tag: 'Sockets',
    who: 'user',
    parameters: [modelParameter, conversationParameter, offered],
    answers: callAnswers,
    refusals: dialled,
  },
  'GET /openai/realtime': {
    summary: 'Opens a call as the preview of Azure’s Realtime API did.',
    details: `${DETAILS} Events are told in the words of the preview, both ways.`,
    tag: 'Sockets',
    who: 'user',
    parameters: [deploymentParameter, version, conversationParameter, offered],
    answers: callAnswers,
    refusals: dialled,
  },
} as const satisfies Operations;
