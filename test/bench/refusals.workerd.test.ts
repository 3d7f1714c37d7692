import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { base64url, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import { tokenFor } from '../support/tokens.ts';
import { HERE, knock, told } from '../workerd/visitor.ts';

const TIMES = 100;
const OTHER_SECRET = 'another secret than the one of the door';

/** A way to be refused. Each credential is of good form: only what vouches for it is wrong. */
const knocks: readonly { readonly code: string; readonly headers: () => Promise<Record<string, string>> }[] =
  [
    { code: 'unauthenticated', headers: async () => ({}) },
    {
      code: 'invalid_credential',
      headers: async () => ({
        Authorization: `Bearer ${await tokenFor(crypto.randomUUID(), { secret: OTHER_SECRET })}`,
      }),
    },
    { code: 'invalid_credential', headers: async () => ({ Cookie: await forgedCookie(), Origin: HERE }) },
    {
      code: 'origin_not_allowed',
      headers: async () => ({ Cookie: await forgedCookie(), Origin: 'https://evil.example' }),
    },
    {
      code: 'invalid_credential',
      headers: async () => ({ 'Sec-WebSocket-Protocol': `voxgate.ticket.${forgedTicket()}`, Origin: HERE }),
    },
  ];

/** What `signSession` writes, under another secret. */
async function forgedCookie(): Promise<string> {
  const value = await new SignJWT({ user_issuer: OWN_ISSUER, signed_at: Date.now(), voxgate: {} })
    .setProtectedHeader({ alg: 'HS256', typ: 'voxgate-session+jwt' })
    .setIssuer(OWN_ISSUER)
    .setAudience('voxgate-session')
    .setSubject(crypto.randomUUID())
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(OTHER_SECRET));
  return `voxgate=${value}`;
}

/** Names an object that nobody has: whoever believed it would make one. */
function forgedTicket(): string {
  const name = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const [random, mac] = [0, 1].map(() => base64url.encode(crypto.getRandomValues(new Uint8Array(32))));
  return `${name}.${Math.floor(Date.now() / 1000) + 20}.${random}.${mac}`;
}

it('[B6] five hundred refused upgrades of every kind leave no object behind', async () => {
  const users = await listDurableObjectIds(env.USERS);
  const shards = await listDurableObjectIds(env.DIRECTORY);
  for (const { code, headers } of knocks) {
    const verdicts = await Promise.all(
      Array.from({ length: TIMES }, async () => told(await knock(await headers()))),
    );
    expect(new Set(verdicts)).toEqual(new Set([code]));
  }
  expect(await listDurableObjectIds(env.USERS)).toEqual(users);
  expect(await listDurableObjectIds(env.DIRECTORY)).toEqual(shards);
  // The same listing sees somebody who is let in.
  const Authorization = `Bearer ${await tokenFor(crypto.randomUUID())}`;
  expect(await told(await knock({ Authorization }))).toBe('let in');
  expect(await listDurableObjectIds(env.USERS)).toHaveLength(users.length + 1);
});
