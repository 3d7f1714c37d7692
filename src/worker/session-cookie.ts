import type { Context } from 'hono';
import { setCookie } from 'hono/cookie';
import { cookieName, isPlainLoopback } from './credentials.ts';
import type { Door } from './door.ts';

/** Puts a session cookie into the browser; one that has run out takes it away. `expiresAt` in Unix seconds. */
export function keepCookie(c: Context<Door>, value: string, expiresAt: number): void {
  setCookie(c, cookieName(c.req.url), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: !isPlainLoopback(c.req.url),
    maxAge: Math.max(0, Math.floor(expiresAt - Date.now() / 1000)),
  });
}
