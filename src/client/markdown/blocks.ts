/** Markdown into the closed tree of `tree.ts`, block by block. The lexer's tokens are all that is used of the library. */
import { Lexer } from 'marked';
import { number, record, text, type Fields } from '../fields.ts';
import { CautiousTokenizer } from './cautious-tokenizer.ts';
import { readEntities, safeAddress, visible } from './plain.ts';
import { element, type MarkdownNode } from './tree.ts';

/** One block of an answer, and the piece of its text that it is made of. */
export interface Block {
  readonly raw: string;
  /** Null: nothing to see, such as an empty line. */
  readonly node: MarkdownNode | null;
  /** Defines the address of links elsewhere in the answer. */
  readonly isDefinition: boolean;
}

/** Deeper lists, quotes and emphasis are shown as they are written. */
const MAX_DEPTH = 16;

/** A longer line of text is shown without emphasis and links: finding those takes time that grows with its square. */
const MAX_INLINE = 8000;

/** Reads the text into blocks. What cannot be read is one block of plain text. */
export function readBlocks(markdown: string): readonly Block[] {
  try {
    const lexer = new Lexer({ gfm: true, breaks: true, tokenizer: new CautiousTokenizer() });
    lexer.blockTokens(markdown, lexer.tokens);
    // The library's own way is the same without the limit.
    for (let at = 0; at < lexer.inlineQueue.length; at += 1) {
      const piece = lexer.inlineQueue[at];
      if (piece === undefined) break;
      if (piece.src.length <= MAX_INLINE) lexer.inlineTokens(piece.src, piece.tokens);
      else piece.tokens.push({ type: 'text', raw: piece.src, text: piece.src, escaped: false });
    }
    return lexer.tokens.map((token) => ({
      raw: token.raw,
      node: buildBlock(record(token), 0),
      isDefinition: token.type === 'def',
    }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Thousands of levels deep: more than the stack holds.
    return [{ raw: markdown, node: element('p', {}, [visible(markdown)]), isDefinition: false }];
  }
}

type Builder = (token: Fields, depth: number) => MarkdownNode | null;

const blockBuilders: Readonly<Record<string, Builder>> = {
  space: () => null,
  def: () => null,
  hr: () => element('hr', {}),
  heading: (token, depth) =>
    element('h2', { 'data-depth': String(number(token, 'depth')) }, inlines(token, depth)),
  paragraph: (token, depth) => element('p', {}, inlines(token, depth)),
  blockquote: (token, depth) => element('blockquote', {}, blocks(token, depth)),
  list: buildList,
  table: buildTable,
  code: buildCode,
  html: (token) => element('p', {}, [visible(text(token, 'raw')).trimEnd()]),
};

const inlineBuilders: Readonly<Record<string, Builder>> = {
  br: () => element('br', {}),
  strong: (token, depth) => element('strong', {}, inlines(token, depth)),
  em: (token, depth) => element('em', {}, inlines(token, depth)),
  del: (token, depth) => element('del', {}, inlines(token, depth)),
  codespan: (token) => element('code', {}, [visible(text(token, 'text'))]),
  escape: (token) => visible(text(token, 'text')),
  html: (token) => visible(text(token, 'raw')),
  checkbox: (token) => (token['checked'] === true ? '☑ ' : '☐ '),
  link: buildLink,
  // A picture is never fetched: whoever wrote its address would learn that it was read. It is a link with its words.
  image: (token) => link(text(token, 'href'), [visible(text(token, 'text')) || 'Picture']),
};

function buildBlock(token: Fields, depth: number): MarkdownNode | null {
  const type = text(token, 'type');
  if (depth > MAX_DEPTH) return visible(text(token, 'raw'));
  const build = Object.hasOwn(blockBuilders, type) ? blockBuilders[type] : undefined;
  return build === undefined ? buildInline(token, depth) : build(token, depth + 1);
}

function buildInline(token: Fields, depth: number): MarkdownNode | null {
  const type = text(token, 'type');
  if (depth > MAX_DEPTH) return visible(text(token, 'raw'));
  const build = Object.hasOwn(inlineBuilders, type) ? inlineBuilders[type] : undefined;
  if (build !== undefined) return build(token, depth + 1);
  const nested = tokensOf(token);
  return nested.length > 0
    ? element('span', {}, inlines(token, depth))
    : readEntities(text(token, 'text') || text(token, 'raw'));
}

function blocks(token: Fields, depth: number): readonly MarkdownNode[] {
  return tokensOf(token).flatMap((it) => buildBlock(it, depth) ?? []);
}

function inlines(token: Fields, depth: number): readonly MarkdownNode[] {
  return tokensOf(token).flatMap((it) => buildInline(it, depth) ?? []);
}

function buildList(token: Fields, depth: number): MarkdownNode {
  const items = listOf(token['items']).map((item) => element('li', {}, blocks(item, depth)));
  if (token['ordered'] !== true) return element('ul', {}, items);
  const start = number(token, 'start');
  return element('ol', start === 1 ? {} : { start: String(start) }, items);
}

/** Wide tables scroll by themselves, with the keyboard too. */
function buildTable(token: Fields, depth: number): MarkdownNode {
  const cell = (tag: 'td' | 'th', it: Fields): MarkdownNode => {
    const align = text(it, 'align');
    const attributes = {
      ...(tag === 'th' ? { scope: 'col' } : {}),
      ...(align === '' ? {} : { 'data-align': align }),
    };
    return element(tag, attributes, inlines(it, depth));
  };
  const head = listOf(token['header']).map((it) => cell('th', it));
  const rows = Array.isArray(token['rows']) ? token['rows'] : [];
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      listOf(row).map((it) => cell('td', it)),
    ),
  );
  const table = element('table', {}, [
    element('thead', {}, [element('tr', {}, head)]),
    element('tbody', {}, body),
  ]);
  return element('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Table' }, [table]);
}

/** A block of code with its language and a button that copies it. */
function buildCode(token: Fields): MarkdownNode {
  const language = /^[\w#+.-]{1,24}/.exec(visible(text(token, 'lang')).trim())?.[0] ?? '';
  const code = element('code', {}, [visible(text(token, 'text'))]);
  const name = language === '' ? 'Code' : language;
  return element('figure', { class: 'code' }, [
    element('figcaption', {}, [
      element('span', { class: 'language' }, [name]),
      element('button', { class: 'copy-code', type: 'button' }, ['Copy code']),
    ]),
    element('pre', { tabindex: '0', role: 'group', 'aria-label': `Code, ${name}` }, [code]),
  ]);
}

function buildLink(token: Fields, depth: number): MarkdownNode {
  return link(text(token, 'href'), inlines(token, depth));
}

/** Where it may not lead, its words alone are shown, and an http address as it is. */
function link(address: string, words: readonly MarkdownNode[]): MarkdownNode {
  const href = safeAddress(readEntities(address));
  if (href !== null) return element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, words);
  const isTold = words.every((it) => typeof it === 'string' && address.includes(it));
  const shown = /^http:/i.test(address) && !isTold ? [` (${visible(address)})`] : [];
  return element('span', {}, [...words, ...shown]);
}

function tokensOf(token: Fields): readonly Fields[] {
  return listOf(token['tokens']);
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(record) : [];
}
