import type { Context } from 'hono';
import * as v from 'valibot';
import type { Parameter } from './openapi/operation.ts';
import { problem } from './problem.ts';

/** A parameter as it was read: its value, null when it is absent, or the refusal. */
export type ReadParameter<Value> =
  | { readonly ok: true; readonly value: Value | null }
  | { readonly ok: false; readonly refusal: Response };

/**
 * Reads a query parameter by the schema that documents it. One that is there twice, or does not fit, is refused by name;
 * what it held is not repeated.
 */
export function readQuery<const Schema extends v.GenericSchema<string, string>>(
  c: Context,
  { name, schema }: Parameter & { readonly schema: Schema },
): ReadParameter<v.InferOutput<Schema>> {
  const [given, ...more] = c.req.queries(name) ?? [];
  if (given === undefined) return { ok: true, value: null };
  const read = v.safeParse(schema, given);
  if (more.length === 0 && read.success) return { ok: true, value: read.output };
  const detail =
    more.length > 0
      ? `${name}: may be there only once`
      : `${name}: must be ${schema.expects.replaceAll('"', '')}`;
  return { ok: false, refusal: problem('invalid_request', { detail }) };
}
