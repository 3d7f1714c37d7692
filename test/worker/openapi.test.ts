import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { docsPage } from '../../src/worker/docs/page.ts';
import { apiDocument } from '../../src/worker/openapi/document.ts';
import { problem } from '../../src/worker/problem.ts';
import { closeCodes } from '../../src/protocol/close-codes.ts';
import { gatewayErrorCodes } from '../../src/protocol/errors.ts';
import { problems } from '../../src/worker/problem.ts';
import { misfit } from '../support/fits.ts';

const document = apiDocument('1.2.3');

const limits = {
  connections: 3,
  requests_per_minute: 60,
  daily_tokens: null,
  daily_usd: 0.5,
  daily_voice_minutes: null,
  idle_minutes: 30,
  session_minutes: 240,
};

const session = { user: 'alice', role: 'user', guest: false, expires_at: 1_800_000_000, limits };

function says(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: { 'Content-Type': 'application/json' } });
}

it('[O7] the document is a valid one of OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone({ ...document }))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(document.info).toMatchObject({ title: 'Voxgate', version: '1.2.3' });
});

it('[O7] a document that is none would be found', async () => {
  const broken = {
    ...structuredClone({ ...document }),
    paths: { '/api/session': { get: { responses: 7 } } },
  };
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

it('[O7] every refusal names its codes, and is a problem document', () => {
  const responses = document.paths['/api/session']?.['get']?.responses ?? {};
  expect(Object.keys(responses)).toEqual(['200', '401', '429', '500', '503']);
  expect(responses['401']?.content).toEqual({
    'application/problem+json': {
      schema: {
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          { properties: { code: { enum: ['unauthenticated', 'invalid_credential', 'credential_in_url'] } } },
        ],
      },
    },
  });
});

it('[O7] what is closed in our tests is open in the document: a client must not break on a new field', () => {
  expect(JSON.stringify(document)).not.toContain('additionalProperties":false');
  expect(JSON.stringify(document)).not.toContain('$schema');
});

it('[O9] an answer that is as described fits', async () => {
  expect(await misfit(says(session), 'GET /api/session')).toBeNull();
  expect(await misfit(problem('rate_limited'), 'GET /api/session')).toBeNull();
  expect(await misfit(new Response(null, { status: 204 }), 'DELETE /api/admin/sessions/:id')).toBeNull();
});

it.each([
  ['a field too many', says({ ...session, email: 'alice@example.com' })],
  ['a field too few', says({ ...session, role: undefined })],
  ['a field of another kind', says({ ...session, expires_at: '2026-11-25' })],
  ['a limit of another name', says({ ...session, limits: { ...limits, tokens: 1 } })],
  ['a status that is not described', says(session, 201)],
  ['a type that is not described', new Response('hello', { headers: { 'Content-Type': 'text/plain' } })],
  ['a refusal with a code of other operations', problem('upgrade_required')],
  [
    'a refusal that says another status',
    new Response(JSON.stringify({ type: 'about:blank', title: '', status: 500, code: 'unauthenticated' }), {
      status: 401,
      headers: { 'Content-Type': 'application/problem+json' },
    }),
  ],
])('[O9] an answer with %s does not fit', async (_, answer) => {
  expect(await misfit(answer, 'GET /api/session')).not.toBeNull();
});

it('[O9] an answer without the headers that belong to it does not fit', async () => {
  expect(await misfit(says(session), 'POST /api/session')).toBe('it carries no Set-Cookie');
});

it('[O10] the page tells of every operation, parameter, code and end', async () => {
  const page = await docsPage(document);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, { operationId, parameters }] of Object.entries(item)) {
      expect(page).toContain(`id="${operationId}"><span class="method">${method.toUpperCase()}</span>`);
      expect(page).toContain(`<code>${path}</code>`);
      for (const { name } of parameters) expect(page).toContain(`<code>${name}</code>`);
    }
  }
  for (const code of [...Object.keys(problems), ...gatewayErrorCodes])
    expect(page).toContain(`<code>${code}</code>`);
  for (const { code, reason } of Object.values(closeCodes)) {
    expect(page).toContain(`<code>${code}</code>`);
    expect(page).toContain(reason);
  }
});

it('[O10] the page has no script, no style of its own and nothing from elsewhere', async () => {
  const page = await docsPage(document);
  expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
  const addresses = [...page.matchAll(/(?:href|src)="(?<address>[^"]*)"/g)].map(
    ({ groups }) => groups?.['address'],
  );
  expect(addresses.filter((address) => !/^[/#](?!\/)/.test(address ?? ''))).toEqual([]);
});

it('[O10] what is text in the document stays text in the page', async () => {
  const { info } = document;
  const page = await docsPage({ ...document, info: { ...info, description: 'a <b>bold</b> `<i>word</i>`' } });
  expect(page).toContain('a &lt;b&gt;bold&lt;/b&gt; <code>&lt;i&gt;word&lt;/i&gt;</code>');
});
