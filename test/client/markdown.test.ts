import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mend } from '../../src/client/markdown/mend.ts';
import { MarkdownStream } from '../../src/client/markdown/stream.ts';
import type { MarkdownElement, MarkdownNode } from '../../src/client/markdown/tree.ts';
import { hostileMarkdown } from '../support/hostile-markdown.ts';

const TAGS = new Set(
  'a blockquote br button code del div em figcaption figure h2 hr li ol p pre span strong table tbody td th thead tr ul'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  'aria-label class data-align data-depth href rel role scope start tabindex target type'.split(' '),
);

function read(text: string): readonly MarkdownNode[] {
  return new MarkdownStream().read(text, true).nodes;
}

function elements(nodes: readonly MarkdownNode[]): readonly MarkdownElement[] {
  return nodes.flatMap((node) => (typeof node === 'string' ? [] : [node, ...elements(node.children)]));
}

function textOf(nodes: readonly MarkdownNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : textOf(node.children))).join('');
}

function depthOf(nodes: readonly MarkdownNode[]): number {
  return Math.max(0, ...nodes.map((node) => (typeof node === 'string' ? 0 : 1 + depthOf(node.children))));
}

function expectHarmless(nodes: readonly MarkdownNode[]): void {
  for (const { tag, attributes } of elements(nodes)) {
    expect(TAGS).toContain(tag);
    for (const name of Object.keys(attributes)) expect(ATTRIBUTES).toContain(name);
    if (tag !== 'a') continue;
    expect(attributes.href).toMatch(/^(?:https|mailto):/);
    expect([attributes.target, attributes.rel]).toEqual(['_blank', 'noopener noreferrer']);
  }
  expect(depthOf(nodes)).toBeLessThan(60);
  // oxlint-disable-next-line no-control-regex
  expect(textOf(nodes)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F\u202A-\u202E\u2066-\u2069]/);
}

test.each(hostileMarkdown)('[Y30][Y31] %s becomes nothing that it should not', (_, text) => {
  const began = performance.now();
  expectHarmless(read(text));
  expect(performance.now() - began).toBeLessThan(3000);
});

test('[Y30] nothing that anybody could write becomes more than words', () => {
  expect.hasAssertions();
  const piece = fc.constantFrom(
    ...'[ ] ( ) ! < > * ** _ ` ``` ~~~ | - # & &lt; : / \\ " \n \n\n'.split(' '),
    'javascript:',
    'https://a.b',
    'www.a.b',
    '<script>',
    ' ',
    '  ',
    'word',
    '1. ',
    '\u202E',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      expectHarmless(read(pieces.join('')));
    }),
    { numRuns: 400 },
  );
});

const links = [
  ['[a](https://a.example/x)', 'https://a.example/x'],
  ['<https://a.example>', 'https://a.example/'],
  ['https://a.example', 'https://a.example/'],
  ['[m](mailto:a@b.example)', 'mailto:a@b.example'],
  ['![a picture](https://a.example/p.png)', 'https://a.example/p.png'],
  ['[r][1]\n\n[1]: https://a.example/r', 'https://a.example/r'],
] as const;

test.each(links)('[Y31] %s leads to %s', (text, href) => {
  const found = elements(read(text)).filter(({ tag }) => tag === 'a');
  expect(found.map(({ attributes }) => attributes.href)).toEqual([href]);
});

test('[Y31] where a link may not lead, its words stay, and an http address can be read', () => {
  expect(textOf(read('[here](javascript:alert(1)) [there](http://a.example)'))).toBe(
    'here there (http://a.example)',
  );
});

const ANSWER = `Intro with **bold**, \`code\` and [a link](https://example.com/x).

# Head

- one
- two
  - nested

  still two

\`\`\`ts
const a = [1, 2];

export { a };
\`\`\`

| a | b |
|---|--:|
| 1 | 2 |

> quote

1. x
2. y

Para with *em* &amp; ~~no~~ and [r][ref].

[ref]: https://ref.example
`;

test('[Y32] read piece by piece it shows at the end what it shows when read at once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 80 }), (sizes) => {
      const stream = new MarkdownStream();
      let end = 0;
      for (const size of sizes) stream.read(ANSWER.slice(0, (end += size)), false);
      expect(stream.read(ANSWER, true).nodes).toEqual(read(ANSWER));
    }),
    { numRuns: 60 },
  );
});

const longAnswers = [
  [
    'of paragraphs and lists',
    Array.from({ length: 2000 }, (_, at) => `Some *words* number ${at}.\n\n- item\n\n`).join(''),
  ],
  ['of one paragraph', 'word '.repeat(20_000)],
  ['of one block of code', `\`\`\`js\n${'let a = 1;\n'.repeat(9100)}`],
] as const;

test.each(longAnswers)('[Y32] 100 kB %s is read in time that grows with its length', (_, source) => {
  const text = source.slice(0, 100_000);
  const stream = new MarkdownStream();
  for (let end = 20; end < text.length; end += 20) stream.read(text.slice(0, end), false);
  stream.read(text, true);
  expect(stream.readUnits / text.length).toBeLessThan(25);
});

const halves = [
  ['a **bold wor', 'a **bold wor**'],
  ['a **', 'a '],
  ['a `co', 'a `co`'],
  ['a *wor', 'a *wor*'],
  ['2 * 3', '2 * 3'],
  ['snake_ca', 'snake_ca'],
  ['see [the pa', 'see the pa'],
  ['see [the page](https://exam', 'see the page'],
  ['![a pic](ht', 'a pic'],
  ['Here:\n-', 'Here:\n'],
  ['Here:\n===', 'Here:\n'],
  ['Here:\n1.', 'Here:\n'],
  ['Here:\n``', 'Here:\n'],
  ['Here:\n##', 'Here:\n'],
  ['```\nlet a = **b', '```\nlet a = **b'],
  ['whole.', 'whole.'],
] as const;

test.each(halves)('[Y33] %j is shown as %j', (half, shown) => {
  expect(mend(half)).toBe(shown);
});

test('[Y33] no piece of an answer turns into something else and back', () => {
  const stream = new MarkdownStream();
  const kinds: string[] = [];
  const text = 'Some things:\n- one\n- two\n\nAnd **that** is [it](https://a.example).';
  for (let end = 1; end <= text.length; end += 1) {
    const shape = stream
      .read(text.slice(0, end), false)
      .nodes.map((node) => (typeof node === 'string' ? '' : node.tag));
    const kind = shape.join(' ');
    if (kinds.at(-1) !== kind) kinds.push(kind);
  }
  expect(kinds).toEqual(['p', 'p ul', 'p ul p']);
});

test('[Y34] code has its language and a button, and is what was written', () => {
  const [figure] = read('```ts title="x"\nconst a = `<b>`;\n```');
  expect(textOf(figure === undefined ? [] : [figure])).toBe('tsCopy codeconst a = `<b>`;');
});
