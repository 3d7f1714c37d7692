import * as v from 'valibot';
import type { UserLimits } from '../../protocol/gateway-events.ts';
import { whenObjectsAreAsked, type Operations } from './operation.ts';
import { amount, count, unixSeconds } from './values.ts';

/** What a user may do, as the door and `gateway.session` tell it. */
export const userLimits = v.strictObject({
  connections: v.pipe(count, v.description('Calls and chats at the same time.')),
  requests_per_minute: v.pipe(count, v.description('Requests within any 60 s.')),
  daily_tokens: v.pipe(v.nullable(count), v.description('Tokens a day, UTC; null: no limit.')),
  daily_usd: v.pipe(v.nullable(amount), v.description('US dollars a day, UTC; null: no limit.')),
  daily_voice_minutes: v.pipe(
    v.nullable(amount),
    v.description('Minutes of call a day, UTC; null: no limit.'),
  ),
  idle_minutes: v.pipe(
    amount,
    v.description('A session in which nothing is said or typed ends after these.'),
  ),
  session_minutes: v.pipe(amount, v.description('Longest life of a call or chat.')),
}) satisfies v.GenericSchema<UserLimits>;

/** Who somebody is, and what they may do. */
export const sessionAnswer = v.strictObject({
  user: v.pipe(v.string(), v.description('The subject of the token, or a name we made up for a guest.')),
  role: v.picklist(['user', 'admin']),
  guest: v.boolean(),
  expires_at: v.pipe(unixSeconds, v.description('When the credential runs out, in Unix seconds.')),
  limits: userLimits,
});

/** A ticket for one socket. */
export const ticketAnswer = v.strictObject({
  ticket: v.pipe(
    v.string(),
    v.minLength(1),
    v.description('Offer it as the subprotocol `voxgate.ticket.TICKET`.'),
  ),
  expires_at: v.pipe(unixSeconds, v.description('30 seconds from now, in Unix seconds.')),
});

/** `POST /api/session` and its like. */
export type SessionAnswer = v.InferOutput<typeof sessionAnswer>;

/** `POST /api/tickets`. */
export type TicketAnswer = v.InferOutput<typeof ticketAnswer>;

const whoIAm = { type: 'application/json', schema: sessionAnswer } as const;

export const sessionOperations = {
  'POST /api/session': {
    summary: 'Signs in: with a token, or as a guest where guests are let in.',
    details:
      'Sets the session cookie `__Host-voxgate` (HttpOnly, Secure, SameSite=Strict; on plain-http loopback `voxgate`), ' +
      'which a browser sends with everything that follows. Without a credential a visitor becomes an anonymous user; ' +
      'with the cookie of one they stay the same.',
    tag: 'Session',
    who: 'anyone',
    answers: {
      200: {
        description: 'Signed in.',
        body: whoIAm,
        headers: { 'Set-Cookie': 'The session cookie.' },
      },
    },
    refusals: [
      'invalid_credential',
      'credential_in_url',
      'guests_not_allowed',
      'not_configured',
      ...whenObjectsAreAsked,
    ],
  },
  'GET /api/session': {
    summary: 'Tells who I am and what I may do.',
    tag: 'Session',
    who: 'user',
    answers: { 200: { description: 'Who I am.', body: whoIAm } },
    refusals: whenObjectsAreAsked,
  },
  'DELETE /api/session': {
    summary: 'Signs out: takes the cookie back and ends my calls and chats with close code 4401.',
    tag: 'Session',
    who: 'user',
    answers: {
      204: {
        description: 'Signed out.',
        headers: {
          'Set-Cookie': 'Takes the session cookie away.',
        },
      },
    },
    refusals: whenObjectsAreAsked,
  },
  'POST /api/tickets': {
    summary: 'Makes a ticket: good once, for 30 seconds, for one socket from the origin that asked for it.',
    details:
      'For pages of another origin, whose sockets carry no cookie of ours and cannot set headers. The origin has to be ' +
      'in `ALLOWED_ORIGINS`.',
    tag: 'Session',
    who: 'user',
    answers: { 200: { description: 'A ticket.', body: { type: 'application/json', schema: ticketAnswer } } },
    refusals: whenObjectsAreAsked,
  },
} as const satisfies Operations;
