/** An answer in JSON: any object, or a value of the schema that was asked for. Pure. */

/** Schemas may refer to themselves; deeper than this, the shortest value that fits is taken. */
const DEEPEST = 6;

/** So many values, all in all; whatever is left then is as short as can be. */
const MOST_VALUES = 10_000;

/** What a value is made of. */
interface Making {
  readonly root: unknown;
  readonly text: string;
  readonly depth: number;
  /** Shared by all parts of one answer. */
  readonly budget: { left: number };
}

/** `{"answer": …}`. */
export function jsonObject(text: string): string {
  return JSON.stringify({ answer: text });
}

/** A value of a JSON schema: strings hold the answer, numbers the first number in it. */
export function jsonBySchema(schema: unknown, text: string): string {
  return JSON.stringify(valueFor(schema, { root: schema, text, depth: 0, budget: { left: MOST_VALUES } }));
}

function valueFor(given: unknown, making: Making): unknown {
  making.budget.left -= 1;
  if (making.budget.left < 0) return null;
  const schema = resolve(given, making.root);
  const fixed = field(schema, 'const');
  if (fixed !== undefined) return fixed;
  const options = field(schema, 'enum');
  if (Array.isArray(options) && options.length > 0) return pick(options, making.text);
  const alternatives = field(schema, 'anyOf') ?? field(schema, 'oneOf');
  if (Array.isArray(alternatives)) {
    return valueFor(alternative(alternatives, making.depth), { ...making, depth: making.depth + 1 });
  }
  const maker = makers[typeOf(schema, making.depth)];
  return maker ? maker(schema, making) : making.text;
}

const makers: Readonly<Record<string, (schema: unknown, making: Making) => unknown>> = {
  object: objectFor,
  array: (schema, making) => {
    const most = making.depth > DEEPEST ? 0 : 1;
    const length = Math.max(
      numberIn(schema, 'minItems') ?? 0,
      Math.min(most, numberIn(schema, 'maxItems') ?? most),
    );
    const items = field(schema, 'items') ?? {};
    const next = { ...making, depth: making.depth + 1 };
    return Array.from({ length: Math.min(length, 100) }, () => valueFor(items, next));
  },
  string: (schema, { text }) => {
    const shortest = numberIn(schema, 'minLength') ?? 0;
    const longest = numberIn(schema, 'maxLength') ?? Infinity;
    return text.padEnd(Math.min(shortest, 10_000), '.').slice(0, longest);
  },
  integer: (schema, { text }) => Math.round(numberFor(schema, text)),
  number: (schema, { text }) => numberFor(schema, text),
  boolean: () => true,
  null: () => null,
};

/** Properties that are not required are left out where the schema gets deep. */
function objectFor(schema: unknown, making: Making): Record<string, unknown> {
  const properties = field(schema, 'properties');
  const required = field(schema, 'required');
  if (!isObject(properties)) return {};
  const isNeeded = (name: string): boolean =>
    making.depth <= DEEPEST ||
    (making.depth <= 2 * DEEPEST && Array.isArray(required) && required.includes(name));
  const next = { ...making, depth: making.depth + 1 };
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => isNeeded(name))
      .map(([name, property]) => [name, valueFor(property, next)]),
  );
}

/** Deep down, the alternative that ends there: null if it is one of them. */
function alternative(alternatives: readonly unknown[], depth: number): unknown {
  const none = alternatives.find((one) => field(one, 'type') === 'null');
  return depth > DEEPEST ? (none ?? { type: 'null' }) : alternatives[0];
}

function resolve(schema: unknown, root: unknown): unknown {
  const reference = field(schema, '$ref');
  if (typeof reference !== 'string' || !reference.startsWith('#')) return schema;
  let found = root;
  for (const step of reference.slice(1).split('/').filter(Boolean)) found = field(found, step);
  return field(found, '$ref') === undefined ? found : {};
}

function typeOf(schema: unknown, depth: number): string {
  const type = field(schema, 'type');
  if (typeof type === 'string') return type;
  if (!Array.isArray(type)) return isObject(field(schema, 'properties')) ? 'object' : 'string';
  return String(depth > DEEPEST && type.includes('null') ? 'null' : type[0]);
}

function pick(options: readonly unknown[], text: string): unknown {
  const words = text.toLowerCase();
  return options.find((option) => words.includes(String(option).toLowerCase())) ?? options[0];
}

function numberFor(schema: unknown, text: string): number {
  const found = Number(text.match(/\d+(?:\.\d+)?/)?.[0] ?? '1');
  const lowest = numberIn(schema, 'minimum') ?? -Infinity;
  const highest = numberIn(schema, 'maximum') ?? Infinity;
  return Math.min(Math.max(found, lowest), highest);
}

function numberIn(schema: unknown, name: string): number | undefined {
  const value = field(schema, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function field(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
