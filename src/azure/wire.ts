/**
 * Azure's frames as text: reading what is needed without parsing the rest, and writing the one frame that is sent
 * fifty times a second. The only place for base64.
 */

const APPEND_START = '{"type":"input_audio_buffer.append","audio":"';
// As Python's json.dumps writes it.
const SPACED_APPEND_START = '{"type": "input_audio_buffer.append", "audio": "';
const TYPE_START = '{"type":"';
const APPEND_END = '"}';
const DELTA_KEY = '"delta":"';

/**
 * Room for the sound of one delta, written over by the next: a fresh buffer for each costs more than decoding it.
 * Azure's longest piece has 36,000 bytes; a longer one gets a buffer of its own.
 */
const scratch = new Uint8Array(64 * 1024);

/**
 * True when `frame` can be nothing but an audio append: it begins as one, and the only quote after the start of its
 * audio is the one before the closing brace. Its beginning alone would not do, since JSON keeps the last of duplicate
 * keys; so ended, it is this one object, or no JSON at all, which Azure refuses by itself. Twenty times cheaper than a
 * regular expression over the base64, five times cheaper than parsing.
 */
export function isPlainAppend(frame: string): boolean {
  const start = audioStart(frame);
  return start !== -1 && frame.indexOf('"', start) === frame.length - 2 && frame.endsWith(APPEND_END);
}

/** How many base64 characters the audio of a plain append has. */
export function plainAudioLength(frame: string): number {
  return frame.length - APPEND_END.length - audioStart(frame);
}

function audioStart(frame: string): number {
  if (frame.startsWith(APPEND_START)) return APPEND_START.length;
  return frame.startsWith(SPACED_APPEND_START) ? SPACED_APPEND_START.length : -1;
}

/** The append frame for a chunk of PCM16 bytes. */
export function appendFrame(pcm: Uint8Array): string {
  return APPEND_START + pcm.toBase64() + APPEND_END;
}

/**
 * The `type` of an Azure event, from its first bytes where it stands there and the frame ends as one, else by parsing;
 * null when it has none.
 */
export function eventType(frame: string): string | null {
  if (frame.startsWith(TYPE_START) && frame.endsWith('}')) {
    const end = frame.indexOf('"', TYPE_START.length);
    return end === -1 ? null : frame.slice(TYPE_START.length, end);
  }
  const event = parseEvent(frame);
  return event === null ? null : event.type;
}

/** A JSON object with a string `type`: every event of the wire. */
export interface WireEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Parses an event; null when it is not JSON, not an object, or has no `type`. */
export function parseEvent(frame: string): WireEvent | null {
  try {
    return asEvent(JSON.parse(frame));
  } catch {
    return null;
  }
}

/** Narrows a parsed value to an event; null when it is none. */
export function asEvent(value: unknown): WireEvent | null {
  if (!isRecord(value)) return null;
  const type = value['type'];
  return typeof type === 'string' ? { ...value, type } : null;
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names one audio part of one item, as `response.content_part.added` announces it. */
export interface AudioPart {
  readonly itemId: string;
  readonly contentIndex: number;
}

/** The part that a `response.content_part.added` announces; null when it is not one of sound. */
export function audioPartOf({
  part,
  item_id: itemId,
  content_index: contentIndex,
}: WireEvent): AudioPart | null {
  if (!isRecord(part) || part['type'] !== 'audio') return null;
  if (typeof itemId !== 'string' || typeof contentIndex !== 'number') return null;
  return { itemId, contentIndex };
}

/**
 * The sound in a `response.output_audio.delta` of `part`, as PCM16 bytes; null when the frame belongs to another part
 * or cannot be read this way, and must travel as it is. Reads by position: Azure's strings here hold no escapes, and a
 * frame that has one is left alone. The bytes are good until the next call: send them at once, or copy them.
 */
export function audioOfDelta(frame: string, part: AudioPart): Uint8Array | null {
  if (!frame.includes(`"item_id":"${part.itemId}"`) || !hasContentIndex(frame, part.contentIndex))
    return null;
  const start = frame.indexOf(DELTA_KEY) + DELTA_KEY.length;
  const end = frame.indexOf('"', start);
  if (start < DELTA_KEY.length || end === -1) return null;
  try {
    return decode(frame.slice(start, end));
  } catch {
    return null;
  }
}

function decode(base64: string): Uint8Array {
  if ((base64.length * 3) / 4 > scratch.byteLength) return Uint8Array.fromBase64(base64);
  const { written } = scratch.setFromBase64(base64);
  return scratch.subarray(0, written);
}

function hasContentIndex(frame: string, index: number): boolean {
  const key = `"content_index":${index}`;
  const at = frame.indexOf(key);
  const next = frame[at + key.length];
  return at !== -1 && (next === ',' || next === '}');
}
