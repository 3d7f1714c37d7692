/** When the transcript of something said arrives: before the answer, during it or after it. */
import type { Behaviour } from '../deployments.ts';
import type { Timers } from '../timers.ts';
import type { Conversation } from './conversation.ts';
import type { Item } from './items.ts';
import type { Emit, ItemEvent, ServerEvent } from './server-events.ts';
import type { SessionKind } from './transcription-session.ts';
import { failedTranscription, transcriptFor, transcriptionEvents } from './transcription.ts';
import { spokenMs } from './vad.ts';

/** From the commit of something said to its transcript, at pace 1. */
const TRANSCRIPTION_MS = 300;

/** `meanwhile` is the ordinary case: some time after the commit, whatever the answer does. */
export type TranscriptionManner = 'first' | 'meanwhile' | 'last' | 'fails';

/** Where transcripts come from and go to. */
export interface TranscriberSurroundings {
  readonly emit: Emit;
  readonly conversation: Conversation;
  readonly timers: Timers;
  readonly pace: number;
  readonly manner: TranscriptionManner;
}

/** One session's transcriber. */
export class Transcriber {
  readonly #around: TranscriberSurroundings;
  #afterAnswer: (() => void)[] = [];

  constructor(around: TranscriberSurroundings) {
    this.#around = around;
  }

  /** Transcribes a committed item. `threshold` is the level from which sound counts as speech, 0..1. */
  transcribe(
    item: Item,
    samples: Int16Array,
    by: { readonly model: string; readonly threshold: number },
  ): void {
    const { manner, pace, timers } = this.#around;
    const heardMs = spokenMs(samples, by.threshold);
    const said = { itemId: item.id, bytes: 2 * samples.length, spokenMs: heardMs };
    const events =
      manner === 'fails' ? [failedTranscription(by.model, item.id)] : transcriptionEvents(by.model, said);
    const tell = (): void => this.#tell(item.id, events, transcriptFor(heardMs));
    if (manner === 'first') tell();
    else if (manner === 'last') this.#afterAnswer.push(tell);
    else timers.after(TRANSCRIPTION_MS * pace, tell);
  }

  /** Looks at what the session sends: after an answer, transcripts that waited for it follow. */
  watch(event: ServerEvent): void {
    if (event.type !== 'response.done') return;
    const waiting = this.#afterAnswer;
    this.#afterAnswer = [];
    for (const tell of waiting) tell();
  }

  #tell(itemId: string, events: readonly ItemEvent[], transcript: string): void {
    for (const event of events) this.#around.emit(event);
    const isHeard = events.at(-1)?.type.endsWith('.completed') ?? false;
    if (isHeard) this.#around.conversation.setTranscript(itemId, transcript);
  }
}

/** How a session's transcripts arrive, by its deployment. Where there are no answers nothing comes after them. */
export function transcriptionManner(
  behaviour: Behaviour | undefined,
  kind: SessionKind = 'realtime',
): TranscriptionManner {
  if (behaviour?.name !== 'transcribe') return 'meanwhile';
  return kind === 'transcription' && behaviour.manner === 'last' ? 'meanwhile' : behaviour.manner;
}
