/** Small hands on the document. Text goes in as text, never as markup. */

/** The element at `selector`. A missing one throws: script and markup belong together. */
export function find<T extends Element>(selector: string, kind: new () => T, root: ParentNode = document): T {
  const element = root.querySelector(selector);
  if (element instanceof kind) return element;
  throw new Error(`index.html should have a ${kind.name} at ${selector}`);
}

/** A fresh copy of what a `template` holds: its one element. */
export function copyOf(selector: string): HTMLElement {
  const copy = find(selector, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (copy instanceof HTMLElement) return copy;
  throw new Error(`the template at ${selector} should hold an element`);
}

/** Touching a live region makes it speak: only when it has something new to say. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A child of the page's own making. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  text = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Brings the children of `parent` into this order; those that are not named any more go. */
export function arrange(parent: Element, children: readonly Element[]): void {
  const kept = new Set(children);
  for (const child of parent.children) if (!kept.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const child of children) {
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}
