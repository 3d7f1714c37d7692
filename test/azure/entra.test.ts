import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntraTokens, type EntraApp } from '../../src/azure/entra.ts';

interface Asked {
  readonly path: string;
  readonly form: URLSearchParams;
}

/** A token endpoint on a real port; each test says how it answers, in the order of the questions. */
class Authority {
  readonly asked: Asked[] = [];
  readonly answers: { status: number; body: string }[] = [];
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  async open(): Promise<EntraApp> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const authority = `http://127.0.0.1:${port}`;
    return { authority, tenantId: 'contoso', clientId: 'app', clientSecret: 'hush & hush' };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked.push({ path: request.url ?? '', form: new URLSearchParams(await text(request)) });
    const { status, body } = this.answers.shift() ?? { status: 500, body: '' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }

  gives(token: string, seconds: unknown = 3600): void {
    const body = JSON.stringify({ token_type: 'Bearer', access_token: token, expires_in: seconds });
    this.answers.push({ status: 200, body });
  }
}

const MINUTE = 60_000;
let authority: Authority;
let tokens: EntraTokens;

beforeEach(async () => {
  authority = new Authority();
  tokens = new EntraTokens(await authority.open());
});

afterEach(async () => authority.close());

describe('tokens of Entra ID', () => {
  it('[F6] a token is asked for once, with the application and the scope of Azure AI, and kept', async () => {
    authority.gives('one');
    const [first, second] = await Promise.all([tokens.token(0), tokens.token(0)]);
    expect([first, second, await tokens.token(50 * MINUTE)]).toEqual(
      Array.from({ length: 3 }, () => ({ outcome: 'token', token: 'one' })),
    );
    expect(authority.asked).toHaveLength(1);
    const [{ path, form } = { path: '', form: new URLSearchParams() }] = authority.asked;
    expect(path).toBe('/contoso/oauth2/v2.0/token');
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 'hush & hush',
      scope: 'https://ai.azure.com/.default',
    });
  });

  it('[F6] a token that has nearly run out is used while the next one is fetched', async () => {
    authority.gives('one');
    await tokens.token(0);
    authority.gives('two');
    expect(await tokens.token(56 * MINUTE)).toEqual({ outcome: 'token', token: 'one' });
    await expect.poll(async () => tokens.token(57 * MINUTE)).toEqual({ outcome: 'token', token: 'two' });
  });

  it('[F6] a token is used to its end while Entra is down, and not after', async () => {
    authority.gives('one');
    await tokens.token(0);
    expect(await tokens.token(59 * MINUTE)).toEqual({ outcome: 'token', token: 'one' });
    expect(await tokens.token(60 * MINUTE)).toEqual({ outcome: 'refused', status: 500 });
  });

  it('[F6] a token that Azure refused is asked for anew', async () => {
    authority.gives('one');
    await tokens.token(0);
    tokens.forget('another');
    expect(await tokens.token(1)).toEqual({ outcome: 'token', token: 'one' });
    tokens.forget('one');
    authority.gives('two');
    expect(await tokens.token(2)).toEqual({ outcome: 'token', token: 'two' });
  });

  it.each([
    ['a refusal', 401, '{"error":"invalid_client","error_description":"a secret of ours"}', 401],
    ['an answer without a token', 200, '{}', 200],
  ])('[F7] %s is told by its status alone', async (_what, status, body, told) => {
    authority.answers.push({ status, body });
    expect(await tokens.token(0)).toEqual({ outcome: 'refused', status: told });
  });

  it('[F7] what is no JSON, and nobody there, is unreachable, and is asked again next time', async () => {
    authority.answers.push({ status: 200, body: '<html>' });
    expect(await tokens.token(0)).toEqual({ outcome: 'unreachable' });
    authority.gives('one', 'soon');
    expect(await tokens.token(1)).toEqual({ outcome: 'token', token: 'one' });
    await authority.close();
    expect(await tokens.token(2 * MINUTE)).toEqual({ outcome: 'unreachable' });
    authority = new Authority();
    await authority.open();
  });
});
