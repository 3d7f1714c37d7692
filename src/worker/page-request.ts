/** Which page of a list a request asks for. A cursor is opaque to whoever carries it: the key of the last item seen. */
import type { SessionKey } from '../durable-objects/directory-answers.ts';
import type { Place } from '../durable-objects/store/memory-rows.ts';
import { problem } from './problem.ts';

/** A page asked for, or the refusal of how it was. `after` is null for the first page. */
export type PageRequest<Key> =
  | { readonly ok: true; readonly after: Key | null; readonly limit: number }
  | { readonly ok: false; readonly refusal: Response };

/** How a list turns the key of an item into a cursor, and back; null when it is no cursor of this list. */
export interface Cursors<Key> {
  readonly write: (key: Key) => string;
  readonly read: (cursor: string) => Key | null;
}

const MOST = 100;
const USUAL = 50;

/** Reads `limit` (1 to 100, 50 unless told) and `cursor` (none: from the first). */
export function readPage<Key>(query: Record<string, string>, cursors: Cursors<Key>): PageRequest<Key> {
  const { limit: given = String(USUAL), cursor } = query;
  const limit = /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > MOST) {
    return refused(`limit must be a whole number from 1 to ${MOST}.`);
  }
  if (cursor === undefined) return { ok: true, after: null, limit };
  const after = cursors.read(cursor);
  return after === null
    ? refused('cursor must be the `next` of an earlier page.')
    : { ok: true, after, limit };
}

function refused(detail: string): { readonly ok: false; readonly refusal: Response } {
  return { ok: false, refusal: problem('invalid_request', { detail }) };
}

const OBJECT_DIGITS = 64;
const SESSION_START = 'vs_';
const BASE = 36;

/** Users are told apart by their objects' names: 64 hexadecimal digits, 32 bytes. */
export const userCursors: Cursors<string> = {
  write: fromHex,
  read: (cursor) => (/^[\w-]{43}$/.test(cursor) ? toHex(cursor) : null),
};

/** Sessions by their user's object and the 32 digits of their id: 48 bytes. */
export const sessionCursors: Cursors<SessionKey> = {
  write: ({ object, sessionId }) => fromHex(object + sessionId.slice(SESSION_START.length)),
  read: (cursor) => {
    if (!/^[\w-]{64}$/.test(cursor)) return null;
    const digits = toHex(cursor);
    const sessionId = SESSION_START + digits.slice(OBJECT_DIGITS);
    return { object: digits.slice(0, OBJECT_DIGITS), sessionId };
  },
};

/** Conversations and messages by their time and number. */
export const placeCursors: Cursors<Place> = {
  write: ({ at, n }) => `${at.toString(BASE)}-${n.toString(BASE)}`,
  read: (cursor) => {
    const [, at = '', n = ''] = /^(?<at>[0-9a-z]{1,10})-(?<n>[0-9a-z]{1,10})$/.exec(cursor) ?? [];
    return at === '' ? null : { at: Number.parseInt(at, BASE), n: Number.parseInt(n, BASE) };
  },
};

/** What is in the order of how well it fits by how much came before. */
export const offsetCursors: Cursors<number> = {
  write: (offset) => offset.toString(BASE),
  read: (cursor) => (/^[0-9a-z]{1,6}$/.test(cursor) ? Number.parseInt(cursor, BASE) : null),
};

function fromHex(digits: string): string {
  return Uint8Array.fromHex(digits).toBase64({ alphabet: 'base64url', omitPadding: true });
}

function toHex(cursor: string): string {
  return Uint8Array.fromBase64(cursor, { alphabet: 'base64url' }).toHex();
}
