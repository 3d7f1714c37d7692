/** Brings a node of the document in step with an answer's tree, touching only what has changed: nothing flickers. */
import type { MarkdownElement, MarkdownNode } from '../markdown/tree.ts';

/** Makes the children of `parent` those nodes; the ones before `from` are as they should be. */
export function showNodes(parent: Element, nodes: readonly MarkdownNode[], from = 0): void {
  for (let at = from; at < nodes.length; at += 1) {
    const node = nodes[at];
    if (node !== undefined) showNode(parent, parent.childNodes[at] ?? null, node);
  }
  while (parent.childNodes.length > nodes.length) parent.lastChild?.remove();
}

function showNode(parent: Element, shown: ChildNode | null, node: MarkdownNode): void {
  if (typeof node === 'string') showText(parent, shown, node);
  else if (shown instanceof HTMLElement && shown.localName === node.tag) showElement(shown, node);
  else {
    const fresh = document.createElement(node.tag);
    showElement(fresh, node);
    if (shown === null) parent.append(fresh);
    else shown.replaceWith(fresh);
  }
}

function showText(parent: Element, shown: ChildNode | null, text: string): void {
  if (!(shown instanceof Text)) {
    if (shown === null) parent.append(text);
    else shown.replaceWith(text);
  } else if (text.length > shown.length && text.startsWith(shown.data)) {
    // What is marked with the mouse stays marked.
    shown.appendData(text.slice(shown.length));
  } else if (shown.data !== text) shown.data = text;
}

function showElement(shown: HTMLElement, { attributes, children }: MarkdownElement): void {
  const wanted = new Map(Object.entries(attributes));
  for (const name of shown.getAttributeNames()) if (!wanted.has(name)) shown.removeAttribute(name);
  for (const [name, value] of wanted) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  // Its words say for a moment that it was pressed.
  if (shown.localName !== 'button' || shown.textContent === '') showNodes(shown, children);
}
