/**
 * One realtime session: what a socket (or, later, a data channel) says to it, and what it answers. It knows no socket:
 * frames come in as text, events go out through `emit`.
 */
import { durationMs } from '../../src/protocol/audio-format.ts';
import { createId } from '../ids.ts';
import { Timers } from '../timers.ts';
import { type AudioReader, createReader, decodeBase64, toBytes } from './audio-codec.ts';
import { type ClientEvent, readFrame } from './client-events.ts';
import { Conversation, createEntry } from './conversation.ts';
import { InputBuffer, type TurnHappening } from './input-buffer.ts';
import type { Refusal } from './invalid.ts';
import { idleTimeoutMs, IdleWatch } from './idle-watch.ts';
import { ItemDesk } from './item-desk.ts';
import type { Item } from './items.ts';
import { McpDesk } from './mcp-desk.ts';
import { Responses } from './responses.ts';
import { refuseChange } from './session-changes.ts';
import {
  defaultConfig,
  mergeUpdate,
  type SessionConfig,
  type SessionView,
  turnSettings,
  viewSession,
} from './session-config.ts';
import type { ServerEvent } from './server-events.ts';
import type { SessionOptions } from './session-options.ts';
import type { SessionUpdate } from './session-schema.ts';
import { answersNothing, type SessionKind, viewTranscription } from './transcription-session.ts';
import { Transcriber, transcriptionManner } from './transcriber.ts';

/** Most sound in one append. */
const LARGEST_APPEND_BYTES = 15 * 1024 * 1024;

/** One session, from `session.created` to the end of its transport. */
export class RealtimeSession {
  readonly #options: SessionOptions;
  readonly #timers = new Timers();
  readonly #conversation = new Conversation();
  readonly #responses: Responses;
  readonly #items: ItemDesk;
  readonly #transcriber: Transcriber;
  readonly #input: InputBuffer;
  readonly #mcp: McpDesk;
  readonly #idle: IdleWatch;
  #config: SessionConfig;
  #reader: AudioReader;
  #comingItemId: string | null = null;

  constructor(options: SessionOptions) {
    const emit = (event: ServerEvent): void => this.#emit(event);
    this.#options = options;
    this.#config = options.startsWith ?? defaultConfig;
    this.#reader = createReader(this.#config.input.format);
    this.#input = new InputBuffer(turnSettings(this.#config.input.turn_detection));
    this.#items = new ItemDesk(this.#conversation, emit);
    this.#transcriber = new Transcriber({
      emit,
      conversation: this.#conversation,
      timers: this.#timers,
      pace: options.dialect.pace,
      manner: transcriptionManner(options.behaviour, options.kind),
    });
    this.#mcp = new McpDesk(this.#conversation, emit);
    this.#idle = new IdleWatch({
      timers: this.#timers,
      timeoutMs: () => idleTimeoutMs(this.#config),
      writtenMs: () => this.#input.writtenMs(),
      onIdle: (sinceMs) => this.#goOn(sinceMs),
    });
    this.#responses = new Responses({
      mcp: this.#mcp,
      options: { ...options, emit },
      conversation: this.#conversation,
      conversationId: options.conversationId ?? createId('conv'),
      config: () => this.#config,
    });
  }

  /** Greets: the first event of every session. */
  start(): void {
    this.#emit({ type: 'session.created', session: this.view() });
    this.#mcp.announce(this.#config.tools);
  }

  /** The effective session, as the last `session.updated` showed it. */
  view(): SessionView {
    const { identity } = this.#options;
    const view = this.#kind() === 'transcription' ? viewTranscription : viewSession;
    return view(this.#config, identity);
  }

  /** Takes one text frame. Never throws for what a client sent. */
  receive(text: string): void {
    const frame = (this.#options.readFrame ?? readFrame)(text, this.#kind());
    if (!frame.ok) return this.#refuse(frame.refusal, frame.eventId);
    const refusal = this.#handle(frame.event);
    if (refusal) this.#refuse(refusal, refusal.isAnonymous ? null : (frame.event.event_id ?? null));
  }

  /** Takes one binary frame: there are none on this wire. */
  receiveBinary(): void {
    const message = 'Binary frames are not supported. Send JSON as text.';
    this.#refuse({ code: 'invalid_event', message, param: null }, null);
  }

  /** Takes sound that came beside the frames, on a track: PCM16 samples at 24 kHz, whatever format the session names. */
  hear(samples: Int16Array): void {
    this.#options.onAudio(durationMs(2 * samples.length));
    for (const happening of this.#input.append(samples)) this.#turn(happening);
  }

  /** Cuts an answer to the milliseconds that a transport which plays it itself has played; an item that is gone stays so. */
  keepHeard(itemId: string, endMs: number): void {
    const type = 'conversation.item.truncate';
    this.#items.truncate({ type, item_id: itemId, content_index: 0, audio_end_ms: endMs });
  }

  /** Says that something went wrong on the server. */
  reportServerError(code: string): void {
    const message = 'The server had an error while processing your request.';
    const error = { type: 'server_error', code, message, param: null, event_id: null } as const;
    this.#emit({ type: 'error', error });
  }

  /** Says that the session's time is over. Returns the reason its transport closes with. */
  reportExpiry(limitMinutes: number): string {
    const message = `Your session hit the maximum duration of ${limitMinutes} minutes.`;
    this.#refuse({ code: 'session_expired', message, param: null }, null);
    return message;
  }

  /** The transport is gone: nothing happens any more. */
  end(): void {
    this.#responses.abandon();
    this.#mcp.end();
    this.#timers.clear();
  }

  #handle(event: ClientEvent): (Refusal & { readonly isAnonymous?: boolean }) | null {
    switch (event.type) {
      case 'session.update':
        return this.#update(event);
      case 'input_audio_buffer.append':
        return this.#append(event);
      case 'input_audio_buffer.commit':
        return this.#commit();
      case 'input_audio_buffer.clear':
        return this.#clear();
      case 'conversation.item.create':
        return this.#items.create(event, this.#config.input.format);
      case 'conversation.item.retrieve':
        return this.#items.retrieve(event);
      case 'conversation.item.truncate':
        return this.#items.truncate(event);
      case 'conversation.item.delete':
        return this.#items.remove(event);
      case 'response.create':
        return this.#kind() === 'transcription'
          ? answersNothing
          : this.#responses.create(event.response ?? {});
      case 'response.cancel':
        return this.#responses.cancel(event.response_id);
    }
  }

  #kind(): SessionKind {
    return this.#options.kind ?? 'realtime';
  }

  #update({
    session: given,
  }: ClientEvent<'session.update'>): (Refusal & { readonly isAnonymous: boolean }) | null {
    const { identity, rejectsUpdates } = this.#options;
    const session: SessionUpdate = { ...given, type: 'realtime' };
    const hasSpoken = this.#responses.hasSpoken();
    const refusal = refuseChange(session, {
      config: this.#config,
      model: identity.model,
      hasSpoken,
      rejectsUpdates,
    });
    if (refusal) return refusal;
    const before = this.#config.input.format.type;
    this.#config = mergeUpdate(this.#config, session);
    if (this.#config.input.format.type !== before) this.#reader = createReader(this.#config.input.format);
    this.#input.configure(turnSettings(this.#config.input.turn_detection));
    this.#emit({ type: 'session.updated', session: this.view() });
    this.#mcp.announce(this.#config.tools);
    return null;
  }

  #append({ audio }: ClientEvent<'input_audio_buffer.append'>): Refusal | null {
    const bytes = decodeBase64(audio);
    if (!bytes) return { code: 'invalid_value', message: 'Audio must be base64.', param: 'audio' };
    if (bytes.length > LARGEST_APPEND_BYTES) {
      const message = `At most ${LARGEST_APPEND_BYTES} bytes of audio fit in one append; there are ${bytes.length}.`;
      return { code: 'string_above_max_length', message, param: 'audio' };
    }
    this.hear(this.#reader.read(bytes));
    return null;
  }

  #turn(happening: TurnHappening): void {
    const detection = this.#config.input.turn_detection;
    const isSilent = detection?.type === 'semantic_vad' && this.#options.dialect.semanticVad === 'silent';
    const itemId = (this.#comingItemId ??= createId('item'));
    if (happening.name === 'started') {
      if (isSilent) return;
      const start = { type: 'input_audio_buffer.speech_started', audio_start_ms: happening.startMs } as const;
      this.#emit({ ...start, item_id: itemId });
      if (detection?.interrupt_response !== false) this.#responses.interrupt();
      return;
    }
    if (!isSilent) {
      const stop = { type: 'input_audio_buffer.speech_stopped', audio_end_ms: happening.endMs } as const;
      this.#emit({ ...stop, item_id: itemId });
    }
    this.#commitItem(happening.samples);
    if (detection?.create_response === false || this.#kind() === 'transcription') return;
    const refusal = this.#responses.create({});
    if (refusal) this.#refuse(refusal, null);
  }

  #commit(): Refusal | null {
    const commit = this.#input.commit();
    if (commit.ok) {
      this.#commitItem(commit.samples);
      return null;
    }
    const message = `The buffer is too small: at least 100ms of audio were expected, and it has ${commit.bufferedMs.toFixed(2)}ms.`;
    return { code: 'input_audio_buffer_commit_empty', message, param: null };
  }

  #commitItem(samples: Int16Array): void {
    const itemId = this.#comingItemId ?? createId('item');
    this.#comingItemId = null;
    const previous = this.#conversation.lastId();
    this.#emit({ type: 'input_audio_buffer.committed', previous_item_id: previous, item_id: itemId });
    const content = [{ type: 'input_audio', transcript: null }] as const;
    const item: Item = { id: itemId, type: 'message', status: 'completed', role: 'user', content };
    this.#conversation.append(createEntry(item, new Map([[0, toBytes(samples)]])));
    this.#items.acknowledge(item, previous);
    this.#transcribe(item, samples);
  }

  /** Nobody spoke for too long after an answer: what was heard since counts as a turn, and is answered. */
  #goOn(sinceMs: number): void {
    this.#comingItemId ??= createId('item');
    const times = { audio_start_ms: sinceMs, audio_end_ms: this.#input.writtenMs() };
    this.#emit({ type: 'input_audio_buffer.timeout_triggered', ...times, item_id: this.#comingItemId });
    const commit = this.#input.commit();
    if (!commit.ok) this.#input.clear();
    this.#commitItem(commit.ok ? commit.samples : new Int16Array());
    const refusal = this.#responses.create({});
    if (refusal) this.#refuse(refusal, null);
  }

  #clear(): null {
    this.#input.clear();
    this.#comingItemId = null;
    this.#emit({ type: 'input_audio_buffer.cleared' });
    return null;
  }

  #transcribe(item: Item, samples: Int16Array): void {
    const model = this.#config.input.transcription?.model;
    if (model === undefined) return;
    this.#transcriber.transcribe(item, samples, { model, threshold: turnThreshold(this.#config) });
  }

  /** The one way out: whoever waits for something the session says hears it here. */
  #emit(event: ServerEvent): void {
    this.#options.emit(event);
    this.#transcriber.watch(event);
    this.#idle.watch(event);
  }

  #refuse(refusal: Refusal, eventId: string | null): void {
    const { code, message, param } = refusal;
    const error = { type: 'invalid_request_error', code, message, param, event_id: eventId } as const;
    this.#emit({ type: 'error', error });
  }
}

function turnThreshold(config: SessionConfig): number {
  const settings = turnSettings(config.input.turn_detection);
  return settings.detects ? settings.threshold : 0.5;
}
