import { Hono } from 'hono';
import type { Context } from 'hono';
import type { ListedSession, ListedUser, Spend } from '../../durable-objects/directory-answers.ts';
import { log } from '../../observe/log.ts';
import { directoryStats, listedSessions, listedUsers, ownerOf, ownersOfCalls } from '../directory-shards.ts';
import type { Door } from '../door.ts';
import { drain, freshen } from '../live-sessions.ts';
import { withAdmin, withAdmittedUser } from '../middleware/identity.ts';
import { USUAL_DRAIN_SECONDS, withinParameter } from '../openapi/admin.ts';
import { readPage, sessionCursors, userCursors } from '../page-request.ts';
import { readQuery } from '../parameter.ts';
import { problem } from '../problem.ts';
import { unreachable } from '../unreachable.ts';
import { objectNamed, userObject } from '../users.ts';

/** What administrators read and do. Times are Unix seconds; users are shown as their tokens name them. */
export const admin = new Hono<Door>()
  .use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  })
  .get('/stats', withAdmittedUser, withAdmin, (c) => stats(c))
  .get('/sessions', withAdmittedUser, withAdmin, (c) => sessions(c))
  .post('/drain', withAdmittedUser, withAdmin, (c) => announceLeaving(c))
  .delete('/sessions/:id', withAdmittedUser, withAdmin, (c) => endSession(c))
  .get('/users', withAdmittedUser, withAdmin, (c) => users(c));

admin.onError(unreachable);

async function stats(c: Context<Door>): Promise<Response> {
  const { live, allTime, today } = await directoryStats(c.env);
  return c.json({
    total_sessions: live.voice + live.text,
    unique_users: live.users,
    sessions_by_mode: { voice: live.voice, text: live.text },
    all_time: allTime,
    today: toldSpend(today),
  });
}

async function sessions(c: Context<Door>): Promise<Response> {
  const page = readPage(c.req.query(), sessionCursors);
  if (!page.ok) return page.refusal;
  const { items, hasMore } = await listedSessions(c.env, page);
  const last = items.at(-1);
  const now = Date.now();
  const open = await freshen(c.env, items);
  return c.json({
    sessions: open.map((session) => toldSession(session, now)),
    next: hasMore && last ? sessionCursors.write(last) : null,
  });
}

/** Before a deployment: whoever is on a call leaves, and comes back at a time of their own, to what is new by then. */
async function announceLeaving(c: Context<Door>): Promise<Response> {
  const asked = readQuery(c, withinParameter);
  if (!asked.ok) return asked.refusal;
  const withinSeconds = Number(asked.value ?? USUAL_DRAIN_SECONDS);
  const owners = await ownersOfCalls(c.env);
  const told = await drain(c.env, owners, withinSeconds * 1000);
  log('admin.drained', { count: told });
  return c.json({ users_told: told, within_seconds: withinSeconds });
}

async function endSession(c: Context<Door>): Promise<Response> {
  const id = c.req.param('id') ?? '';
  const owner = await ownerOf(c.env, id);
  const hasEnded = owner !== null && (await objectNamed(c.env, owner).endSession(id));
  if (!hasEnded) return problem('not_found');
  const object = await userObject(c.env, c.var.settings.authSecret, c.var.user);
  log('admin.ended', { session: id, user: object.id.toString().slice(0, 12) });
  return c.body(null, 204);
}

async function users(c: Context<Door>): Promise<Response> {
  const page = readPage(c.req.query(), userCursors);
  if (!page.ok) return page.refusal;
  const { items, hasMore } = await listedUsers(c.env, page);
  const last = items.at(-1);
  return c.json({
    users: items.map(toldUser),
    next: hasMore && last ? userCursors.write(last.object) : null,
  });
}

function toldSession(session: ListedSession, now: number): object {
  return {
    session_id: session.sessionId,
    user: session.subject,
    mode: session.mode,
    created_at: toSeconds(session.createdAt),
    last_activity: toSeconds(session.lastActivityAt),
    age_seconds: Math.max(0, toSeconds(now - session.createdAt)),
    message_count: session.messageCount,
    bytes_up: session.bytesUp,
    bytes_down: session.bytesDown,
    tokens: session.tokens,
    usd: toMicros(session.usd),
  };
}

function toldUser(user: ListedUser): object {
  return {
    user: user.subject,
    guest: user.isGuest,
    live_sessions: user.liveSessions,
    sessions: user.sessionsOpened,
    today: toldSpend(user.today),
    total: toldSpend(user.total),
    last_seen: toSeconds(user.lastSeenAt),
  };
}

function toldSpend({ tokens, usd, voiceSeconds }: Spend): object {
  return { tokens, usd: toMicros(usd), voice_minutes: toMicros(voiceSeconds / 60) };
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** Sums of fractions end in dust (0.30000000000000004); a millionth is finer than any price. */
function toMicros(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}
