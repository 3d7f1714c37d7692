import type { Directory } from './directory.ts';

/**
 * The names of the shards, in order: each keeps the users whose objects' names begin with it. That a name is the
 * beginning of what it keeps is what lets a shard be split later, and what makes the order of all users the order of
 * the shards (docs/decisions/0008-the-directory.md).
 */
export const DIRECTORY_SHARDS: readonly string[] = Array.from('0123456789abcdef');

const SESSION_ID = /^vs_[0-9a-f]{32}$/;

/** True for an id of the form that sessions have: `vs_` and 32 hexadecimal digits. */
export function isSessionId(id: string): boolean {
  return SESSION_ID.test(id);
}

/** The name of the shard that keeps the user whose object has this name. Throws when there is none. */
export function shardNameOf(objectName: string): string {
  const name = DIRECTORY_SHARDS.find((shard) => objectName.startsWith(shard));
  if (name === undefined) throw new RangeError('The name of an object begins with a hexadecimal digit');
  return name;
}

/** The shard that keeps the user whose object has this name. */
export function directoryShard(
  namespace: DurableObjectNamespace<Directory>,
  objectName: string,
): DurableObjectStub<Directory> {
  return namespace.getByName(shardNameOf(objectName));
}

/** The shard that keeps the session of this id: its first two digits are the first two of its owner's object. */
export function directoryShardOfSession(
  namespace: DurableObjectNamespace<Directory>,
  sessionId: string,
): DurableObjectStub<Directory> {
  return directoryShard(namespace, sessionId.slice('vs_'.length));
}
