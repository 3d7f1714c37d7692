/** A call told as a dialogue: feed events to the deciding half, and look at what it asks for. */
import type { Action } from '../../src/client/actions.ts';
import type { ClientEvent } from '../../src/client/client-events.ts';
import { reduce } from '../../src/client/call-state.ts';
import { freshModel, phaseOf, type CallEvent, type Model, type Phase } from '../../src/client/model.ts';
import { parseServerEvent } from '../../src/client/server-events.ts';

/** When everything in a dialogue happens unless it moves the clock: the middle of a day. */
export const NOON = Date.UTC(2026, 10, 25, 12);

export class Dialogue {
  /** Unix milliseconds. */
  now = NOON;
  model: Model = freshModel;
  /** Everything asked for since the last `take`. */
  #actions: Action[] = [];

  /** A call in which both sides are ready, with a microphone. */
  static live(): Dialogue {
    const dialogue = new Dialogue();
    dialogue.tell({ type: 'start' });
    dialogue.tell({ type: 'microphone-opened' });
    dialogue.hear({ type: 'session.created' });
    dialogue.take();
    return dialogue;
  }

  get phase(): Phase {
    return phaseOf(this.model.call);
  }

  tell(event: CallEvent): this {
    const { model, actions } = reduce(this.model, event);
    this.model = model;
    this.#actions.push(...actions);
    return this;
  }

  /** An event from the gateway, as it comes on the wire. */
  hear(event: Readonly<Record<string, unknown>>): this {
    const parsed = parseServerEvent(JSON.stringify(event));
    return parsed === null ? this : this.tell({ type: 'server', event: parsed, at: this.now });
  }

  /** The socket closes, from the other side. */
  closes(code: number, reason = ''): this {
    return this.tell({ type: 'closed', code, reason, at: this.now });
  }

  /** The gateway complains, and closes. */
  endsWith(error: string, code: number, reason = ''): this {
    const message = 'As the gateway tells it.';
    return this.hear({ type: 'error', error: { code: error, message } }).closes(code, reason);
  }

  /** The door has said who this is. */
  signedIn(isGuest = false): this {
    return this.tell({ type: 'account', event: { type: 'signed-in', isGuest } });
  }

  /** `ms` of sound for the part announced last. */
  sound(ms: number): this {
    return this.tell({ type: 'sound', pcm: new ArrayBuffer(ms * 48) });
  }

  /** An answer of `ms` whose sound has all come, as fast as Azure sends it. */
  answer(response: string, ms: number, text = 'one two three four'): this {
    return this.beginAnswer(response, ms, text).finishAnswer(response);
  }

  /** An answer that is still being made. */
  beginAnswer(response: string, ms: number, text = 'one two three four'): this {
    const ids = { response_id: response, item_id: `item-of-${response}` };
    this.hear({ type: 'response.created', response: { id: response } });
    this.hear({ type: 'response.content_part.added', ...ids, content_index: 0, part: { type: 'audio' } });
    this.hear({ type: 'response.output_audio_transcript.delta', ...ids, delta: text });
    return ms > 0 ? this.sound(ms) : this;
  }

  finishAnswer(response: string, status = 'completed'): this {
    const ids = { response_id: response, item_id: `item-of-${response}` };
    this.hear({ type: 'response.output_audio.done', ...ids });
    return this.hear({ type: 'response.done', response: { id: response, status } });
  }

  speechStarts(item = 'speech'): this {
    return this.hear({ type: 'input_audio_buffer.speech_started', item_id: item });
  }

  speechStops(item = 'speech'): this {
    return this.hear({ type: 'input_audio_buffer.speech_stopped', item_id: item });
  }

  turnTaken(item = 'speech'): this {
    this.hear({ type: 'input_audio_buffer.committed', item_id: item, previous_item_id: null });
    const message = {
      id: item,
      type: 'message',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    };
    return this.hear({ type: 'conversation.item.added', item: message });
  }

  understood(transcript: string, item = 'speech'): this {
    const type = 'conversation.item.input_audio_transcription.completed';
    return this.hear({ type, item_id: item, transcript });
  }

  /** What was asked for since the last time. */
  take(): readonly Action[] {
    return this.#actions.splice(0);
  }

  /** The kinds of what was asked for since the last time. */
  takeTypes(): readonly string[] {
    return this.take().map((action) => action.type);
  }

  /** What was sent up since the last time. */
  takeSent(): readonly ClientEvent[] {
    return this.take().flatMap((action) => (action.type === 'send' ? [action.event] : []));
  }
}
