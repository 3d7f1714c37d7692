import * as v from 'valibot';
import {
  CHAT_SUBPROTOCOL,
  REALTIME_SUBPROTOCOL,
  RESUME_SUBPROTOCOL,
  VOICE_SUBPROTOCOL,
} from '../../protocol/subprotocols.ts';
import type { Operation, Operations, Parameter } from './operation.ts';

/** How somebody wants to talk. */
export const modeParameter = {
  name: 'mode',
  in: 'query',
  description: 'What to open: a call (`voice`), which is what it opens without a word, or a chat (`text`).',
  schema: v.picklist(['voice', 'text']),
} as const satisfies Parameter;

/** What is written otherwise is no conversation of anybody's, and wakes no object. */
export const CONVERSATION_ID = /^conv_[0-9a-f]{32}$/;

/** What is to be continued. */
export const conversationParameter = {
  name: 'conversation',
  in: 'query',
  description:
    'The conversation to continue; without it, a new one begins. One that is not yours is 404, and nothing is opened.',
  schema: v.string(),
} as const satisfies Parameter;

/** How much of a call a browser has that comes back to it. */
export const receivedParameter = {
  name: 'received',
  in: 'query',
  description:
    `With \`${RESUME_SUBPROTOCOL}TOKEN\`, and needed then: how many frames of the call you got, text and binary, over all ` +
    'its sockets, whatever is in them. Without the token it says nothing.',
  schema: v.pipe(v.string(), v.regex(/^\d{1,15}$/)),
} as const satisfies Parameter;

/** What is written otherwise is no call of anybody's, and wakes no object. */
export const CALL_ID = /^vs_[0-9a-f]{32}$/;

/** A call by WebRTC. */
export const callParameter: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The call, as `Location` named it: `vs_` and 32 hexadecimal digits.',
  schema: v.string(),
};

/** What else a client wants to see. */
export const traceParameter = {
  name: 'trace',
  in: 'query',
  description:
    '`tools`: tells by `gateway.tool` when a tool is at work that the gateway carries out. Without it, or `voxgate.v1`, nobody hears of one.',
  schema: v.picklist(['tools']),
} as const satisfies Parameter;

/** What a client of a call may offer. */
export const offered: Parameter = {
  name: 'Sec-WebSocket-Protocol',
  in: 'header',
  description:
    `What the client speaks: \`${VOICE_SUBPROTOCOL}\` for binary audio and \`gateway.*\` events, ` +
    `\`${REALTIME_SUBPROTOCOL}\` or nothing for JSON alone. A credential may stand beside it.`,
  schema: v.string(),
};

const offeredToVoice: Parameter = {
  ...offered,
  description: `${offered.description} \`${RESUME_SUBPROTOCOL}TOKEN\` beside \`${VOICE_SUBPROTOCOL}\` goes on with a call.`,
};

const offeredBeside: Parameter = {
  ...offered,
  description: `\`${VOICE_SUBPROTOCOL}\`. A credential may stand beside it.`,
};

const offeredToChat: Parameter = {
  name: 'Sec-WebSocket-Protocol',
  in: 'header',
  description:
    `What the client speaks: \`${CHAT_SUBPROTOCOL}\` for all events of a chat; without it \`text_delta\` and ` +
    '`text_response` come first of all. A credential may stand beside it.',
  schema: v.string(),
};

const chatAnswers: Operation['answers'] = {
  101: {
    description:
      `The chat is open. Of what was offered the answer names \`${CHAT_SUBPROTOCOL}\`; how it goes on, the chapter ` +
      'on sockets tells.',
  },
};

/** How a call answers that it is open. */
export const callAnswers: Operation['answers'] = {
  101: {
    description:
      `The call is open. Of what was offered the answer names \`${VOICE_SUBPROTOCOL}\` or ` +
      `\`${REALTIME_SUBPROTOCOL}\`; how it goes on, the chapter on sockets tells.`,
  },
};

/** How an upgrade may be refused. */
export const refusals = [
  'upgrade_required',
  'origin_not_allowed',
  'invalid_request',
  'not_found',
  'unavailable',
] as const;

export const socketOperations = {
  'GET /ws/voice': {
    summary: 'Opens a call, or goes on with one.',
    details: 'A WebSocket. Without an upgrade it is 426.',
    tag: 'Sockets',
    who: 'user',
    parameters: [conversationParameter, receivedParameter, traceParameter, offeredToVoice],
    answers: callAnswers,
    refusals,
  },
  'GET /ws/calls/:id': {
    summary: 'Opens a socket beside the sound of a call by WebRTC.',
    details:
      'A WebSocket, for what Azure’s data channel does not carry; it needs `voxgate.v1`. It is a part of the call and no ' +
      'session of its own. Without an upgrade it is 426.',
    tag: 'Sockets',
    who: 'user',
    parameters: [callParameter, traceParameter, offeredBeside],
    answers: callAnswers,
    refusals,
  },
  'GET /ws/text': {
    summary: 'Opens a chat.',
    details: 'A WebSocket. Without an upgrade it is 426.',
    tag: 'Sockets',
    who: 'user',
    parameters: [conversationParameter, offeredToChat],
    answers: chatAnswers,
    refusals,
  },
  'GET /ws': {
    summary: 'Opens what `mode` says.',
    details: 'A WebSocket, as `/ws/voice` or `/ws/text` is.',
    tag: 'Sockets',
    who: 'user',
    parameters: [modeParameter, conversationParameter, receivedParameter, traceParameter, offeredToVoice],
    answers: callAnswers,
    refusals,
  },
} as const satisfies Operations;
