/** The directory as one: asks its shards, and puts what they answer together. Rejects when one cannot be reached. */
import type {
  DirectoryStats,
  ListedSession,
  ListedUser,
  SessionKey,
} from '../durable-objects/directory-answers.ts';
import {
  DIRECTORY_SHARDS,
  directoryShardOfSession,
  isSessionId,
  shardNameOf,
} from '../durable-objects/directory-shard.ts';
import type { Directory } from '../durable-objects/directory.ts';
import type { Env } from './env.ts';

/** What stands on one page, and whether something comes after it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
}

/** The totals of all shards, asked at the same time. */
export async function directoryStats(env: Env): Promise<DirectoryStats> {
  const shards = DIRECTORY_SHARDS.map((name): Promise<DirectoryStats> => shardOf(env, name).stats());
  return (await Promise.all(shards)).reduce(add);
}

/** A page of the sessions open now, as their users last told of them. */
export async function listedSessions(
  env: Env,
  { after, limit }: { readonly after: SessionKey | null; readonly limit: number },
): Promise<Page<ListedSession>> {
  const from = after === null ? null : shardNameOf(after.object);
  return gather({ from, limit }, (name, most) => shardOf(env, name).sessions(after, most));
}

/** The names of the objects in which somebody is on a call. */
export async function ownersOfCalls(env: Env): Promise<ReadonlySet<string>> {
  const owners = new Set<string>();
  for (let after: SessionKey | null = null, hasMore = true; hasMore;) {
    const page = await listedSessions(env, { after, limit: OWNERS_AT_ONCE });
    for (const { mode, object } of page.items) if (mode === 'voice') owners.add(object);
    after = page.items.at(-1) ?? null;
    hasMore = page.hasMore && after !== null;
  }
  return owners;
}

/** Sessions that are read at a time when all are wanted. */
const OWNERS_AT_ONCE = 500;

/** A page of all users. */
export async function listedUsers(
  env: Env,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Page<ListedUser>> {
  const from = after === null ? null : shardNameOf(after);
  return gather({ from, limit }, (name, most) => shardOf(env, name).users(after, most));
}

/** The name of the object that holds this session; null when nobody told of it. */
export async function ownerOf(env: Env, sessionId: string): Promise<string | null> {
  return isSessionId(sessionId) ? directoryShardOfSession(env.DIRECTORY, sessionId).find(sessionId) : null;
}

function shardOf(env: Env, name: string): DurableObjectStub<Directory> {
  return env.DIRECTORY.getByName(name);
}

/** From one wave of questions to the next. */
const WIDER = 4;

/**
 * Fills a page from the shards in their order, beginning at `from`: one shard, then four at the same time, then sixteen…
 * A directory with many users costs one question, an empty one three.
 */
async function gather<Item>(
  { from, limit }: { readonly from: string | null; readonly limit: number },
  ask: (shard: string, most: number) => Promise<readonly Item[]>,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let left = from === null ? DIRECTORY_SHARDS : DIRECTORY_SHARDS.slice(DIRECTORY_SHARDS.indexOf(from));
  for (let width = 1; left.length > 0 && items.length <= limit; width *= WIDER) {
    // One more than fits tells whether there is more.
    const asked = left.slice(0, width).map((shard) => ask(shard, limit + 1));
    items.push(...(await Promise.all(asked)).flat());
    left = left.slice(width);
  }
  return { items: items.slice(0, limit), hasMore: items.length > limit };
}

function add(one: DirectoryStats, other: DirectoryStats): DirectoryStats {
  return {
    live: {
      voice: one.live.voice + other.live.voice,
      text: one.live.text + other.live.text,
      users: one.live.users + other.live.users,
    },
    allTime: {
      sessions: one.allTime.sessions + other.allTime.sessions,
      users: one.allTime.users + other.allTime.users,
    },
    today: {
      tokens: one.today.tokens + other.today.tokens,
      usd: one.today.usd + other.today.usd,
      voiceSeconds: one.today.voiceSeconds + other.today.voiceSeconds,
    },
  };
}
