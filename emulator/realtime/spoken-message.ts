/** An answer with a voice: its sound in Azure's chunks and pace, its words a little ahead. */
import { BYTES_PER_MS } from '../../src/protocol/audio-format.ts';
import { createId } from '../ids.ts';
import type { Stretch } from '../script.ts';
import { toSentences } from '../voice/sentences.ts';
import type { Voice } from '../voice/voice.ts';
import { createEntry, type Entry, withoutTranscript } from './conversation.ts';
import { type AudioWriter, createWriter } from './audio-codec.ts';
import type { ContentPart, Item } from './items.ts';
import { obfuscation } from './obfuscation.ts';
import {
  announce,
  conclude,
  emptyMessage,
  type OutputPlace,
  type OutputWriter,
  type Stage,
} from './output-writer.ts';
import { dueMs, nextDeltaBytes, TOKEN_BYTES, TRANSCRIPT_LEAD_MS } from './pacing.ts';
import type { PartAddress } from './server-events.ts';
import type { AudioFormat } from './session-schema.ts';
import { SoundQueue } from './sound-queue.ts';
import { outputAudioTokens, type Tokens } from './usage.ts';

/** How it sounds. */
export interface Manner {
  readonly voice: string;
  readonly speed: number;
  readonly format: AudioFormat;
}

/** Words, and their sound on its way. */
interface Prepared {
  readonly text: string;
  readonly sound: Promise<Buffer>;
}

/** Writes one message with sound. */
export class SpokenMessage implements OutputWriter {
  readonly #stage: Stage;
  readonly #place: OutputPlace;
  readonly #entry: Entry;
  readonly #prepared: readonly Prepared[];
  readonly #queue = new SoundQueue();
  readonly #writer: AudioWriter;
  readonly #address: PartAddress;
  readonly #sound: Buffer[] = [];
  #transcript = '';
  #wordCount = 0;
  #sentBytes = 0;
  #deltas = 0;
  #startedAt = 0;
  #isClosed = false;

  constructor(
    stage: Stage,
    place: OutputPlace,
    what: { readonly stretches: readonly Stretch[]; readonly manner: Manner },
  ) {
    this.#stage = stage;
    this.#place = place;
    this.#writer = createWriter(what.manner.format);
    this.#address = {
      response_id: place.responseId,
      item_id: createId('item'),
      output_index: place.outputIndex,
      content_index: 0,
    };
    this.#entry = createEntry(emptyMessage(this.#address.item_id));
    this.#prepared = prepare(what.stretches, what.manner, stage.voice);
  }

  async perform(): Promise<boolean> {
    announce(this.#stage, this.#place, this.#entry);
    this.#entry.sounds.set(0, this.#sound);
    this.#stage.emit({
      type: 'response.content_part.added',
      ...this.#address,
      part: { type: 'audio', transcript: '' },
    });
    for (const stretch of this.#prepared) {
      this.#queue.add(await stretch.sound, stretch.text);
      if (!(await this.#send('more to come'))) return false;
    }
    return this.#send('that is all');
  }

  close(status: 'completed' | 'incomplete'): Item {
    this.#isClosed = true;
    const { emit } = this.#stage;
    const transcript = this.#transcript;
    const entry = this.#entry;
    emit({ type: 'response.output_audio.done', ...this.#address });
    emit({ type: 'response.output_audio_transcript.done', ...this.#address, transcript });
    emit({ type: 'response.content_part.done', ...this.#address, part: { type: 'audio', transcript } });
    const content: ContentPart[] = [{ type: 'output_audio', transcript }];
    const item = { id: entry.item.id, type: 'message', status, role: 'assistant', content } as const;
    entry.item = entry.isTruncated ? withoutTranscript(item, 0) : item;
    return conclude(this.#stage, this.#place, entry);
  }

  tokens(): Tokens {
    return { text: this.#wordCount, audio: outputAudioTokens(this.#sentBytes) };
  }

  /** Sends what is ready; false: there is nobody to go on for. */
  async #send(outlook: 'more to come' | 'that is all'): Promise<boolean> {
    const complete = outlook === 'that is all';
    while (!this.#isClosed) {
      const ready = { sent: this.#deltas, bytes: this.#queue.bytes(), complete };
      const wanted = nextDeltaBytes(ready);
      if (wanted === 0) {
        if (complete) this.#sendWords(Infinity);
        return true;
      }
      await this.#waitUntilDue();
      if (this.#isClosed) return false;
      this.#sendWords(this.#sentBytes + wanted + TRANSCRIPT_LEAD_MS * BYTES_PER_MS);
      const size = Math.min(wanted, Math.max(0, this.#stage.tokensLeft()) * TOKEN_BYTES);
      if (size > 0) this.#sendDelta(size);
      if (size < wanted) return false;
    }
    return false;
  }

  async #waitUntilDue(): Promise<void> {
    if (this.#deltas === 0) this.#startedAt = performance.now();
    const dueAt = this.#startedAt + dueMs(this.#sentBytes, this.#stage.pace);
    await this.#stage.timers.sleep(Math.max(0, dueAt - performance.now()));
  }

  #sendDelta(size: number): void {
    const sound = this.#queue.take(size);
    this.#sound.push(sound);
    this.#sentBytes += size;
    this.#deltas += 1;
    const delta = this.#writer.write(sound).toString('base64');
    this.#stage.emit({ type: 'response.output_audio.delta', ...this.#address, delta });
  }

  #sendWords(position: number): void {
    for (const delta of this.#queue.takeWords(position)) {
      if (this.#stage.tokensLeft() <= 0) return;
      this.#transcript += delta;
      this.#wordCount += 1;
      this.#stage.emit({
        type: 'response.output_audio_transcript.delta',
        ...this.#address,
        delta,
        obfuscation: obfuscation(),
      });
    }
  }
}

/** Asks for every sentence at once, so that the first is made while the answer is thought over, the next while it is sent. */
function prepare(stretches: readonly Stretch[], manner: Manner, synthesiser: Voice): Prepared[] {
  const { voice, speed } = manner;
  const prepared = stretches.flatMap((stretch) =>
    stretch.kind === 'play'
      ? [{ text: '', sound: Promise.resolve(stretch.sound) }]
      : toSentences(stretch.text).map((text) => ({
          text,
          sound: synthesiser.speak({ text: text.trim(), voice, speed }),
        })),
  );
  // A failure is met where the sound is awaited; an answer that was cancelled before never gets there.
  for (const { sound } of prepared) sound.catch(() => undefined);
  return prepared;
}
