/** The line of a WebRTC call, with an Azure on paper: who is asked when, and that nothing is left. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Reached } from '../../src/durable-objects/dialer.ts';
import { ATTACH_MS, Line, type LineHost, type RtcPlace } from '../../src/durable-objects/line.ts';
import type { Route } from '../../src/azure/routes.ts';

const route: Route = {
  name: 'primary',
  endpoint: 'https://azure.example',
  credential: { kind: 'key', key: 'k' },
  realtimeDeployment: 'gpt-realtime',
  chatDeployment: null,
};

/** Azure, as one call sees it. `attaches`: what comes of each try, the last for all that follow. */
class PaperAzure implements LineHost {
  readonly story: string[] = [];
  readonly tries: number[] = [];
  attaches: readonly ((signal: AbortSignal) => Promise<Reached>)[] = [];
  onBegin: () => void = () => {};

  begin: LineHost['begin'] = async () => {
    this.story.push('begin');
    this.onBegin();
    return { outcome: 'connected', value: { callId: 'rtc_1', sdp: 'answer' }, route };
  };

  note = ({ callId }: RtcPlace): void => void this.story.push(`note ${callId}`);
  hangUp = ({ callId }: RtcPlace): void => void this.story.push(`hang up ${callId}`);

  attach: LineHost['attach'] = async (_place, signal) => {
    this.story.push('attach');
    this.tries.push(Date.now());
    const attach = this.attaches[this.tries.length - 1] ?? this.attaches.at(-1);
    if (!attach) throw new Error('no more tries were expected');
    return attach(signal);
  };
}

const socket = { readyState: 1, addEventListener: () => {}, accept: () => {}, close: () => {} };
const there = async (): Promise<Reached> => ({
  outcome: 'connected',
  socket: socket as unknown as WebSocket,
  route,
});
const refusedWith = (status: number) => async (): Promise<Reached> => ({
  outcome: 'refused',
  status,
  code: String(status),
  retryAfterMs: null,
});
const never = (signal: AbortSignal): Promise<Reached> =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve({ outcome: 'unreachable', reason: 'aborted' })),
  );

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', { OPEN: 1, CLOSED: 3 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('[I3][I8] a call is noted before it is looked on at, and answered after', async () => {
  const azure = new PaperAzure();
  azure.attaches = [there];
  const line = new Line(azure);
  expect(line.answer()).toBeNull();
  expect(await line.dial()).toMatchObject({ outcome: 'connected' });
  expect(line.answer()).toBe('answer');
  line.close();
  line.close();
  expect(azure.story).toEqual(['begin', 'note rtc_1', 'attach', 'hang up rtc_1']);
});

it('[I3][I6] a sideband is tried for four seconds, and then there is none', async () => {
  const azure = new PaperAzure();
  azure.attaches = [refusedWith(404)];
  const line = new Line(azure);
  const startedAt = Date.now();
  const dialling = line.dial();
  await vi.advanceTimersByTimeAsync(ATTACH_MS);
  expect(await dialling).toMatchObject({ outcome: 'refused', status: 404 });
  expect(azure.tries.map((at) => at - startedAt)).toEqual([0, 100, 300, 700, 1_500, 3_100]);
});

it('[I3] one that does not answer is late; one that knows us not is not asked twice', async () => {
  const azure = new PaperAzure();
  azure.attaches = [never];
  const dialling = new Line(azure).dial();
  await vi.advanceTimersByTimeAsync(ATTACH_MS);
  expect(await dialling).toEqual({ outcome: 'unreachable', reason: 'timeout' });

  const strict = new PaperAzure();
  strict.attaches = [refusedWith(401)];
  expect(await new Line(strict).dial()).toMatchObject({ outcome: 'refused', status: 401 });
  expect(strict.tries).toHaveLength(1);
});

it('[I6] what fails twice and is there the third time is there', async () => {
  const azure = new PaperAzure();
  azure.attaches = [there, refusedWith(404), refusedWith(500), there];
  const line = new Line(azure);
  await line.dial();
  const again = line.redial();
  await vi.advanceTimersByTimeAsync(300);
  expect(await again).toMatchObject({ outcome: 'connected' });
});

it('[I5] a call that ended while Azure answered is hung up', async () => {
  const azure = new PaperAzure();
  const line = new Line(azure);
  azure.onBegin = () => line.close();
  expect(await line.dial()).toEqual({ outcome: 'unreachable', reason: 'aborted' });
  expect(line.answer()).toBeNull();
  expect(azure.story).toEqual(['begin', 'note rtc_1', 'hang up rtc_1']);
});

it('[I5] a call that ends while a sideband is looked for is hung up once, and nobody looks on any more', async () => {
  const azure = new PaperAzure();
  azure.attaches = [never];
  const line = new Line(azure);
  const dialling = line.dial();
  await vi.advanceTimersByTimeAsync(50);
  line.close();
  expect(await dialling).toMatchObject({ outcome: 'unreachable' });
  expect(azure.story.filter((word) => word.startsWith('hang'))).toHaveLength(1);
});
