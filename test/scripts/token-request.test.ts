import { expect, test } from 'vitest';
import { parseTokenRequest } from '../../scripts/token-request.ts';

test('[S6] a user alone gets an hour, no role and no limits of their own', () => {
  const request = { user: 'alice', isAdmin: false, ttlSeconds: 3_600, limits: null };
  expect(parseTokenRequest(['alice'])).toEqual({ ok: true, request });
});

test('[S6] role, lifetime and limits are taken as asked', () => {
  const limits = { connections: 5, dailyUsd: 0.5, unlocked: true };
  const args = ['--admin', 'alice', '--ttl', '2d', '--limits', JSON.stringify(limits)];
  expect(parseTokenRequest(args)).toEqual({
    ok: true,
    request: { user: 'alice', isAdmin: true, ttlSeconds: 172_800, limits },
  });
});

test.each([
  { args: [], says: 'USER' },
  { args: [''], says: 'USER' },
  { args: ['alice', 'bob'], says: 'USER' },
  { args: ['alice', '--ttl', '0h'], says: '--ttl' },
  { args: ['alice', '--ttl', '1w'], says: '--ttl' },
  { args: ['alice', '--limits', '{'], says: '--limits' },
  { args: ['alice', '--limits', '[]'], says: '--limits' },
  { args: ['alice', '--limits', '{"conections":1}'], says: 'conections' },
  { args: ['alice', '--limits', '{"connections":-1}'], says: 'connections' },
  { args: ['alice', '--limits', '{"requestsPerMinute":1.5}'], says: 'requestsPerMinute' },
  { args: ['alice', '--root'], says: '--root' },
])('[S6] $args is refused in words that name $says', ({ args, says }) => {
  const parsed = parseTokenRequest(args);
  expect(parsed.ok ? parsed.request : parsed.problem).toContain(says);
});
