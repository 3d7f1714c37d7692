/** What is measured on open calls. */
import type { Caller } from './caller.ts';

/** Frames of one call on their way at the same time, when it is throughput that counts: 160 ms of sound. */
const WINDOW = 8;

/** The sound in one frame. */
const FRAME_MS = 20;

/** Sends one frame at a time for `durationMs` and returns how long each took to come back, in milliseconds. */
export async function roundTrips(caller: Caller, durationMs: number): Promise<readonly number[]> {
  const times: number[] = [];
  const end = performance.now() + durationMs;
  return new Promise((resolve) => {
    let sent = performance.now();
    caller.onFrame = () => {
      const now = performance.now();
      times.push(now - sent);
      if (now >= end) {
        resolve(times);
        return;
      }
      sent = performance.now();
      caller.sendFrame();
    };
    caller.sendFrame();
  });
}

/** Sends a frame every 20 ms for `durationMs`, as a call does, and returns how long each took to come back, in milliseconds. */
export async function spokenTrips(caller: Caller, durationMs: number): Promise<readonly number[]> {
  const frames = Math.ceil(durationMs / FRAME_MS);
  const sent: number[] = [];
  const times: number[] = [];
  return new Promise((resolve) => {
    // Azure's stand-in answers in order.
    caller.onFrame = () => {
      times.push(performance.now() - (sent[times.length] ?? Number.NaN));
      if (times.length === frames) resolve(times);
    };
    const microphone = setInterval(() => {
      sent.push(performance.now());
      caller.sendFrame();
      if (sent.length === frames) clearInterval(microphone);
    }, FRAME_MS);
  });
}

/** Keeps `WINDOW` frames of every call on their way for `durationMs` and returns how many came back per second. */
export async function framesPerSecond(callers: readonly Caller[], durationMs: number): Promise<number> {
  const start = performance.now();
  const end = start + durationMs;
  let returned = 0;
  let pending = callers.length * WINDOW;
  return new Promise((resolve) => {
    for (const caller of callers) {
      caller.onFrame = () => {
        const isOver = performance.now() >= end;
        if (!isOver) returned += 1;
        if (!isOver) caller.sendFrame();
        else if ((pending -= 1) === 0) resolve((returned * 1000) / durationMs);
      };
      for (let index = 0; index < WINDOW; index += 1) caller.sendFrame();
    }
  });
}
