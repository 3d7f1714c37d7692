/** A JSON Schema as a list of fields that a person reads. */
import { html } from 'hono/html';
import type { JsonSchema } from '../openapi/document.ts';
import { prose, terms, type Markup } from './prose.ts';

/** One field: where it stands, what it is, what it says. */
interface Field {
  readonly path: string;
  readonly type: string;
  readonly says: string;
}

/** The fields of a body; nothing for a body without any. */
export function fieldList(schema: JsonSchema): Markup {
  const fields = fieldsOf(schema, '');
  if (fields.length === 0) return html``;
  return terms(
    fields.map(({ path, type, says }) => [
      html`<code>${breakable(path)}</code> <span class="type">${type}</span>`,
      prose(says),
    ]),
  );
}

/** A parameter's or field's type in a few words: `integer or null`, `"user" or "admin"`. */
export function typeOf(schema: JsonSchema): string {
  const { type, anyOf, enum: values, const: only, format } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' or ');
  if (anyOf !== undefined)
    return anyOf.flatMap((each) => (isSchema(each) ? [typeOf(each)] : [])).join(' or ');
  return [type, format].flat().filter(Boolean).join(', ');
}

function fieldsOf(schema: JsonSchema, before: string): readonly Field[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (!isSchema(field)) return [];
    const { items } = field;
    const inner = isSchema(items) ? items : field;
    const path = `${before}${name}${isSchema(items) ? '[]' : ''}`;
    const type = `${typeOf(field)}${required.has(name) ? '' : ', may be absent'}`;
    return [{ path, type, says: field.description ?? '' }, ...fieldsOf(inner, `${path}.`)];
  });
}

/** A long path may go on in the next line behind a dot or an underscore. */
function breakable(path: string): Markup {
  return html`${path.split(/(?<=[._])/).map((part, at) => (at === 0 ? part : html`<wbr />${part}`))}`;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
