/**
 * The page as the model may see it: what a person sees, as markup without styles, scripts and what was typed into boxes.
 * Parts marked `data-private` are left out: they are about other conversations.
 */

/** At most so much of it, in UTF-8 bytes. */
export const PAGE_BYTES = 20_000;

const leftOut: ReadonlySet<string> = new Set([
  'canvas',
  'head',
  'iframe',
  'link',
  'meta',
  'noscript',
  'object',
  'script',
  'style',
  'svg',
  'template',
]);

const keptAttributes = ['role', 'aria-label', 'data-role', 'href', 'lang', 'placeholder', 'type'] as const;

/** The markup of `root`, cut where it is too long. */
export function readPage(root: Element): string {
  const pieces: string[] = [];
  let left = PAGE_BYTES;
  const utf8 = new TextEncoder();
  const write = (piece: string): boolean => {
    left -= utf8.encode(piece).length;
    if (left >= 0) pieces.push(piece);
    return left >= 0;
  };
  walk(root, write);
  return pieces.join('');
}

/** False when there is no room for more: what is open stays open. */
function walk(node: Node, write: (piece: string) => boolean): boolean {
  if (node instanceof Text)
    return node.data.trim() === '' || write(escape(node.data.replaceAll(/\s+/g, ' ')));
  if (!(node instanceof Element) || !isSeen(node)) return true;
  const tag = node.localName;
  if (!write(`<${tag}${attributesOf(node)}>`)) return false;
  // What is in a box is the person's until they send it.
  if (tag !== 'textarea' && ![...node.childNodes].every((child) => walk(child, write))) return false;
  return tag === 'br' || tag === 'hr' || tag === 'input' || write(`</${tag}>`);
}

function isSeen(element: Element): boolean {
  if (leftOut.has(element.localName) || element.hasAttribute('data-private')) return false;
  return element.checkVisibility({ visibilityProperty: true });
}

function attributesOf(element: Element): string {
  return keptAttributes
    .flatMap((name) => {
      const value = element.getAttribute(name);
      return value === null ? [] : [` ${name}="${escape(value)}"`];
    })
    .join('');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
