/** The wire before GA, spoken over the same session: reads its frames, tells its events, and keeps its temperature. */
import type { ReadFrame } from './client-events.ts';
import { readPreviewFrame } from './preview-client.ts';
import { tellPreview, type WireEvent } from './preview-server.ts';
import type { ServerEvent } from './server-events.ts';
import type { SessionKind } from './transcription-session.ts';
import type { Wire } from './wire.ts';

const DEFAULT_TEMPERATURE = 0.8;

/** One socket's preview wire. */
export class PreviewWire implements Wire {
  readonly #conversationId: string;
  readonly #byResponse = new Map<string, number>();
  #temperature = DEFAULT_TEMPERATURE;
  /** What the frame being handled asks for. It counts once the session says that it took it. */
  #asked: number | null = null;

  constructor(conversationId: string) {
    this.#conversationId = conversationId;
  }

  readFrame(text: string, kind: SessionKind): ReadFrame {
    const { frame, temperature } = readPreviewFrame(text, kind);
    this.#asked = temperature;
    return frame;
  }

  write(event: ServerEvent): readonly WireEvent[] {
    return tellPreview(event, {
      temperature: this.#temperatureOf(event),
      conversationId: this.#conversationId,
    });
  }

  #temperatureOf(event: ServerEvent): number {
    if (event.type === 'session.updated') {
      this.#temperature = this.#asked ?? this.#temperature;
    } else if (event.type === 'response.created') {
      this.#byResponse.set(event.response.id, this.#asked ?? this.#temperature);
    }
    this.#asked = null;
    if (event.type !== 'response.created' && event.type !== 'response.done') return this.#temperature;
    const { id } = event.response;
    const temperature = this.#byResponse.get(id) ?? this.#temperature;
    if (event.type === 'response.done') this.#byResponse.delete(id);
    return temperature;
  }
}
