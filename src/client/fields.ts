/** Reads JSON that nobody vouches for: what is of the wrong kind is read as empty, and nothing throws. */

/** A JSON object whose fields may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object, or an empty one. */
export function record(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

/** What JSON text says; null for what is none. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The fields of JSON text; none of what is no object. */
export function parseFields(json: string): Fields {
  return record(parseJson(json));
}

/** The string under `key`, or an empty one. */
export function text(fields: Fields, key: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value : '';
}

/** The number under `key`, or 0. */
export function number(fields: Fields, key: string): number {
  return numberOrNull(fields, key) ?? 0;
}

/** The number under `key`, or null. */
export function numberOrNull(fields: Fields, key: string): number | null {
  const value = fields[key];
  return typeof value === 'number' ? value : null;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
