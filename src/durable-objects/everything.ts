/** Everything that is held of a user, as one JSON document that is never in memory whole. */
import type { User } from '../identity/user.ts';
import type { UsageReport } from './usage-report.ts';

/** What the document is made of, beside the conversations. */
export interface Holdings {
  readonly user: User;
  readonly usage: UsageReport;
  /** Sessions opened ever. */
  readonly sessionsOpened: number;
  /** The conversations as a JSON list, in pieces. */
  readonly conversations: Iterable<string>;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Pieces are joined until they are about so long, in UTF-16 units. */
const CHUNK = 64 * 1024;

/** The document, read from the tables as it is taken. It has to be a stream of bytes to leave the object. */
export function streamEverything(holdings: Holdings): ReadableStream<Uint8Array> {
  const pieces = piecesOf(holdings);
  const encoder = new TextEncoder();
  return new ReadableStream({
    type: 'bytes',
    pull: (controller) => {
      const chunk = nextChunk(pieces);
      if (chunk === '') controller.close();
      else controller.enqueue(encoder.encode(chunk));
    },
    cancel: () => void pieces.return(undefined),
  });
}

function* piecesOf({
  user,
  usage,
  sessionsOpened,
  conversations,
  now,
}: Holdings): Generator<string, undefined> {
  const head = JSON.stringify({
    exported_at: Math.floor(now / 1000),
    user: { issuer: user.issuer, subject: user.subject, guest: user.isGuest },
    sessions_opened: sessionsOpened,
    usage: usage.days,
  });
  yield `${head.slice(0, -1)},"conversations":`;
  yield* conversations;
  yield '}\n';
}

function nextChunk(pieces: Iterator<string, undefined>): string {
  let chunk = '';
  while (chunk.length < CHUNK) {
    const { value, done } = pieces.next();
    if (done) break;
    chunk += value;
  }
  return chunk;
}
