import { isRecord } from './wire.ts';

/** How deep a frame may be nested. JSON.parse takes any depth; JSON.stringify, which recurses, would throw on some. */
export const DEEPEST = 64;

/**
 * A copy of a value read from JSON that shares no object with it and that can be written as JSON without changing;
 * undefined when there is none: nested deeper than `room` levels, or with a number such as 1e999, which would be written
 * as null. Leaves out keys named `__proto__`.
 */
export function freshCopy(value: unknown, room: number = DEEPEST): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (room === 0) return undefined;
  if (Array.isArray(value)) return copyList(value, room - 1);
  return isRecord(value) ? copyRecord(value, room - 1) : undefined;
}

function copyList(list: readonly unknown[], room: number): unknown[] | undefined {
  const copy: unknown[] = [];
  for (const value of list) {
    const copied = freshCopy(value, room);
    if (copied === undefined) return undefined;
    copy.push(copied);
  }
  return copy;
}

function copyRecord(fields: Record<string, unknown>, room: number): Record<string, unknown> | undefined {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (key === '__proto__') continue;
    const copied = freshCopy(value, room);
    if (copied === undefined) return undefined;
    copy[key] = copied;
  }
  return copy;
}
