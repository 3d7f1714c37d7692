import { html } from 'hono/html';
import type { ApiDocument } from '../openapi/document.ts';
import { problems } from '../problem.ts';
import { operationsOf } from './operations.ts';
import { code, prose, terms, type Markup } from './prose.ts';
import { socketWords } from './sockets.ts';

/** The API as a page: one document and one style sheet, no script, nothing from elsewhere. */
export async function docsPage(document: ApiDocument): Promise<string> {
  const { info, tags } = document;
  const chapters = ['Credentials', 'Errors', ...tags.map(({ name }) => name)];
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Voxgate: the API</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="description" content="What can be asked of Voxgate, how it answers and how it refuses." />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/docs.css" />
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>
        <header>
          <p class="name"><a href="/">Voxgate</a></p>
          <h1>The API</h1>
          <p>${prose(info.description)}</p>
          <p>Version ${info.version}. For programs: <a href="/openapi.json">OpenAPI document</a>.</p>
        </header>
        <nav aria-label="Chapters">
          <ul>
            ${chapters.map((name) => html`<li><a href="#${idOf(name)}">${name}</a></li> `)}
          </ul>
        </nav>
        <main id="content">
          ${chapter('Credentials', credentialWords(document))} ${chapter('Errors', errorWords())}
          ${tags.map(({ name }) =>
            chapter(name, html`${operationsOf(document, name)} ${name === 'Sockets' ? socketWords() : ''}`),
          )}
        </main>
      </body>
    </html>`;
  return page.toString();
}

function chapter(name: string, content: Markup): Markup {
  return html`<section aria-labelledby="${idOf(name)}">
    <h2 id="${idOf(name)}">${name}</h2>
    ${content}
  </section> `;
}

function idOf(name: string): string {
  return name.toLowerCase();
}

function credentialWords({ components }: ApiDocument): Markup {
  const { bearer: _, ...others } = components.securitySchemes;
  return html`<p>
      ${prose(
        'The first of these that is present counts, and one that is bad is refused, whatever stands beside it. None ever ' +
          'goes into an address. A cookie or a ticket counts only from our own origin or one in `ALLOWED_ORIGINS`, wherever ' +
          'something could change.',
      )}
    </p>
    ${terms([
      [code('Authorization'), prose('`Bearer TOKEN`.')],
      ...Object.values(others).map(({ name, description }) => [code(name), prose(description)] as const),
    ])}`;
}

function errorWords(): Markup {
  return html`<p>
      ${prose(
        'The body of every refusal is `application/problem+json`: `type`, `title`, `status`, `code` and, where there is ' +
          'something to add, `detail`. The codes are stable:',
      )}
    </p>
    ${terms(
      Object.entries(problems).map(([name, { status, title }]) => [
        html`<code>${name}</code> <span class="type">${status}</span>`,
        html`${title}.`,
      ]),
    )}`;
}
