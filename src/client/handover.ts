/**
 * What one load of the page hands on to the next, so that a call outlives a reload: it lies in this tab's storage from when
 * the page is left until it is there again, and at no other time. So a tab that was duplicated finds nothing.
 */
import type { Left, Pass } from './gateway-listener.ts';
import { number, record, text, type Fields } from './fields.ts';
import type { Microphone, TypedMessage } from './model.ts';
import type { SavedOutbox } from './outbox.ts';
import { GRACE_MS } from './reconnect.ts';

export interface Handover extends Left {
  readonly microphone: Microphone;
  /** Typed, and waiting for an answer to end. */
  readonly waiting: readonly TypedMessage[];
  /** Responses that nobody wants to hear any more of. */
  readonly unwanted: readonly string[];
  /** Calls of the page's tools that were answered. */
  readonly ran: readonly string[];
  /** How much of the sound of each item was heard, in bytes. */
  readonly heard: Readonly<Record<string, number>>;
}

const PLACE = 'voxgate-call';

/** Lays it down. False where nothing may be stored, or not so much. */
export function layDown(handover: Handover): boolean {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(handover));
    return true;
  } catch {
    return false;
  }
}

/** Takes it away again: the page that laid it down is there. False when another page has taken it up meanwhile. */
export function pickUp(): boolean {
  try {
    const isThere = sessionStorage.getItem(PLACE) !== null;
    sessionStorage.removeItem(PLACE);
    return isThere;
  } catch {
    return false;
  }
}

/** Takes it up, once. Null when there is none, or nobody waits for it any more. */
export function takeUp(now: number): Handover | null {
  try {
    const written = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    return written === null ? null : readHandover(JSON.parse(written), now);
  } catch {
    return null;
  }
}

/** Reads what was laid down. Null for what is none, or too old. */
export function readHandover(written: unknown, now: number): Handover | null {
  const fields = record(written);
  const at = number(fields, 'at');
  const pass = readPass(record(fields['pass']));
  if (pass.token === '' || now - at >= GRACE_MS || at > now) return null;
  const microphone = microphones.find((it) => it === text(fields, 'microphone')) ?? 'off';
  return {
    at,
    pass,
    outbox: readOutbox(record(fields['outbox'])),
    microphone,
    waiting: list(fields, 'waiting')
      .map(record)
      .map((it) => ({ id: text(it, 'id'), text: text(it, 'text') })),
    unwanted: list(fields, 'unwanted').filter((it) => typeof it === 'string'),
    ran: list(fields, 'ran').filter((it) => typeof it === 'string'),
    heard: Object.fromEntries(
      Object.entries(record(fields['heard'])).filter((entry): entry is [string, number] =>
        isNumber(entry[1]),
      ),
    ),
  };
}

const microphones: readonly Microphone[] = ['on', 'muted', 'off'];

function readPass(fields: Fields): Pass {
  return {
    token: text(fields, 'token'),
    sessionId: text(fields, 'sessionId'),
    conversationId: text(fields, 'conversationId'),
    received: number(fields, 'received'),
  };
}

function readOutbox(fields: Fields): SavedOutbox {
  return {
    base: number(fields, 'base'),
    given: number(fields, 'given'),
    frames: list(fields, 'frames').filter((it) => typeof it === 'string' || isNumber(it)),
  };
}

function list(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  return Array.isArray(value) ? value : [];
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
