import * as v from 'valibot';
import { whenObjectsAreAsked, type Operations } from './operation.ts';
import { callParameter, conversationParameter } from './sockets.ts';
import { unixSeconds } from './values.ts';

const name = v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/));

/** Azure's own names; what else old clients send is overlooked. */
export const keyWish = v.looseObject({
  model: v.exactOptional(
    v.pipe(name, v.description('The deployment; only a token with `unlocked` chooses.')),
  ),
  voice: v.exactOptional(v.pipe(name, v.description('The voice; the operator’s when absent.'))),
});

/** A key, in the shape of the preview and of GA at once. */
export const rtcKeyAnswer = v.strictObject({
  id: v.pipe(v.string(), v.minLength(1), v.description('The session, as Azure calls it.')),
  object: v.literal('realtime.session'),
  model: v.string(),
  voice: v.string(),
  modalities: v.array(v.picklist(['audio', 'text'])),
  client_secret: v.strictObject({
    value: v.pipe(v.string(), v.minLength(1)),
    expires_at: unixSeconds,
  }),
  value: v.pipe(v.string(), v.minLength(1), v.description('The same key, as GA says it.')),
  expires_at: v.pipe(unixSeconds, v.description('One minute from now, in Unix seconds.')),
  calls_url: v.pipe(v.string(), v.description('Where a browser posts its offer with the key.')),
});

/** `POST /sessions`. */
export type RtcKeyAnswer = v.InferOutput<typeof rtcKeyAnswer>;

const whenStarting = [
  'too_many_connections',
  'budget_spent',
  'upstream_refused',
  'upstream_unreachable',
  ...whenObjectsAreAsked,
] as const;

export const callOperations = {
  'POST /api/calls': {
    summary: 'Opens a call by WebRTC: takes a browser’s SDP offer, and answers with Azure’s.',
    details:
      'No key of any kind reaches the browser. The call is the operator’s, and is looked on at by a socket of ours: limits, ' +
      'budgets, memory, administration and sign-out hold as for a call over a socket, and each ends it. Sound and captions ' +
      'come from Azure, on the track and the data channel; everything else is on `/ws/calls/ID`. What Azure refuses has ' +
      'Azure’s own status (its 401 is 502); 504 says that it took too long.',
    tag: 'Calls',
    who: 'user',
    parameters: [conversationParameter],
    takes: 'application/sdp',
    answers: {
      201: {
        description: 'Azure’s answer.',
        body: { type: 'application/sdp' },
        headers: {
          Location: 'The call: `/api/calls/ID`.',
          'Voxgate-Conversation': 'The conversation that it writes into.',
        },
      },
    },
    refusals: ['not_found', 'unsupported_media_type', ...whenStarting],
  },
  'DELETE /api/calls/:id': {
    summary: 'Hangs a call of mine up.',
    details: 'A call over a socket, a chat and a key that is out end in the same way.',
    tag: 'Calls',
    who: 'user',
    parameters: [callParameter],
    answers: { 204: { description: 'Hung up.' } },
    refusals: ['not_found', ...whenObjectsAreAsked],
  },
  'POST /sessions': {
    summary:
      'Makes an ephemeral key with which a browser talks to Azure by itself, as the WebRTC samples do.',
    details:
      'It carries the operator’s instructions and lives for one minute, in which it is one session of its user’s. **What is ' +
      'said with it passes by this gateway**: no budget, no memory, no end by an administrator; so by default there is none ' +
      'for whoever has a daily budget (`EPHEMERAL_KEYS`). `POST /api/calls` has all of these.',
    tag: 'Calls',
    who: 'user',
    takes: keyWish,
    answers: {
      200: { description: 'A key.', body: { type: 'application/json', schema: rtcKeyAnswer } },
    },
    refusals: ['keys_not_given', ...whenStarting],
  },
} as const satisfies Operations;
