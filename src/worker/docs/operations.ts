/** The chapters that are made of the OpenAPI document alone. */
import { html } from 'hono/html';
import type { ApiDocument, OperationObject, ResponseObject } from '../openapi/document.ts';
import { fieldList, typeOf } from './fields.ts';
import { code, prose, terms, type Markup } from './prose.ts';

/** Everything that can be asked of one chapter. */
export function operationsOf(document: ApiDocument, chapter: string): Markup {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { tags }]) => tags.includes(chapter))
      .map(([method, operation]) => operationArticle({ path, method, operation })),
  );
  return html`${operations}`;
}

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
}

function operationArticle({ path, method, operation }: Placed): Markup {
  const { operationId, summary, description, parameters, requestBody, responses, security } = operation;
  return html`<article aria-labelledby="${operationId}">
    <h3 id="${operationId}"><span class="method">${method.toUpperCase()}</span> <code>${path}</code></h3>
    <p>${prose(summary)}</p>
    ${description === undefined ? '' : html`<p>${prose(description)}</p>`}
    <p class="who">${whoOf(security)}</p>
    ${
      parameters.length === 0
        ? ''
        : html`<h4>Parameters</h4>
            ${parameterList(operation)}`
    }
    ${
      requestBody === undefined
        ? ''
        : html`<h4>Body</h4>
            ${bodyOf(requestBody)}`
    }
    <h4>Answers</h4>
    ${terms(Object.entries(responses).map(([status, answer]) => [code(status), answerOf(answer)]))}
  </article> `;
}

function bodyOf({ content }: NonNullable<OperationObject['requestBody']>): Markup {
  const json = content['application/json']?.schema;
  return json === undefined ? html`<p>${Object.keys(content).map(code)}</p>` : fieldList(json);
}

function whoOf(security: OperationObject['security']): string {
  if (security.length === 0) return 'For anyone.';
  const isForAdmins = security.every((way) => Object.values(way).every((roles) => roles.includes('admin')));
  return isForAdmins ? 'For administrators.' : 'For everybody with a credential.';
}

function parameterList({ parameters }: OperationObject): Markup {
  return terms(
    parameters.map(({ name, in: place, required, description, schema }) => [
      html`<code>${name}</code>
        <span class="type">${place}, ${typeOf(schema)}${required ? '' : ', may be absent'}</span>`,
      prose(description),
    ]),
  );
}

function answerOf({ description, headers, content = {} }: ResponseObject): Markup {
  const names = Object.entries(headers);
  const body = content['application/json']?.schema;
  return html`<p>${prose(description)}</p>
    ${
      names.length === 0
        ? ''
        : terms(
            names.map(([name, { description: says }]) => [
              html`<code>${name}</code> <span class="type">header</span>`,
              prose(says),
            ]),
          )
    }
    ${body === undefined ? '' : fieldList(body)}`;
}
