import { MICROPHONE_PROCESSOR, type MicrophoneCommand, type MicrophoneReport } from './messages.ts';
import { MicrophoneCore } from './microphone-core.ts';

const NOTHING: Transferable[] = [];

class MicrophoneProcessor extends AudioWorkletProcessor {
  readonly #core = new MicrophoneCore(sampleRate, (report) => this.#send(report));
  readonly #transfer: ArrayBuffer[] = [];
  #isRunning = true;

  constructor() {
    super();
    this.port.addEventListener('message', ({ data }: MessageEvent<MicrophoneCommand>) => {
      if (data.type === 'stop') this.#isRunning = false;
      else this.#core.command(data);
    });
    this.port.start();
  }

  override process(inputs: readonly (readonly Float32Array[])[]): boolean {
    // A source that has ended gives no channel at all.
    const channel = inputs[0]?.[0];
    if (channel !== undefined) this.#core.hear(channel);
    return this.#isRunning;
  }

  #send(report: MicrophoneReport): void {
    if (report.type !== 'frame') {
      this.port.postMessage(report, NOTHING);
      return;
    }
    this.#transfer[0] = report.pcm;
    this.port.postMessage(report, this.#transfer);
  }
}

registerProcessor(MICROPHONE_PROCESSOR, MicrophoneProcessor);
