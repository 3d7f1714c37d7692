/**
 * The seal, downwards: what a client may see of Azure's events. What is the operator's is taken out, what Azure never said
 * before is looked through, and everything else stays letter for letter. Pure.
 */
import { DEEPEST } from './fresh-copy.ts';
import { lockedViews, saidAloud, sessionEvent, type View } from './locked-views.ts';
import { mayQuoteOperator, repeatsOperator } from './quotes.ts';
import { isOperators } from './operator-tools.ts';
import type { Operator } from './session.ts';
import { isRecord, parseEvent, type WireEvent } from './wire.ts';

/** One of Azure's frames, with its type. */
export interface TypedFrame {
  readonly type: string;
  readonly frame: string;
}

/**
 * A frame as a client may see it: the same text unless something in it is the operator's. `known`: what the frame says,
 * where somebody has read it already.
 */
export function scrubFrame(
  { type, frame }: TypedFrame,
  operator: Operator,
  known: WireEvent | null = null,
): string {
  if (!operator.isLocked || saidAloud.has(type)) return frame;
  const view = lockedViews.get(type);
  if (view === undefined) return redactFrame({ type, frame }, operator);
  const event = known ?? parseEvent(frame);
  if (event === null) return typeAlone(type);
  const seen = look(event, view, { operator, isWary: mayQuoteOperator(frame, operator) });
  return seen === event ? frame : JSON.stringify(seen);
}

/**
 * `session.created` or `session.updated` as a client may see it: without what the operator keeps to itself. An unlocked
 * client sees its own instructions and tools, and never the operator's.
 */
export function scrubSession(event: WireEvent, operator: Operator): WireEvent {
  if (operator.isLocked) {
    const { session, ...rest } = look(event, sessionEvent, { operator, isWary: true });
    return { ...rest, type: event.type, session: { ...(isRecord(session) ? session : {}), ...NOTHING } };
  }
  const { session } = event;
  if (!isRecord(session)) return event;
  if (session['instructions'] !== operator.instructions) {
    const { tools } = session;
    if (!Array.isArray(tools) || !tools.some((tool) => isOperators(tool, operator.tools))) return event;
    const theirs = tools.filter((tool) => !isOperators(tool, operator.tools));
    return { ...event, session: { ...session, tools: theirs } };
  }
  const { prompt: _prompt, ...rest } = session;
  return { ...event, session: { ...rest, ...NOTHING } };
}

const NOTHING = { instructions: '', tools: [] };

type Fields = Readonly<Record<string, unknown>>;

/** Who looks. Wary: what is shown as it is, is looked through for the operator's words. */
interface Eye {
  readonly operator: Operator;
  readonly isWary: boolean;
}

/** The fields of `from` that a view shows; `from` itself when it shows them all as they are. */
function look(from: Fields, view: View, eye: Eye): Fields {
  const entries = Object.entries(from);
  const seen = entries.flatMap(([name, value]) => {
    const field = Object.hasOwn(view, name) ? view[name] : undefined;
    const shown = field === undefined ? undefined : lookAt(value, field, eye);
    return shown === undefined ? [] : [[name, shown] as const];
  });
  const isSame = seen.length === entries.length && seen.every(([name, value]) => value === from[name]);
  return isSame ? from : Object.fromEntries(seen);
}

function lookAt(value: unknown, field: View[string], eye: Eye): unknown {
  if (value === null) return null;
  if (field === true) return eye.isWary ? redact(value, eye.operator, DEEPEST) : value;
  if (typeof field === 'function') return field(value, eye.operator);
  return isRecord(value) ? look(value, field, eye) : undefined;
}

/** What stands in the place of the operator's words where they are found by chance. */
const REDACTED = '[kept by the operator]';

/** An event that nobody knows is told, but for texts in it that repeat the instructions. */
function redactFrame({ type, frame }: TypedFrame, operator: Operator): string {
  if (!mayQuoteOperator(frame, operator)) return frame;
  const event = parseEvent(frame);
  return event === null ? typeAlone(type) : JSON.stringify(redact(event, operator, DEEPEST));
}

/** What cannot be read cannot be looked through: a lenient reader might still find the operator's words in it. */
function typeAlone(type: string): string {
  return JSON.stringify({ type });
}

function redact(value: unknown, operator: Operator, room: number): unknown {
  if (typeof value === 'string') return repeatsOperator(value, operator) ? REDACTED : value;
  if (typeof value !== 'object' || value === null) return value;
  if (room === 0) return REDACTED;
  if (Array.isArray(value)) return value.map((one) => redact(one, operator, room - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      repeatsOperator(name, operator) ? REDACTED : name,
      redact(one, operator, room - 1),
    ]),
  );
}
