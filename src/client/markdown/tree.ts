/**
 * What an answer may look like: a closed set of elements and attributes. Nothing else can be built from it, so whatever
 * an answer says, no script, no picture, no form and no address but https and mailto comes of it.
 */

export type MarkdownNode = string | MarkdownElement;

export type MarkdownTag =
  | 'a'
  | 'blockquote'
  | 'br'
  | 'button'
  | 'code'
  | 'del'
  | 'div'
  | 'em'
  | 'figcaption'
  | 'figure'
  | 'h2'
  | 'hr'
  | 'li'
  | 'ol'
  | 'p'
  | 'pre'
  | 'span'
  | 'strong'
  | 'table'
  | 'tbody'
  | 'td'
  | 'th'
  | 'thead'
  | 'tr'
  | 'ul';

export type MarkdownAttribute =
  | 'aria-label'
  | 'class'
  | 'data-align'
  | 'data-depth'
  | 'href'
  | 'rel'
  | 'role'
  | 'scope'
  | 'start'
  | 'tabindex'
  | 'target'
  | 'type';

export interface MarkdownElement {
  readonly tag: MarkdownTag;
  readonly attributes: Readonly<Partial<Record<MarkdownAttribute, string>>>;
  readonly children: readonly MarkdownNode[];
}

/** An element; without children it is empty. */
export function element(
  tag: MarkdownTag,
  attributes: MarkdownElement['attributes'],
  children: readonly MarkdownNode[] = [],
): MarkdownElement {
  return { tag, attributes, children };
}
