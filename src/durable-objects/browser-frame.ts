import { BASE64 } from '../azure/locked-events.ts';
import { tellUp } from '../azure/preview-up.ts';
import { sealEvent } from '../azure/seal.ts';
import type { Operator } from '../azure/session.ts';
import {
  asEvent,
  appendFrame,
  isPlainAppend,
  isRecord,
  plainAudioLength,
  type WireEvent,
} from '../azure/wire.ts';
import { BYTES_PER_SAMPLE, durationMs } from '../protocol/audio-format.ts';
import {
  CLEAR_OUTPUT,
  isClientEventType,
  OUR_ID_START,
  type ClientEventType,
} from '../protocol/client-events.ts';
import type { Complaint } from '../protocol/errors.ts';
import { AUDIO_FRAME_BYTES, CONTROL_FRAME_BYTES, EVENT_ID_LENGTH } from '../protocol/limits.ts';
import { knowsGateway, type Lane, type Wire } from '../protocol/subprotocols.ts';
import { isLonger, parseJson } from './frame-text.ts';

/** What a frame from a browser turned out to be. */
export type BrowserFrame =
  | { readonly kind: 'audio'; readonly text: string; readonly ms: number }
  | ControlRead
  /** `received`: frames that the browser got; null: it did not say. */
  | { readonly kind: 'ping'; readonly received: number | null }
  /** `cause`: the client's own name of the event. */
  | { readonly kind: 'auth'; readonly token: string; readonly cause: string | null }
  | { readonly kind: 'refused'; readonly complaint: Complaint }
  | { readonly kind: 'too-big'; readonly complaint: Complaint };

/** An event for Azure. `units`: UTF-16 units of its text, of which `soundUnits` are base64, which is `ms` of sound. */
interface ControlRead {
  readonly kind: 'control';
  readonly type: ClientEventType | typeof CLEAR_OUTPUT;
  /** Built anew of what may go up; with an `event_id` when the client gave one. */
  readonly event: WireEvent;
  /** Dotted names of fields that do not go up. */
  readonly leftOut: readonly string[];
  readonly units: number;
  readonly soundUnits: number;
  readonly ms: number;
}

/** Who reads: the lane the browser asked for, and what the operator has locked. */
export interface Reader {
  readonly lane: Lane;
  readonly wire: Wire;
  readonly operator: Operator;
}

/** What carries it is the other way. */
const SOUND_ASIDE: Complaint = {
  code: 'invalid_event',
  message: 'The sound of this call goes to Azure by WebRTC: here are events alone.',
};

/** Sound is limited by its length alone: a frame without any would be limited by nothing. */
const NO_SOUND: Complaint = { code: 'invalid_audio', message: 'audio is empty.', param: 'audio' };

/**
 * Recognises one frame. Sound is recognised by its shape and passed on as it stands; every other frame is parsed, must
 * be on the list of client events, and is written anew from what was parsed, so that no duplicate or escaped key of the
 * client's text survives.
 */
export function readBrowserFrame(frame: string | ArrayBuffer, reader: Reader): BrowserFrame {
  if (typeof frame !== 'string') return readSound(frame, reader.lane);
  if (frame.length > AUDIO_FRAME_BYTES) return tooBig('An audio frame', AUDIO_FRAME_BYTES);
  if (isPlainAppend(frame) && reader.lane !== 'webrtc') {
    const length = plainAudioLength(frame);
    return length === 0 ? refused(NO_SOUND) : { kind: 'audio', text: frame, ms: base64Ms(length) };
  }
  return readControl(frame, reader);
}

function readSound(frame: ArrayBuffer, lane: Lane): BrowserFrame {
  if (lane === 'webrtc') return refused(SOUND_ASIDE);
  if (lane === 'json') {
    return refused({ code: 'invalid_event', message: 'Binary frames need the subprotocol voxgate.v1.' });
  }
  if (frame.byteLength > AUDIO_FRAME_BYTES) return tooBig('An audio frame', AUDIO_FRAME_BYTES);
  if (frame.byteLength === 0 || frame.byteLength % BYTES_PER_SAMPLE !== 0) {
    return refused({
      code: 'invalid_audio',
      message: `A binary frame is PCM16: a whole number of 2-byte samples, not ${frame.byteLength} bytes.`,
    });
  }
  return { kind: 'audio', text: appendFrame(new Uint8Array(frame)), ms: durationMs(frame.byteLength) };
}

function readControl(frame: string, reader: Reader): BrowserFrame {
  const parsed = parseJson(frame);
  if (parsed === undefined) {
    return refused({ code: 'invalid_json', message: 'The frame is not valid JSON.' });
  }
  const event = asEvent(parsed);
  if (event === null) {
    return refused({
      code: 'invalid_event',
      message: 'An event is a JSON object with a string "type".',
      param: 'type',
    });
  }
  const soundUnits = soundUnitsOf(event);
  if (isLonger(frame, CONTROL_FRAME_BYTES + soundUnits)) {
    return tooBig('A frame without audio', CONTROL_FRAME_BYTES);
  }
  if (event.type === 'gateway.ping' && knowsGateway(reader.lane)) return readPing(event);
  if (event.type === 'gateway.auth') return readAuth(event);
  const sizes = { units: frame.length, soundUnits, ms: base64Ms(soundUnits) };
  if (reader.wire === 'ga') return readEvent(event, { ...reader, sizes });
  const told = tellUp(event);
  if (!told.ok) return refused({ ...told.complaint, ...causeOf(event) });
  return readEvent(told.event, { ...reader, sizes });
}

interface EventContext extends Pick<Reader, 'lane' | 'operator'> {
  readonly sizes: Pick<ControlRead, 'units' | 'soundUnits' | 'ms'>;
}

/** A count that cannot be is as good as none. */
function readPing({ received }: WireEvent): BrowserFrame {
  const isCount = typeof received === 'number' && Number.isSafeInteger(received) && received >= 0;
  return { kind: 'ping', received: isCount ? received : null };
}

function readAuth({ token, event_id: id }: WireEvent): BrowserFrame {
  if (typeof token !== 'string' || token === '') {
    return refused({
      code: 'missing_required_parameter',
      message: 'gateway.auth needs a token.',
      param: 'token',
    });
  }
  return { kind: 'auth', token, cause: typeof id === 'string' ? id : null };
}

function readEvent(event: WireEvent, { lane, operator, sizes }: EventContext): BrowserFrame {
  const { type } = event;
  // Typed clients write what they leave out as null.
  const id = event['event_id'] ?? undefined;
  if (id !== undefined && !isClientEventId(id)) {
    return refused({
      code: 'invalid_value',
      message: `event_id must be a string of at most ${EVENT_ID_LENGTH} characters, and not begin with ${OUR_ID_START}.`,
      param: 'event_id',
    });
  }
  const cause = id === undefined ? {} : { cause: id };
  if (type === CLEAR_OUTPUT && lane === 'webrtc') {
    return { kind: 'control', type, event: { type, event_id: id }, leftOut: [], ...sizes };
  }
  if (!isClientEventType(type)) {
    return refused({
      code: 'invalid_value',
      message: 'This is not an event that a client may send.',
      param: 'type',
      ...cause,
    });
  }
  if (type === 'input_audio_buffer.append')
    return lane === 'webrtc' ? refused({ ...SOUND_ASIDE, ...cause }) : readAppend(event, cause);
  const sealed = sealEvent({ ...event, type }, operator);
  if (!sealed.ok) return refused({ ...sealed.complaint, ...cause });
  const { leftOut } = sealed;
  return { kind: 'control', type, event: { ...sealed.event, event_id: id }, leftOut, ...sizes };
}

function causeOf({ event_id: id }: WireEvent): { readonly cause?: string } {
  return isClientEventId(id) ? { cause: id } : {};
}

function isClientEventId(id: unknown): id is string {
  return typeof id === 'string' && id.length <= EVENT_ID_LENGTH && !id.startsWith(OUR_ID_START);
}

/** An append that came in another form than the usual one, written in the usual one. */
function readAppend(event: WireEvent, cause: { readonly cause?: string }): BrowserFrame {
  const { type, audio } = event;
  if (audio === '') return refused({ ...NO_SOUND, ...cause });
  if (typeof audio !== 'string' || !BASE64.test(audio)) {
    return refused({
      code: 'invalid_audio',
      message: 'audio must be base64 text.',
      param: 'audio',
      ...cause,
    });
  }
  const text = JSON.stringify({ type, event_id: event['event_id'] ?? undefined, audio });
  return { kind: 'audio', text, ms: base64Ms(audio.length) };
}

/** Milliseconds of sound in so many base64 characters. */
function base64Ms(characters: number): number {
  return durationMs((characters * 3) / 4);
}

/** Base64 in a frame: an append's, or a whole utterance's put in as an item. Such a frame may be as long as an append. */
function soundUnitsOf(event: WireEvent): number {
  if (event.type === 'input_audio_buffer.append') return lengthOf(event['audio']);
  if (event.type !== 'conversation.item.create' || !isRecord(event['item'])) return 0;
  const content = event['item']['content'];
  if (!Array.isArray(content)) return 0;
  return content
    .filter((part) => isRecord(part) && part['type'] === 'input_audio')
    .reduce((sum: number, part) => sum + lengthOf(isRecord(part) ? part['audio'] : ''), 0);
}

function lengthOf(text: unknown): number {
  return typeof text === 'string' ? text.length : 0;
}

function refused(complaint: Complaint): BrowserFrame {
  return { kind: 'refused', complaint };
}

function tooBig(what: string, bytes: number): BrowserFrame {
  return {
    kind: 'too-big',
    complaint: { code: 'frame_too_big', message: `${what} may have ${bytes} bytes at most.` },
  };
}
