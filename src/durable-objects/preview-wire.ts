import { tellDown } from '../azure/preview-down.ts';
import { isRecord, parseEvent } from '../azure/wire.ts';

/** What the preview began with. */
const TEMPERATURE = 0.8;

/** One call's wire before GA: what goes down is told in its words, with the temperature that GA no longer has. */
export class PreviewWire {
  readonly #conversationId: string;
  #temperature = TEMPERATURE;

  constructor(conversationId: string) {
    this.#conversationId = conversationId;
  }

  /** A frame came up: it may ask for another temperature, which is told and does nothing. */
  hears(frame: string | ArrayBuffer): void {
    if (typeof frame !== 'string' || !frame.includes('"temperature"')) return;
    const event = parseEvent(frame);
    const settings = event?.['session'] ?? event?.['response'];
    const asked = isRecord(settings) ? settings['temperature'] : null;
    if (typeof asked === 'number') this.#temperature = asked;
  }

  /** What a frame is in the client's words: nothing, one frame, or two. */
  tells(frame: string): readonly string[] {
    return tellDown(frame, { temperature: this.#temperature, conversationId: this.#conversationId });
  }
}
