/** The way from the gateway's sound to the ear: an AudioWorklet that can be flushed and knows what was really played. */
import type { PartProgress } from '../audio/playout.ts';
import { decodePcm16 } from '../audio/pcm16.ts';
import { SAMPLE_RATE_HZ } from '../protocol/audio-format.ts';
import type { Heard } from './heard.ts';
import { SPEAKER_PROCESSOR, type SpeakerCommand, type SpeakerReport } from './worklets/messages.ts';

/** What the speaker tells. `onLevel` is RMS, linear, and how far which part is, 25 times a second while something sounds. */
export interface SpeakerListener {
  onLevel(level: number, heard: Heard): void;
  /** More was waiting than may wait; what did not fit is lost. */
  onDropped(): void;
  onEnded(part: number): void;
  onFlushed(heard: readonly Heard[]): void;
}

/** Plays parts in the order they come. Every flush is answered by exactly one `onFlushed`, in order. */
export interface Speaker {
  play(part: number, pcm: ArrayBuffer): void;
  finish(part: number): void;
  flush(): void;
  hold(): void;
  resume(): void;
  close(): void;
}

/** A suspended context may not answer: a flush that is not answered by then is taken as heard to nothing more. */
const FLUSH_ANSWER_MS = 300;

/** Connects a speaker to the context's output. */
export function openSpeaker(context: AudioContext, listener: SpeakerListener): Speaker {
  const node = new AudioWorkletNode(context, SPEAKER_PROCESSOR, {
    numberOfInputs: 0,
    outputChannelCount: [1],
  });
  const flushes: number[] = [];

  function answerFlush(parts: readonly PartProgress[]): void {
    const timer = flushes.shift();
    if (timer === undefined) return;
    clearTimeout(timer);
    listener.onFlushed(parts.map(({ part, played }) => ({ part, heardMs: heardMs(context, played) })));
  }

  const end = new AbortController();
  function onReport({ data }: MessageEvent<SpeakerReport>): void {
    if (data.type === 'level')
      listener.onLevel(data.level, { part: data.part, heardMs: heardMs(context, data.played) });
    else if (data.type === 'dropped') listener.onDropped();
    else if (data.type === 'ended') listener.onEnded(data.part);
    else answerFlush(data.parts);
  }
  node.port.addEventListener('message', onReport, { signal: end.signal });
  node.port.start();
  node.connect(context.destination);

  function send(command: SpeakerCommand, transfer: Transferable[] = []): void {
    node.port.postMessage(command, transfer);
  }

  return {
    play(part, pcm) {
      const samples = decodePcm16(pcm);
      send({ type: 'play', part, samples }, [samples.buffer]);
    },
    finish: (part) => send({ type: 'finish', part }),
    flush() {
      flushes.push(window.setTimeout(() => answerFlush([]), FLUSH_ANSWER_MS));
      send({ type: 'flush' });
    },
    hold: () => send({ type: 'hold' }),
    resume: () => send({ type: 'resume' }),
    close() {
      for (const timer of flushes.splice(0)) clearTimeout(timer);
      send({ type: 'stop' });
      end.abort();
      node.disconnect();
    },
  };
}

/** Given out is not yet heard: what the device still holds is taken off, where the browser knows it (not before Safari 18.4). */
function heardMs(context: AudioContext, played: number): number {
  const latencyMs = (Number.isFinite(context.outputLatency) ? context.outputLatency : 0) * 1000;
  return Math.max(0, (played * 1000) / SAMPLE_RATE_HZ - latencyMs);
}
