import * as v from 'valibot';
import { whenObjectsAreAsked, type Operations, type Parameter } from './operation.ts';
import { next, pageParameters } from './pages.ts';
import { spend } from './usage.ts';
import { amount, count, unixSeconds } from './values.ts';

/** Totals over all users. */
export const statsAnswer = v.strictObject({
  total_sessions: v.pipe(count, v.description('Calls and chats open now.')),
  unique_users: v.pipe(count, v.description('Users who have one open.')),
  sessions_by_mode: v.strictObject({ voice: count, text: count }),
  all_time: v.strictObject({ sessions: count, users: count }),
  today: v.pipe(v.strictObject(spend), v.description('Spent today, UTC, by everybody.')),
});

/** Calls and chats that are open now. */
export const sessionsAnswer = v.strictObject({
  sessions: v.array(
    v.strictObject({
      session_id: v.string(),
      user: v.string(),
      mode: v.picklist(['voice', 'text']),
      created_at: unixSeconds,
      last_activity: unixSeconds,
      age_seconds: count,
      message_count: v.pipe(count, v.description('Frames other than audio that the person sent.')),
      bytes_up: count,
      bytes_down: count,
      tokens: count,
      usd: amount,
    }),
  ),
  next,
});

/** Who uses the gateway, and what they spend. */
export const usersAnswer = v.strictObject({
  users: v.array(
    v.strictObject({
      user: v.string(),
      guest: v.boolean(),
      live_sessions: v.pipe(count, v.description('Open now.')),
      sessions: v.pipe(count, v.description('Opened ever.')),
      today: v.strictObject(spend),
      total: v.strictObject(spend),
      last_seen: unixSeconds,
    }),
  ),
  next,
});

/** Who was told that the gateway goes. */
export const drainAnswer = v.strictObject({
  users_told: v.pipe(count, v.description('Users who were on a call and whose object answered.')),
  within_seconds: count,
});

/** `GET /api/admin/stats`. */
export type StatsAnswer = v.InferOutput<typeof statsAnswer>;

/** `GET /api/admin/sessions`. */
export type SessionsAnswer = v.InferOutput<typeof sessionsAnswer>;

/** `GET /api/admin/users`. */
export type UsersAnswer = v.InferOutput<typeof usersAnswer>;

const json = <const Schema extends v.GenericSchema>(schema: Schema) =>
  ({ type: 'application/json', schema }) as const;

/** Callers come back within so long, unless told otherwise, in seconds: a call waits for its browser for thirty. */
export const USUAL_DRAIN_SECONDS = 20;

/** `?within=`: the seconds in which callers come back. */
export const withinParameter = {
  name: 'within',
  in: 'query',
  description: `The time in which they come back, spread over all of it, in seconds; ${USUAL_DRAIN_SECONDS} unless told.`,
  schema: v.picklist(['5', '10', '15', '20', '25']),
} as const satisfies Parameter;

export const adminOperations = {
  'GET /api/admin/stats': {
    summary: 'Totals over all users: what is open now, and what was spent.',
    tag: 'Administration',
    who: 'admin',
    answers: { 200: { description: 'Totals.', body: json(statsAnswer) } },
    refusals: whenObjectsAreAsked,
  },
  'GET /api/admin/sessions': {
    summary: 'Lists the calls and chats that are open now.',
    tag: 'Administration',
    who: 'admin',
    parameters: pageParameters,
    answers: { 200: { description: 'A page of them.', body: json(sessionsAnswer) } },
    refusals: ['invalid_request', ...whenObjectsAreAsked],
  },
  'DELETE /api/admin/sessions/:id': {
    summary: 'Ends one call or chat.',
    tag: 'Administration',
    who: 'admin',
    parameters: [{ name: 'id', in: 'path', description: 'Its `session_id`.', schema: v.string() }],
    answers: { 204: { description: 'It has ended.' } },
    refusals: ['not_found', ...whenObjectsAreAsked],
  },
  'POST /api/admin/drain': {
    summary: 'Before a deployment: tells every call to leave, and to come back at a time of its own.',
    tag: 'Administration',
    who: 'admin',
    parameters: [withinParameter],
    answers: { 200: { description: 'They were told.', body: json(drainAnswer) } },
    refusals: ['invalid_request', ...whenObjectsAreAsked],
  },
  'GET /api/admin/users': {
    summary: 'Lists users and what they spend.',
    tag: 'Administration',
    who: 'admin',
    parameters: pageParameters,
    answers: { 200: { description: 'A page of them.', body: json(usersAnswer) } },
    refusals: ['invalid_request', ...whenObjectsAreAsked],
  },
} as const satisfies Operations;
