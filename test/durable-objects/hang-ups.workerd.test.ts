/** Hanging up, with an Azure on paper that may not be reached. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Agenda } from '../../src/durable-objects/agenda.ts';
import { Dialer } from '../../src/durable-objects/dialer.ts';
import { HangUps } from '../../src/durable-objects/hang-ups.ts';
import type { Route } from '../../src/azure/routes.ts';
import { MemoryStorage } from '../workerd/memory-storage.ts';

const NOON = Date.parse('2026-11-25T12:00:00Z');

class Storage extends MemoryStorage {
  alarm: number | null = null;

  async setAlarm(at: number | Date): Promise<void> {
    this.alarm = Number(at);
  }

  async deleteAlarm(): Promise<void> {
    this.alarm = null;
  }
}

function routeOf(name: string, key: string): Route {
  return {
    name,
    endpoint: 'https://azure.example',
    credential: { kind: 'key', key },
    realtimeDeployment: 'gpt-realtime',
    chatDeployment: null,
  };
}

const first = routeOf('primary', 'key-1');
const second = routeOf('primary-2', 'key-2');
const place = { callId: 'rtc_1', route: first };

let storage = new Storage();
/** Whom Azure was asked to hang up, and with which key. */
let asked: string[] = [];
let answers: (number | 'nobody')[] = [];

function hangUps(routes: readonly Route[] = [first, second]): HangUps {
  const agenda = new Agenda(storage);
  return new HangUps({ storage, agenda, dialer: new Dialer(), routes: () => routes });
}

function noted(): string[] {
  return [...storage.kv.list({ prefix: 'rtc/' })].map(([key]) => key);
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  storage = new Storage();
  asked = [];
  answers = [];
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    asked.push(`${url.pathname} ${new Headers(init.headers).get('api-key')}`);
    const status = answers.shift() ?? 200;
    if (status === 'nobody') throw new TypeError('nobody there');
    return new Response(null, { status });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('[I8] a call is written down, and crossed out when Azure has hung up', async () => {
  const mine = hangUps();
  mine.note(place);
  expect(noted()).toEqual(['rtc/rtc_1']);
  expect(storage.alarm).toBe(NOON + 10_000);
  // While somebody here is on it, it is left alone; and looked at again.
  expect(await mine.look(NOON + 10_000)).toBe(NOON + 20_000);
  expect(asked).toEqual([]);
  mine.end(place);
  expect(await mine.look(NOON + 20_000)).toBe(NOON + 30_000);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(['/openai/v1/realtime/calls/rtc_1/hangup key-1']);
  expect(noted()).toEqual([]);
  expect(await mine.look(NOON + 30_000)).toBeNull();
});

it('[I8] the next instance hangs up what it finds; what is over already counts as hung up', async () => {
  hangUps().note(place);
  answers = [404];
  expect(await hangUps().look(NOON + 10_000)).toBeNull();
  expect(asked).toHaveLength(1);
  expect(noted()).toEqual([]);
});

it('[I8] what fails is tried with the next credential, and again at the next look', async () => {
  hangUps().note(place);
  answers = [401, 'nobody', 500, 200];
  const next = hangUps();
  expect(await next.look(NOON + 10_000)).toBe(NOON + 20_000);
  expect(asked.map((one) => one.split(' ')[1])).toEqual(['key-1', 'key-2']);
  expect(await next.look(NOON + 20_000)).toBeNull();
  expect(asked).toHaveLength(4);
});

it('[I8] the credential of then is first, and a resource that is gone is given up when no call can be left', async () => {
  const mine = hangUps();
  mine.note({ callId: 'rtc_2', route: second });
  mine.end({ callId: 'rtc_2', route: second });
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.map((one) => one.split(' ')[1])).toEqual(['key-2']);

  mine.note(place);
  const without = hangUps([]);
  expect(await without.look(Date.now())).not.toBeNull();
  vi.setSystemTime(NOON + 71 * 60_000);
  expect(await without.look(Date.now())).toBeNull();
  expect(asked).toHaveLength(1);
});

it('[I8] who is forgotten while Azure cannot be reached is still hung up', async () => {
  const mine = hangUps();
  mine.note(place);
  answers = ['nobody', 'nobody'];
  mine.end(place);
  storage.kv.delete('rtc/rtc_1');
  storage.kv.delete('agenda');
  mine.startOver();
  await vi.advanceTimersByTimeAsync(0);
  expect(noted()).toEqual(['rtc/rtc_1']);
  expect(storage.alarm).toBe(NOON + 10_000);
  expect(await mine.look(NOON + 10_000)).toBeNull();
  expect(noted()).toEqual([]);
});
