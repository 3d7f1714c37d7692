/** JSON as somebody writes it who means harm: keys twice, keys in escapes, any spacing. */
import * as fc from 'fast-check';

/** A value to write. An object is a list of pairs, since a key may stand twice. */
export type Node = string | number | boolean | null | Raw | readonly Node[] | Pairs;

/** Text that is written as it stands: a number no JavaScript has, nesting no printer survives. */
export interface Raw {
  readonly raw: string;
}

/** An object, its pairs in their order. */
export interface Pairs {
  readonly pairs: readonly (readonly [string, Node])[];
}

/** How a value is written. */
export interface Style {
  /** Which characters of a key or of a short string are written as escapes: every n-th, none for 0. */
  readonly escapeEvery: number;
  readonly isUpperHex: boolean;
  readonly space: string;
}

/** Any way of writing. */
export const anyStyle: fc.Arbitrary<Style> = fc.record({
  escapeEvery: fc.constantFrom(0, 0, 1, 2, 3, 7),
  isUpperHex: fc.boolean(),
  space: fc.constantFrom('', '', ' ', '\n', '\t', '\r\n  '),
});

/** The object with these fields. */
export function object(fields: Readonly<Record<string, Node>>): Pairs {
  return { pairs: Object.entries(fields) };
}

/** The object with more pairs, before its own or after them. */
export function withPairs(
  { pairs }: Pairs,
  more: readonly (readonly [string, Node])[],
  where: 'before' | 'after' = 'after',
): Pairs {
  return { pairs: where === 'before' ? [...more, ...pairs] : [...pairs, ...more] };
}

/** A plain value as a node. */
export function toNode(value: unknown): Node {
  if (Array.isArray(value)) return value.map(toNode);
  if (typeof value !== 'object' || value === null) return value as Node;
  return { pairs: Object.entries(value).map(([key, one]) => [key, toNode(one)]) };
}

/** Writes a value. */
export function write(node: Node, style: Style): string {
  if (typeof node === 'string') return writeText(node, node.length < 40 ? style.escapeEvery : 0, style);
  if (typeof node !== 'object' || node === null) return JSON.stringify(node);
  if (isList(node)) return `[${node.map((one) => write(one, style)).join(`,${style.space}`)}]`;
  if ('raw' in node) return node.raw;
  const { space, escapeEvery } = style;
  const pairs = node.pairs.map(
    ([key, value]) => `${space}${writeText(key, escapeEvery, style)}:${space}${write(value, style)}`,
  );
  return `{${pairs.join(',')}${space}}`;
}

function isList(node: Raw | readonly Node[] | Pairs): node is readonly Node[] {
  return Array.isArray(node);
}

function writeText(text: string, every: number, { isUpperHex }: Style): string {
  if (every === 0) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, at) => {
    if (at % every !== 0) return JSON.stringify(text.charAt(at)).slice(1, -1);
    const hex = text.charCodeAt(at).toString(16).padStart(4, '0');
    return `\\u${isUpperHex ? hex.toUpperCase() : hex}`;
  });
  return `"${units.join('')}"`;
}
