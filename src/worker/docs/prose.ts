import { html } from 'hono/html';

/** Markup that is safe to put into a page: everything in it that was text is escaped. */
export type Markup = ReturnType<typeof html>;

/** A sentence of ours, with what stands between backticks as code. */
export function prose(text: string): Markup {
  const parts = text.split('`');
  return html`${parts.map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

/** A list of terms and what each means. */
export function terms(list: readonly (readonly [term: Markup, meaning: Markup])[]): Markup {
  return html`<dl>
    ${list.map(
      ([term, meaning]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${meaning}</dd>
        </div> `,
    )}
  </dl>`;
}

/** A word as programs write it. */
export function code(word: string | number): Markup {
  return html`<code>${word}</code>`;
}

/** Lines of a program. They may be wider than the page: whoever has no pointer scrolls them with the keyboard. */
export function sample(name: string, lines: string): Markup {
  return html`<pre tabindex="0" role="region" aria-label="${name}"><code>${lines}</code></pre>`;
}
