import * as v from 'valibot';

/** Settings read whole, or every reason why not. A problem names the variable and the fix, never a value. */
export type Settings<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads one room's variables from the environment with that room's schema.
 *
 * `env` is whatever the platform hands over: unknown names in it are ignored. Messages in the schema must say what to
 * do and must not hold the value.
 */
export function readSettings<const Schema extends v.GenericSchema>(
  schema: Schema,
  env: object,
): Settings<v.InferOutput<Schema>> {
  const result = v.safeParse(schema, { ...env }, { abortPipeEarly: true });
  if (result.success) return { ok: true, value: result.output };
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'configuration'}: ${fixOf(issue)}`);
  return { ok: false, problems };
}

/** Shorter values stand in our own words by chance, and are no secrets. */
const REPEATED_LENGTH = 8;

/** A message never repeats the value, not even one that the schema library wrote by itself. */
function fixOf({ input, message }: v.BaseIssue<unknown>): string {
  const value = typeof input === 'string' ? input.trim() : '';
  return value.length >= REPEATED_LENGTH && message.includes(value) ? 'is not valid' : message;
}

/** A variable that is a whole number of at least `least`, or `fallback` when unset or empty. */
export function wholeNumber(fallback: number, least: number) {
  return v.pipe(
    v.optional(v.string(), ''),
    v.trim(),
    v.transform((given) => (given === '' ? fallback : Number(given))),
    v.check((n) => Number.isInteger(n) && n >= least, `must be a whole number of at least ${least}`),
  );
}

/** A variable that is a number above zero, or `fallback` when unset or empty. */
export function positiveNumber(fallback: number) {
  return v.pipe(
    v.optional(v.string(), ''),
    v.trim(),
    v.transform((given) => (given === '' ? fallback : Number(given))),
    v.check((n) => Number.isFinite(n) && n > 0, 'must be a number above 0'),
  );
}

/** A variable that is a number of at least zero, or null when unset or empty. */
export function optionalAmount() {
  return v.pipe(
    v.optional(v.string(), ''),
    v.trim(),
    v.transform((given) => (given === '' ? null : Number(given))),
    v.check((n) => n === null || (Number.isFinite(n) && n >= 0), 'must be a number of at least 0, or empty'),
  );
}

/** A variable that is a number above zero, or null when unset or empty. */
export function optionalPositive() {
  return v.pipe(
    v.optional(v.string(), ''),
    v.trim(),
    v.transform((given) => (given === '' ? null : Number(given))),
    v.check((n) => n === null || (Number.isFinite(n) && n > 0), 'must be a number above 0, or empty'),
  );
}

/** A variable that is `true` or `false`, or `fallback` when unset or empty. */
export function flag(fallback: boolean) {
  return v.pipe(
    v.optional(v.string(), ''),
    v.trim(),
    v.toLowerCase(),
    v.picklist(['', 'true', 'false'], 'must be true or false'),
    v.transform((given) => (given === '' ? fallback : given === 'true')),
  );
}

/** A variable that is text, trimmed, or `fallback` when unset or empty. */
export function text(fallback: string) {
  return v.pipe(
    v.optional(v.string(), ''),
    v.trim(),
    v.transform((given) => (given === '' ? fallback : given)),
  );
}
