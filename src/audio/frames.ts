/** Cuts a stream of samples into frames of one size. */
export interface Framer {
  /** Gives `count` samples (default: all); `onFrame` gets the one buffer every frame is cut in, so it must be read at once. */
  push(samples: Float32Array, onFrame: (frame: Float32Array) => void, count?: number): void;
  /** Drops the begun frame; returns how many samples it held. */
  reset(): number;
}

/** A framer for frames of `frameSamples` samples. Allocates once. */
export function createFramer(frameSamples: number): Framer {
  if (!Number.isInteger(frameSamples) || frameSamples <= 0) {
    throw new RangeError(`A frame holds a positive whole number of samples, not ${frameSamples}`);
  }
  const frame = new Float32Array(frameSamples);
  let filled = 0;

  function push(samples: Float32Array, onFrame: (frame: Float32Array) => void, count = samples.length): void {
    for (let index = 0; index < count; index += 1) {
      frame[filled] = samples[index] ?? 0;
      filled += 1;
      if (filled === frameSamples) {
        filled = 0;
        onFrame(frame);
      }
    }
  }

  function reset(): number {
    const dropped = filled;
    filled = 0;
    return dropped;
  }

  return { push, reset };
}
