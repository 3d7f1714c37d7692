/** Somebody at the door inside the runtime: asks with any header, and reads what the door says. */
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import worker from '../../src/worker/index.ts';

/** Our own origin in these tests. */
export const HERE = 'http://localhost';

/** The one other origin that the tests' `ALLOWED_ORIGINS` names. */
export const FRIEND = 'https://friend.example';

/** Variables and bindings that differ from those of the tests. */
export type Changes = Partial<Record<string, unknown>>;

/** Asks for an address of the Worker. */
export async function visit(path: string, init: RequestInit = {}, changes: Changes = {}): Promise<Response> {
  return worker.fetch(new Request(`${HERE}${path}`, init), { ...env, ...changes });
}

/** Asks for a socket. */
export function knock(headers: Record<string, string>, changes: Changes = {}): Promise<Response> {
  return visit('/ws/voice', { headers: { Upgrade: 'websocket', ...headers } }, changes);
}

/** The code of a refusal, which is of the one form that refusals have. */
export async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  const body = await response.json<{ code: string; status: number }>();
  expect(body.status).toBe(response.status);
  return body.code;
}

/** `let in`, `let in as USER`, or the code of the refusal. A socket that was opened is closed again. */
export async function told(response: Response): Promise<string> {
  if (response.status === 101) {
    hangUp(response);
    return 'let in';
  }
  if (response.status === 200) return `let in as ${(await response.json<{ user: string }>()).user}`;
  return codeOf(response);
}

/** Closes a socket that the door opened. */
export function hangUp(response: Response): void {
  response.webSocket?.accept();
  response.webSocket?.close(1000);
}

/** The cookie that a sign-in set, as a browser sends it back. */
export function cookieOf(response: Response): string {
  return (response.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
}

/** Signs in with a token, and returns the cookie. */
export async function cookieFor(token: string, changes: Changes = {}): Promise<string> {
  const headers = { Authorization: `Bearer ${token}` };
  return cookieOf(await visit('/api/session', { method: 'POST', headers }, changes));
}
