/** How every list is asked for a page, and says where it goes on. */
import * as v from 'valibot';
import type { Parameter } from './operation.ts';

/** Where a list goes on. */
export const next = v.pipe(
  v.nullable(v.string()),
  v.description('Where the list goes on: the `cursor` of the next request; null at its end.'),
);

/** `limit` and `cursor`, as `readPage` reads them. */
export const pageParameters: readonly Parameter[] = [
  {
    name: 'limit',
    in: 'query',
    description: 'How many at most: 1 to 100, 50 without a word.',
    schema: v.pipe(v.string(), v.regex(/^(?:[1-9]\d?|100)$/)),
  },
  {
    name: 'cursor',
    in: 'query',
    description: 'The `next` of the page before; without it, the first page.',
    schema: v.string(),
  },
];
