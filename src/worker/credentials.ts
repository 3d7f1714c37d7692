/** What a request carries to say who sends it, in the order in which it counts. Pure: nothing is verified here. */
import { parse } from 'hono/utils/cookie';

/** The first credential present. `in-url` is refused whatever it holds. */
export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'ticket'; readonly ticket: string }
  /** A token that Cloudflare Access puts into each request of a browser that signed in there. */
  | { readonly kind: 'access-token'; readonly token: string }
  | { readonly kind: 'cookie'; readonly value: string }
  | { readonly kind: 'in-url' }
  | { readonly kind: 'none' };

const IN_URL = ['token', 'access_token', 'api-key', 'api_key', 'authorization', 'jwt', 'ticket'];
const KEY_SUBPROTOCOL = 'openai-insecure-api-key.';
const TICKET_SUBPROTOCOL = 'voxgate.ticket.';
const ACCESS_HEADER = 'Cf-Access-Jwt-Assertion';
const BEARER = /^bearer +(.*)$/i;

/**
 * Finds the credential that counts: Bearer, `api-key`, the SDKs' key subprotocol, a ticket's subprotocol, Cloudflare
 * Access, then the session cookie.
 */
export function credentialOf(request: Request): Credential {
  if (hasCredential(request.url)) return { kind: 'in-url' };
  const token =
    bearerOf(request) ?? request.headers.get('api-key') ?? offeredBehind(request, KEY_SUBPROTOCOL);
  if (token !== null) return { kind: 'token', token };
  const ticket = offeredBehind(request, TICKET_SUBPROTOCOL);
  if (ticket !== null) return { kind: 'ticket', ticket };
  const accessToken = request.headers.get(ACCESS_HEADER);
  if (accessToken !== null) return { kind: 'access-token', token: accessToken };
  const value = parse(request.headers.get('Cookie') ?? '')[cookieName(request.url)];
  return value === undefined ? { kind: 'none' } : { kind: 'cookie', value };
}

/** The subprotocols a client offers. */
export function offeredSubprotocols(request: Request): string[] {
  const header = request.headers.get('Sec-WebSocket-Protocol') ?? '';
  return header
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** The session cookie's name: `__Host-` pins it to this host over TLS; plain-http loopback cannot keep such a one. */
export function cookieName(url: string): string {
  return isPlainLoopback(url) ? 'voxgate' : '__Host-voxgate';
}

/** True for http on this machine, where a Secure cookie would not come back in every browser. */
export function isPlainLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
  return protocol === 'http:' && isLoopback;
}

function hasCredential(url: string): boolean {
  if (!url.includes('?')) return false;
  const { searchParams } = new URL(url);
  return IN_URL.some((name) => searchParams.has(name));
}

/** A bearer header that is there but not of the form is a bad credential, not a missing one. */
function bearerOf(request: Request): string | null {
  const header = request.headers.get('Authorization');
  return header === null ? null : (BEARER.exec(header)?.[1] ?? '');
}

function offeredBehind(request: Request, prefix: string): string | null {
  const entry = offeredSubprotocols(request).find((offered) => offered.startsWith(prefix));
  return entry === undefined ? null : entry.slice(prefix.length);
}
