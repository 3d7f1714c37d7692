import { SPEAKER_PROCESSOR, type SpeakerCommand } from './messages.ts';
import { SpeakerCore } from './speaker-core.ts';

const NOTHING: Transferable[] = [];

class SpeakerProcessor extends AudioWorkletProcessor {
  readonly #core = new SpeakerCore(sampleRate, (report) => this.port.postMessage(report, NOTHING));
  #isRunning = true;

  constructor() {
    super();
    this.port.addEventListener('message', ({ data }: MessageEvent<SpeakerCommand>) => {
      if (data.type === 'stop') this.#isRunning = false;
      else this.#core.command(data);
    });
    this.port.start();
  }

  override process(
    _inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
  ): boolean {
    const channel = outputs[0]?.[0];
    if (channel !== undefined) this.#core.fill(channel);
    return this.#isRunning;
  }
}

registerProcessor(SPEAKER_PROCESSOR, SpeakerProcessor);
