/** How a session's frames are read and its events told: the GA wire is the session's own language. */
import { type ReadFrame, readFrame } from './client-events.ts';
import type { ServerEvent } from './server-events.ts';
import type { SessionKind } from './transcription-session.ts';

/** An event as it goes out, without its `event_id`. */
export interface OutgoingEvent {
  readonly type: string;
}

/** One socket's wire. */
export interface Wire {
  /** Reads a text frame. Never throws. */
  readFrame(text: string, kind: SessionKind): ReadFrame;
  /** The events that tell one event of the session, in order; none when this wire has no words for it. */
  write(event: ServerEvent): readonly OutgoingEvent[];
}

/** The wire since GA. */
export const gaWire: Wire = { readFrame, write: (event) => [event] };
