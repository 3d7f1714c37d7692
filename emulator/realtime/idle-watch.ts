/** Notices when nobody has spoken for a while after an answer: `idle_timeout_ms`, counted from the end of its playback. */
import { BYTES_PER_MS } from '../../src/protocol/audio-format.ts';
import type { Timers } from '../timers.ts';
import type { ServerEvent } from './server-events.ts';
import type { SessionConfig } from './session-config.ts';

/** G.711 is one byte per sample at 8 kHz. */
const TELEPHONE_BYTES_PER_MS = 8;

/** Something happens: nobody need wait any longer. */
const ENDS_PATIENCE: ReadonlySet<string> = new Set([
  'input_audio_buffer.speech_started',
  'input_audio_buffer.committed',
  'response.created',
]);

/** What the watch needs of its session. */
export interface IdleSurroundings {
  readonly timers: Timers;
  /** The setting now; null: nobody minds. */
  readonly timeoutMs: () => number | null;
  /** The input's clock. */
  readonly writtenMs: () => number;
  /** Called with what the clock showed when the answer had been played. */
  readonly onIdle: (sinceMs: number) => void;
}

/** One session's patience. */
export class IdleWatch {
  readonly #around: IdleSurroundings;
  #stop: () => void = () => undefined;
  #answerBytes = 0;
  #isSpeaking = false;

  constructor(around: IdleSurroundings) {
    this.#around = around;
  }

  /** Looks at what the session sends. */
  watch(event: ServerEvent): void {
    if (event.type === 'input_audio_buffer.speech_started') this.#isSpeaking = true;
    if (event.type === 'input_audio_buffer.committed') this.#isSpeaking = false;
    if (event.type === 'response.created') this.#answerBytes = 0;
    if (event.type === 'response.output_audio.delta') {
      this.#answerBytes += Buffer.byteLength(event.delta, 'base64');
    }
    if (ENDS_PATIENCE.has(event.type)) this.#stop();
    if (event.type !== 'response.done') return;
    const { status, conversation_id: conversation, audio } = event.response;
    if (this.#isSpeaking || conversation === null) return;
    const bytesPerMs = audio.output.format.type === 'audio/pcm' ? BYTES_PER_MS : TELEPHONE_BYTES_PER_MS;
    this.#wait(status === 'cancelled' ? 0 : this.#answerBytes / bytesPerMs);
  }

  #wait(playbackMs: number): void {
    const { timers, timeoutMs, writtenMs, onIdle } = this.#around;
    this.#stop();
    this.#stop = timers.after(playbackMs, () => {
      const patienceMs = timeoutMs();
      if (patienceMs === null) return;
      const sinceMs = writtenMs();
      this.#stop = timers.after(patienceMs, () => {
        if (timeoutMs() !== null) onIdle(sinceMs);
      });
    });
  }
}

/** The patience a session is set to; null: endless. */
export function idleTimeoutMs({ input }: SessionConfig): number | null {
  const { turn_detection: detection } = input;
  return detection?.type === 'server_vad' ? (detection.idle_timeout_ms ?? null) : null;
}
