/**
 * Ears in a page of the real product: what reaches the loudspeaker, told by an analyser of the browser's own. It needs no
 * module, so the page's content security policy stays as it is.
 */
import type { BrowserContext, Page } from 'playwright-core';

/** What was heard. Times are `performance.now()` of the page. */
export interface Heard {
  /** When something other than silence was in the loudspeaker, each time the ears were pricked up. */
  readonly loudAtMs: readonly number[];
  /** When each kind of event came down the socket, oldest first. */
  readonly eventsAtMs: Readonly<Record<string, readonly number[]>>;
}

interface Ears {
  loudAtMs: number[];
  eventsAtMs: Record<string, number[]>;
}

declare global {
  // A property of the global object can be declared in no other way.
  var voxgateEars: Ears;
}

/** Gives ears to every page of a context, before its own first line runs. */
export async function giveEars(context: BrowserContext): Promise<void> {
  await context.addInitScript(listenInPage);
}

/** Everything heard so far. */
export async function heardIn(page: Page): Promise<Heard> {
  return page.evaluate(() => globalThis.voxgateEars);
}

/** Waits until the loudspeaker has been found loud this many times since `sinceMs`. */
export async function hearsVoice(page: Page, times: number, sinceMs = 0): Promise<void> {
  await page.waitForFunction(
    ([wanted, since]) => globalThis.voxgateEars.loudAtMs.filter((at) => at > since).length >= wanted,
    [times, sinceMs] as const,
  );
}

/** Waits until this kind of event has come down so many times. */
export async function hearsEvent(page: Page, type: string, times: number): Promise<void> {
  await page.waitForFunction(
    ([name, wanted]) => (globalThis.voxgateEars.eventsAtMs[name]?.length ?? 0) >= wanted,
    [type, times] as const,
  );
}

/** Runs in the page, alone: it can use nothing from outside itself. */
function listenInPage(): void {
  const LOUD = 0.01;
  const LOOK_MS = 5;
  const ears: Ears = { loudAtMs: [], eventsAtMs: {} };
  globalThis.voxgateEars = ears;

  const { connect } = AudioNode.prototype as unknown as {
    connect: (this: AudioNode, ...args: unknown[]) => unknown;
  };
  Reflect.set(AudioNode.prototype, 'connect', function overheard(this: AudioNode, ...args: unknown[]) {
    if (args[0] instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(this.context, { fftSize: 256 });
      const samples = new Float32Array(analyser.fftSize);
      Reflect.apply(connect, this, [analyser]);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        if (samples.some((sample) => Math.abs(sample) > LOUD)) ears.loudAtMs.push(performance.now());
      }, LOOK_MS);
    }
    return Reflect.apply(connect, this, args);
  });

  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (typeof data !== 'string') return;
        const { type } = JSON.parse(data) as { type: string };
        (ears.eventsAtMs[type] ??= []).push(performance.now());
      });
    }
  };
}
