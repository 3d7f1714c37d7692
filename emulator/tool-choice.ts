/** Whether an answer should be a tool call, and with which arguments: by the words of a tool's name, nothing cleverer. Pure. */

/** A function the session declared. `parameters` is its JSON schema. */
export interface FunctionOffer {
  readonly name: string;
  readonly parameters: unknown;
}

/** The functions on offer, and which of them must be used: a name, `any`, `free` to choose, or `none`. */
export interface Offer {
  readonly functions: readonly FunctionOffer[];
  readonly choice:
    | { readonly kind: 'free' | 'any' | 'none' }
    | { readonly kind: 'named'; readonly name: string };
}

/** A call to make. `arguments` is JSON text. */
export interface Call {
  readonly name: string;
  readonly arguments: string;
}

/** Words in tool names that say nothing about what the tool does. */
const FILLER = new Set([
  'get',
  'set',
  'the',
  'a',
  'an',
  'of',
  'to',
  'fetch',
  'lookup',
  'find',
  'do',
  'make',
  'tool',
  'current',
  'my',
]);

/** Short words of a sentence that are never a place or a name. */
const LEADS = /\b(?:in|for|at|of|to|about|from)\s+(?<what>[^?.!,]+)/i;

/** Where a wish for several calls is taken apart. */
const CLAUSES = /[;,]|\band\b|\bthen\b/i;
const MOST_CLAUSES = 16;

/** The call that fits what was typed, or null. */
export function callFor(text: string, offer: Offer): Call | null {
  const chosen = choose(text, offer);
  return chosen && { name: chosen.name, arguments: JSON.stringify(argumentsFor(chosen.parameters, text)) };
}

/** The calls that fit what was typed: several, one for each of its clauses, where that is allowed; else one or none. */
export function callsFor(text: string, offer: Offer, isParallel: boolean): readonly Call[] {
  const { kind } = offer.choice;
  if (isParallel && (kind === 'free' || kind === 'any')) {
    const free: Offer = { functions: offer.functions, choice: { kind: 'free' } };
    const calls = text.split(CLAUSES, MOST_CLAUSES).flatMap((clause) => callFor(clause, free) ?? []);
    if (calls.length > 1) return calls;
  }
  const call = callFor(text, offer);
  return call ? [call] : [];
}

function choose(text: string, { functions, choice }: Offer): FunctionOffer | null {
  switch (choice.kind) {
    case 'none':
      return null;
    case 'named':
      return functions.find((one) => one.name === choice.name) ?? null;
    case 'any':
      return best(text, functions) ?? functions[0] ?? null;
    case 'free':
      return best(text, functions);
  }
}

/** The function with the most words of its name in the text; all of them must be there. */
function best(text: string, functions: readonly FunctionOffer[]): FunctionOffer | null {
  const said = new Set(wordsOf(text));
  const fitting = functions.filter((one) => {
    const words = wordsOf(one.name).filter((word) => !FILLER.has(word));
    return words.length > 0 && words.every((word) => said.has(word));
  });
  return fitting.toSorted((left, right) => right.name.length - left.name.length)[0] ?? null;
}

function wordsOf(text: string): string[] {
  const spaced = text.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  const words = spaced.match(/[a-z0-9]+/g) ?? [];
  // Tools are named in one spelling, and people write the other.
  return words.map((word) => (word === 'colour' ? 'color' : word));
}

function argumentsFor(parameters: unknown, text: string): Record<string, unknown> {
  const properties = field(parameters, 'properties');
  const required = field(parameters, 'required');
  if (!isObject(properties)) return {};
  const entries = Object.entries(properties).filter(
    ([name]) => !Array.isArray(required) || required.includes(name),
  );
  return Object.fromEntries(entries.map(([name, schema]) => [name, valueFor(schema, topicFor(name, text))]));
}

/** A colour is what something is changed to; anything else may be anywhere in the text. */
function topicFor(name: string, text: string): string {
  const colour = /^colou?r$/.test(name) ? text.match(/\bto (?<colour>[#\w]+(?:\([^)]*\))?)\W*$/i) : null;
  return colour?.groups?.['colour'] ?? text;
}

function valueFor(schema: unknown, text: string): unknown {
  const options = field(schema, 'enum');
  if (Array.isArray(options)) {
    const words = text.toLowerCase();
    const named: unknown = options.find((option) => words.includes(String(option).toLowerCase()));
    return named ?? options[0];
  }
  switch (field(schema, 'type')) {
    case 'number':
    case 'integer':
      return Number.parseInt(text.match(/\d+/)?.[0] ?? '1', 10);
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return text.match(/["“](?<quoted>[^"”]+)["”]/)?.groups?.['quoted'] ?? topicOf(text);
  }
}

function topicOf(text: string): string {
  const topic =
    text.match(LEADS)?.groups?.['what'] ?? text.match(/(?<last>[\p{L}\p{N}#-]+)\W*$/u)?.groups?.['last'];
  return (topic ?? text).trim();
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
