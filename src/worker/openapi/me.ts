import * as v from 'valibot';
import { conversationSummary, messageFields } from './conversations.ts';
import { whenObjectsAreAsked, type Operations } from './operation.ts';
import { spend } from './usage.ts';
import { amount, count, day, unixSeconds } from './values.ts';

const { message_count: _count, ...conversationFacts } = conversationSummary.entries;

/** Everything that is held of me. */
export const exportAnswer = v.strictObject({
  exported_at: unixSeconds,
  user: v.strictObject({
    issuer: v.pipe(v.string(), v.description('Who says who I am.')),
    subject: v.string(),
    guest: v.boolean(),
  }),
  sessions_opened: v.pipe(count, v.description('Calls and chats, ever.')),
  usage: v.array(v.strictObject({ day, ...spend })),
  conversations: v.array(
    v.strictObject({
      ...conversationFacts,
      summary: v.pipe(
        v.nullable(v.string()),
        v.description('What the assistant is given in place of what was said long ago.'),
      ),
      messages: v.array(
        v.strictObject({
          ...messageFields,
          client_id: v.pipe(v.nullable(v.string()), v.description('The client’s own id of it.')),
          session_id: v.pipe(v.string(), v.description('The call or chat it was said in.')),
          tokens: count,
          usd: amount,
        }),
      ),
    }),
  ),
});

/** `GET /api/me/export`. */
export type ExportAnswer = v.InferOutput<typeof exportAnswer>;

export const meOperations = {
  'GET /api/me/export': {
    summary: 'Hands me everything that is held of me, as one JSON file.',
    details: 'Written as it is read: it may be long.',
    tag: 'Memory',
    who: 'user',
    answers: {
      200: {
        description: 'The file.',
        body: { type: 'application/json', schema: exportAnswer },
        headers: { 'Content-Disposition': 'A file to keep.' },
      },
    },
    refusals: whenObjectsAreAsked,
  },
  'DELETE /api/me': {
    summary: 'Forgets me: ends my calls and chats and deletes everything that is held of me.',
    details:
      'What stays is without content and goes by itself: credentials that were taken back, until they run out, and where ' +
      'a daily budget applies, what today cost, until midnight UTC. The token that asks stays good: it is its issuer’s ' +
      'to take back. The cookie of a browser is taken away, and what the page kept with it.',
    tag: 'Memory',
    who: 'user',
    answers: { 204: { description: 'Forgotten.' } },
    refusals: whenObjectsAreAsked,
  },
} as const satisfies Operations;
