import * as v from 'valibot';
import { whenObjectsAreAsked, type Operations } from './operation.ts';
import { amount, count, day } from './values.ts';

/** What was spent: the sum of what Azure reported, and the time calls were open. */
export const spend = {
  tokens: v.pipe(count, v.description('The sum of what Azure reported.')),
  voice_minutes: v.pipe(amount, v.description('Minutes of call, fractions kept.')),
  usd: v.pipe(amount, v.description('US dollars, by the prices the gateway knows.')),
};

const left = 'null: no limit.';

/** What I spent, and what is left of today. */
export const usageAnswer = v.strictObject({
  today: v.strictObject({
    ...spend,
    remaining: v.strictObject({
      tokens: v.pipe(v.nullable(count), v.description(left)),
      voice_minutes: v.pipe(v.nullable(amount), v.description(left)),
      usd: v.pipe(v.nullable(amount), v.description(left)),
    }),
  }),
  days: v.pipe(
    v.array(v.strictObject({ day, ...spend })),
    v.description('Days on which something was spent, UTC.'),
  ),
});

/** `GET /api/usage`. */
export type UsageAnswer = v.InferOutput<typeof usageAnswer>;

export const usageOperations = {
  'GET /api/usage': {
    summary: 'Tells what I spent, and what is left of today.',
    tag: 'Usage',
    who: 'user',
    answers: { 200: { description: 'My usage.', body: { type: 'application/json', schema: usageAnswer } } },
    refusals: whenObjectsAreAsked,
  },
} as const satisfies Operations;
