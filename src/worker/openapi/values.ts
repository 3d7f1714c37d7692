/** The kinds of number that answers are made of. */
import * as v from 'valibot';

/** How many: a whole number, zero or more. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** How much: zero or more, fractions kept. */
export const amount = v.pipe(v.number(), v.minValue(0));

/** A moment, in whole Unix seconds. */
export const unixSeconds = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A day in UTC: `2026-11-25`. */
export const day = v.pipe(v.string(), v.isoDate());
