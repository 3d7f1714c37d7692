import * as v from 'valibot';
import { REALTIME_SUBPROTOCOL, VOICE_SUBPROTOCOL } from '../../protocol/subprotocols.ts';
import type { Operation, Operations, Parameter } from './operation.ts';

/** How somebody wants to talk. */
export const modeParameter = {
  name: 'mode',
  in: 'query',
  description: 'What to open: a call (`voice`), which is what it opens without a word.',
  schema: v.picklist(['voice']),
} as const satisfies Parameter;

/** What is to be continued. */
export const conversationParameter = {
  name: 'conversation',
  in: 'query',
  description:
    'The conversation to continue; without it, a new one begins. One that is not yours is 404, and nothing is opened.',
  schema: v.string(),
} as const satisfies Parameter;

const offered: Parameter = {
  name: 'Sec-WebSocket-Protocol',
  in: 'header',
  description:
    `What the client speaks: \`${VOICE_SUBPROTOCOL}\` for binary audio and \`gateway.*\` events, ` +
    `\`${REALTIME_SUBPROTOCOL}\` or nothing for JSON alone. A credential may stand beside it.`,
  schema: v.string(),
};

const answers: Operation['answers'] = {
  101: {
    description:
      `The call is open. Of what was offered the answer names \`${VOICE_SUBPROTOCOL}\` or ` +
      `\`${REALTIME_SUBPROTOCOL}\`; how it goes on, the chapter on sockets tells.`,
  },
};

const refusals = [
  'upgrade_required',
  'origin_not_allowed',
  'invalid_request',
  'not_found',
  'unavailable',
] as const;

export const socketOperations = {
  'GET /ws/voice': {
    summary: 'Opens a call.',
    details: 'A WebSocket. Without an upgrade it is 426.',
    tag: 'Sockets',
    who: 'user',
    parameters: [conversationParameter, offered],
    answers,
    refusals,
  },
  'GET /ws': {
    summary: 'Opens what `mode` says.',
    details: 'A WebSocket, as `/ws/voice` is.',
    tag: 'Sockets',
    who: 'user',
    parameters: [modeParameter, conversationParameter, offered],
    answers,
    refusals,
  },
} as const satisfies Operations;
