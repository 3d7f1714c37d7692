/**
 * What went up and may be lost with its session of Azure's: a new one is sent it again. An event is kept until Azure
 * confirms it, sound until it is written down, or answered, or known to be silence. Bounded: of sound the oldest goes. Pure.
 */
import { isRecord, type WireEvent } from '../azure/wire.ts';
import type { UpFrame } from './prelude.ts';

/** Sound kept of what may be a turn of the person's, in milliseconds: half a minute is a long one. */
export const IN_FLIGHT_MS = 30_000;

/** Frames kept: as much sound in pieces of 5 ms. */
export const IN_FLIGHT_FRAMES = 6_000;

/** Sound kept while nobody is heard: voice detection tells of a turn after it began. */
const UNANNOUNCED_MS = 2_000;

/** Control text kept, in UTF-16 units; what is longer than all of this together is confirmed or not, and not sent again. */
const CONTROL_UNITS = 2 * 1024 * 1024;

/** Events of a client's that have to reach a new session when nobody knows whether they reached the last. */
const KEPT: ReadonlySet<string> = new Set([
  'input_audio_buffer.commit',
  'input_audio_buffer.clear',
  'conversation.item.create',
  'conversation.item.delete',
  'response.create',
  'session.update',
]);

/** A frame that went up. */
interface Sent {
  readonly frame: UpFrame;
  /** Where its end is on Azure's clock of the sound in this session. */
  readonly endMs: number;
  /** The item that it became; null while it is none. */
  readonly itemId: string | null;
  /** The answer that began after it was one; null before that. */
  readonly answerId: unknown;
}

/** What may be lost, oldest first, and the turn that is being heard. */
export interface InFlight {
  readonly sent: readonly Sent[];
  readonly audioMs: number;
  readonly controlUnits: number;
  /** On Azure's clock; `endMs` null while the person speaks. Null when voice detection hears nobody. */
  readonly turn: { readonly startMs: number; readonly endMs: number | null } | null;
  /** Answers begun and not done, as Azure announced them. */
  readonly responses: readonly Readonly<Record<string, unknown>>[];
}

/** Nothing went up. */
export const nothingInFlight: InFlight = {
  sent: [],
  audioMs: 0,
  controlUnits: 0,
  turn: null,
  responses: [],
};

/** With a frame that goes up. `sentMs`: the sound that went up in this session, this frame included. */
export function withSent(
  flight: InFlight,
  frame: UpFrame,
  { sentMs, isDetecting }: { readonly sentMs: number; readonly isDetecting: boolean },
): InFlight {
  if (frame.kind === 'control' && !KEPT.has(frame.event.type)) return flight;
  // What is thrown away need not be heard again.
  const isClear = frame.kind === 'control' && frame.event.type === 'input_audio_buffer.clear';
  const before = isClear
    ? keep(flight, (one) => one.frame.kind === 'control' || one.itemId !== null)
    : flight;
  const grown = { ...before, sent: [...before.sent, { frame, endMs: sentMs, itemId: null, answerId: null }] };
  if (frame.kind === 'control') return trimControl(grown, frame.units);
  return trimSound({ ...grown, audioMs: before.audioMs + frame.ms }, { sentMs, isDetecting });
}

function trimControl(flight: InFlight, units: number): InFlight {
  const controlUnits = flight.controlUnits + units;
  const grown = { ...flight, controlUnits };
  return controlUnits <= CONTROL_UNITS ? grown : keep(grown, ({ frame }) => frame.kind === 'audio');
}

/** Silence is let go of as it passes; of sound that may be speech, what is too much. */
function trimSound(
  flight: InFlight,
  { sentMs, isDetecting }: { readonly sentMs: number; readonly isDetecting: boolean },
): InFlight {
  const fromMs = Math.min(sentMs - UNANNOUNCED_MS, flight.turn?.startMs ?? Infinity);
  let { sent, audioMs } = flight;
  while (sent.length > 0) {
    const index = sent.findIndex(({ frame }) => frame.kind === 'audio');
    const oldest = sent[index];
    if (oldest === undefined) break;
    const isSilence = isDetecting && oldest.itemId === null && oldest.endMs <= fromMs;
    if (!isSilence && audioMs <= IN_FLIGHT_MS && sent.length <= IN_FLIGHT_FRAMES) break;
    sent = sent.toSpliced(index, 1);
    audioMs -= oldest.frame.ms;
  }
  return { ...flight, sent, audioMs };
}

/** After an event of Azure's: what it confirms is in flight no more. */
export function confirmed(flight: InFlight, event: WireEvent): InFlight {
  const read = readers[event.type];
  return read ? read(flight, event) : flight;
}

const readers: { readonly [type in string]?: (flight: InFlight, event: WireEvent) => InFlight } = {
  'input_audio_buffer.speech_started': (flight, event) => ({
    ...flight,
    turn: { startMs: msOf(event['audio_start_ms']), endMs: null },
  }),
  'input_audio_buffer.speech_stopped': (flight, event) => ({
    ...flight,
    turn: { startMs: flight.turn?.startMs ?? 0, endMs: msOf(event['audio_end_ms']) },
  }),
  'input_audio_buffer.committed': committed,
  'input_audio_buffer.cleared': (flight) =>
    withoutFirst({ ...flight, turn: null }, ({ type }) => type === 'input_audio_buffer.clear'),
  'conversation.item.input_audio_transcription.completed': heard,
  'conversation.item.input_audio_transcription.failed': heard,
  'conversation.item.created': added,
  'conversation.item.added': added,
  'conversation.item.deleted': (flight, { item_id: id }) =>
    withoutFirst(flight, (event) => event.type === 'conversation.item.delete' && event['item_id'] === id),
  'session.updated': (flight) => withoutFirst(flight, ({ type }) => type === 'session.update'),
  'response.created': begun,
  'response.done': answered,
  error: (flight, { error }) => {
    const id = isRecord(error) ? (error['event_id'] ?? null) : null;
    return id === null ? flight : withoutFirst(flight, (event) => event['event_id'] === id);
  },
};

/** The types of the events that confirm something. */
export const confirmingTypes: ReadonlySet<string> = new Set(Object.keys(readers));

/** A turn is an item now: the sound of it, and the commit when it took one. */
function committed(flight: InFlight, { item_id: id }: WireEvent): InFlight {
  const endMs = flight.turn?.endMs ?? null;
  const commit = flight.sent.findIndex(
    ({ frame, itemId }) => itemId === null && isOfType(frame, 'input_audio_buffer.commit'),
  );
  const isOfTurn = (one: Sent, at: number): boolean => {
    if (one.itemId !== null) return false;
    if (endMs !== null) return one.frame.kind === 'audio' && one.endMs <= endMs;
    return one.frame.kind === 'audio' ? commit === -1 || at < commit : at === commit;
  };
  const sent = flight.sent.map((one, at) => (isOfTurn(one, at) ? { ...one, itemId: String(id) } : one));
  return { ...flight, sent, turn: null };
}

/** The words of a turn are known: a new session is told these. */
function heard(flight: InFlight, { item_id: id }: WireEvent): InFlight {
  return keep(flight, ({ itemId }) => itemId !== id);
}

function added(flight: InFlight, { item }: WireEvent): InFlight {
  if (!isRecord(item)) return flight;
  return withoutFirst(flight, (event) => {
    const asked = event['item'];
    if (event.type !== 'conversation.item.create' || !isRecord(asked)) return false;
    if (asked['id'] !== undefined) return asked['id'] === item['id'];
    const isAlike = (['type', 'role', 'call_id'] as const).every((name) => asked[name] === item[name]);
    return isAlike && isSpoken(asked) === isSpoken(item);
  });
}

/** What was typed is never taken for a turn of speech. */
function isSpoken({ content }: Record<string, unknown>): boolean {
  return Array.isArray(content) && content.some((part) => isRecord(part) && part['type'] === 'input_audio');
}

/** Without the questions that were taken, or never went up: `asked` are those that wait for their answer, by event id. */
export function withQuestions(flight: InFlight, asked: readonly { readonly eventId: string }[]): InFlight {
  return keep(flight, ({ frame }) => {
    const isQuestion = frame.kind === 'control' && frame.event.type === 'response.create';
    return !isQuestion || asked.some(({ eventId }) => eventId === frame.event['event_id']);
  });
}

/** An answer reads the turns that are items by now. */
function begun(flight: InFlight, { response }: WireEvent): InFlight {
  if (!isRecord(response)) return flight;
  const sent = flight.sent.map((one) =>
    one.itemId !== null && one.answerId === null ? { ...one, answerId: response['id'] } : one,
  );
  return { ...flight, sent, responses: [...flight.responses, response] };
}

/** Once an answer is done, nobody waits for the turns before it. */
function answered(flight: InFlight, { response }: WireEvent): InFlight {
  if (!isRecord(response)) return flight;
  const { id } = response;
  const responses = flight.responses.filter((one) => one['id'] !== id);
  return keep({ ...flight, responses }, ({ answerId }) => answerId === null || answerId !== id);
}

/** The items of turns that are in flight: their words are not known, and will be those of other items. */
export function turnsInFlight({ sent }: InFlight): ReadonlySet<string> {
  return new Set(sent.flatMap(({ itemId }) => (itemId === null ? [] : [itemId])));
}

/** True when nothing may be lost but sound that is no turn yet. */
export function isLanded({ sent, turn, responses }: InFlight): boolean {
  const isOpen = sent.some(({ frame, itemId }) => frame.kind === 'control' || itemId !== null);
  return !isOpen && turn === null && responses.length === 0;
}

function withoutFirst(flight: InFlight, isMeant: (event: WireEvent) => boolean): InFlight {
  const first = flight.sent.find(({ frame }) => frame.kind === 'control' && isMeant(frame.event));
  return first === undefined ? flight : keep(flight, (one) => one !== first);
}

function keep(flight: InFlight, isKept: (one: Sent) => boolean): InFlight {
  const sent = flight.sent.filter(isKept);
  if (sent.length === flight.sent.length) return flight;
  const sum = (of: (frame: UpFrame) => number): number => sent.reduce((all, { frame }) => all + of(frame), 0);
  return {
    ...flight,
    sent,
    audioMs: sum((frame) => (frame.kind === 'audio' ? frame.ms : 0)),
    controlUnits: sum((frame) => (frame.kind === 'control' ? frame.units : 0)),
  };
}

function isOfType(frame: UpFrame, type: string): boolean {
  return frame.kind === 'control' && frame.event.type === type;
}

function msOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
