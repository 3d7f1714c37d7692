/** Watches a page from inside, before its own first line runs: what the speaker gives out, and when news came to it. */
import type { BrowserContext, Page } from 'playwright-core';

/** What the probe has seen. Times are the audio clock's, in milliseconds. */
export interface Seen {
  /** How much has come out of the speaker that was not silence, counted in the audio thread. */
  readonly soundingMs: number;
  /** When the last of it came out. */
  readonly lastSoundingAtMs: number;
  /** When each kind of text frame first came down. */
  readonly arrivedAtMs: Readonly<Record<string, number>>;
  /** What the device holds back, as the browser tells it. */
  readonly outputLatencyMs: number;
  /** `readyState` of every microphone track the page was given. */
  readonly tracks: readonly string[];
}

interface Probe {
  context: BaseAudioContext | null;
  soundingMs: number;
  lastSoundingAtMs: number;
  arrivedAtMs: Record<string, number>;
  tracks: MediaStreamTrack[];
}

declare global {
  // A property of the global object can be declared in no other way.
  var voxgateProbe: Probe;
}

/** How the microphone answers in a page that is probed. */
export type MicrophoneAnswer = 'given' | 'NotAllowedError' | 'NotFoundError';

const TAP = '/voxgate-probe.js';

/** Runs in the audio thread: counts what is not silence, and says so a hundred times a second. */
const TAP_SOURCE = `
  class Tap extends AudioWorkletProcessor {
    sounding = 0;
    lastAt = 0;
    turn = 0;
    process([[block]]) {
      for (const sample of block ?? []) {
        if (Math.abs(sample) < 1e-4) continue;
        this.sounding += 1;
        this.lastAt = currentTime;
      }
      this.turn += 1;
      if (this.turn % 4 === 0) {
        this.port.postMessage({ soundingMs: (this.sounding * 1000) / sampleRate, lastSoundingAtMs: this.lastAt * 1000 });
      }
      return true;
    }
  }
  registerProcessor('voxgate-probe', Tap);
`;

/** What the page's server must serve beside the page: no interception reaches an audio worklet. */
export const probeScripts = { [TAP]: TAP_SOURCE };

/** Puts the probe into every page of a context. */
export async function installProbe(
  context: BrowserContext,
  microphone: MicrophoneAnswer = 'given',
): Promise<void> {
  await context.addInitScript(watchPage, { microphone, tap: TAP });
}

/** What the probe in this page has seen so far. */
export async function look(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const { context, soundingMs, lastSoundingAtMs, arrivedAtMs, tracks } = globalThis.voxgateProbe;
    const latency = context instanceof AudioContext ? context.outputLatency : 0;
    return {
      soundingMs,
      lastSoundingAtMs,
      arrivedAtMs,
      outputLatencyMs: latency * 1000,
      tracks: tracks.map((track) => track.readyState),
    };
  });
}

/** Waits until so many milliseconds have sounded. */
export async function heardFor(page: Page, ms: number): Promise<void> {
  await page.waitForFunction((wanted) => globalThis.voxgateProbe.soundingMs >= wanted, ms);
}

/** Runs in the page. */
function watchPage({ microphone, tap }: { microphone: MicrophoneAnswer; tap: string }): void {
  const probe: Probe = { context: null, soundingMs: 0, lastSoundingAtMs: 0, arrivedAtMs: {}, tracks: [] };
  globalThis.voxgateProbe = probe;

  async function listen(speaker: AudioNode): Promise<void> {
    const { context } = speaker;
    probe.context = context;
    await context.audioWorklet.addModule(tap);
    const node = new AudioWorkletNode(context, 'voxgate-probe', { numberOfOutputs: 0 });
    node.port.addEventListener('message', ({ data }: MessageEvent<Partial<Probe>>) =>
      Object.assign(probe, data),
    );
    node.port.start();
    speaker.connect(node);
  }

  const { connect } = AudioNode.prototype as unknown as {
    connect: (this: AudioNode, ...args: unknown[]) => unknown;
  };
  Reflect.set(AudioNode.prototype, 'connect', function tapped(this: AudioNode, ...args: unknown[]) {
    if (args[0] instanceof AudioDestinationNode) void listen(this);
    return Reflect.apply(connect, this, args);
  });

  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (typeof data !== 'string') return;
        const { type } = JSON.parse(data) as { type: string };
        probe.arrivedAtMs[type] ??= (probe.context?.currentTime ?? 0) * 1000;
      });
    }
  };

  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    if (microphone !== 'given') throw new DOMException('Refused by the test', microphone);
    const stream = await getUserMedia(constraints);
    probe.tracks.push(...stream.getTracks());
    return stream;
  };
}
