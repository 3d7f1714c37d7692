/**
 * Tickets: one word that opens one socket, once, within 30 seconds, for a page of one origin.
 *
 * `NAME.EXPIRY.RANDOM.MAC`: the object that keeps it (64 hexadecimal digits), when it runs out (Unix seconds), 32 random
 * bytes, and an HMAC over these and the origin. So a door that has never seen it can tell a forged, stale or stolen one
 * before any object wakes; that it was not used before, only the object knows. Every character may stand in a
 * subprotocol's name (RFC 9110, token).
 */
import { base64url } from 'jose';
import { hashOf } from './hash.ts';
import { isMacOf, macOf, type Vouched } from './mac.ts';

/** How long a ticket is good: a page asks for one right before it opens the socket. */
export const TICKET_SECONDS = 30;

/** A ticket as its user gets it, this once. */
export interface NewTicket {
  readonly ticket: string;
  /** SHA-256 of the ticket, hexadecimal: all that is kept of it. */
  readonly hash: string;
  /** Unix seconds. */
  readonly expiresAt: number;
}

/** A ticket that we made and that still runs, for this origin. */
export interface KnownTicket {
  readonly objectName: string;
  readonly hash: string;
}

const RANDOM_BYTES = 32;
// 32 bytes are 43 characters of base64url, the last of which says four bits.
const FORM =
  /^(?<name>[0-9a-f]{64})\.(?<expiry>[1-9]\d{9})\.(?<random>[\w-]{42}[AEIMQUYcgkosw048])\.(?<mac>[\w-]{42}[AEIMQUYcgkosw048])$/;

/** Makes a ticket that opens a socket of this object for a page of `origin`. */
export async function makeTicket(
  secret: string,
  { objectName, origin }: { readonly objectName: string; readonly origin: string },
): Promise<NewTicket> {
  const expiresAt = Math.floor(Date.now() / 1000) + TICKET_SECONDS;
  const random = base64url.encode(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
  const mac = await macOf(secret, vouchedBy({ objectName, expiry: String(expiresAt), random }, origin));
  const ticket = `${objectName}.${expiresAt}.${random}.${base64url.encode(mac)}`;
  return { ticket, hash: await hashOf(ticket), expiresAt };
}

/** Reads a ticket that somebody of `origin` shows; null when we did not make it for that origin, or it has run out. */
export async function readTicket(
  secret: string,
  { ticket, origin }: { readonly ticket: string; readonly origin: string },
): Promise<KnownTicket | null> {
  const { name: objectName, expiry, random, mac } = FORM.exec(ticket)?.groups ?? {};
  if (objectName === undefined || expiry === undefined || random === undefined || mac === undefined)
    return null;
  const vouched = vouchedBy({ objectName, expiry, random }, origin);
  if (!(await isMacOf(secret, vouched, base64url.decode(mac)))) return null;
  return Date.now() < Number(expiry) * 1000 ? { objectName, hash: await hashOf(ticket) } : null;
}

interface Parts {
  readonly objectName: string;
  readonly expiry: string;
  readonly random: string;
}

function vouchedBy({ objectName, expiry, random }: Parts, origin: string): Vouched {
  return { use: 'voxgate.ticket.v1', fields: [objectName, expiry, random, origin] };
}
