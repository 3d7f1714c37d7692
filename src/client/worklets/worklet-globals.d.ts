/** What an AudioWorkletGlobalScope has and TypeScript's DOM library lacks (Web Audio API 1.1, section 1.32). */

/** The base class of a processor. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  /** Called for every 128 samples; true keeps the processor alive. */
  abstract process(
    inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
  ): boolean;
}

/** Makes a processor known under a name. */
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Samples per second of the context the worklet runs in. */
declare const sampleRate: number;
