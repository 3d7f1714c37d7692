import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AZURE_KEY, type Gateway, startGateway } from '../support/gateway.ts';
import { pick, type RealtimeClient } from '../support/realtime-client.ts';

/** As long as Azure may keep a caller waiting before it counts as lost, and a little more. */
const SILENCE_MS = 15_000;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ emulator: { pace: 1 } });
});
afterAll(() => gateway.close());

let users = 0;
let user = '';
beforeEach(() => {
  users += 1;
  user = `user-${users}`;
});

async function opened(): Promise<RealtimeClient> {
  const call = await gateway.call(user);
  await call.until('session.created');
  return call;
}

async function ask(call: RealtimeClient): Promise<void> {
  const content = [{ type: 'input_text', text: 'count to twenty' }];
  call.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  call.send({ type: 'response.create' });
  await call.until('response.created');
}

/** How a call ends: the code of its last error event, and of the close behind it. */
async function ending(call: RealtimeClient): Promise<{ error: unknown; close: number }> {
  const { code } = await call.closed();
  const error = call.received.findLast(({ type }) => type === 'error');
  expect(JSON.stringify(call.received)).not.toContain(AZURE_KEY);
  return { error: pick(error, 'error.code'), close: code };
}

/** How the answer under way ends; then the next one is asked for, and comes. */
async function goesOn(call: RealtimeClient): Promise<{ answer: unknown; sessions: number; errors: number }> {
  const done = await call.until('response.done');
  await ask(call);
  await call.until('response.output_audio.delta');
  const countOf = (type: string): number => call.received.filter((event) => event.type === type).length;
  const came = { sessions: countOf('session.created'), errors: countOf('error') };
  await call.close(1000);
  await upstreamIsFree();
  return { answer: pick(done, 'response.status'), ...came };
}

const UNNOTICED = { answer: 'incomplete', sessions: 1, errors: 0 };

async function upstreamIsFree(): Promise<void> {
  await vi.waitFor(() => expect(gateway.emulator.stats().sockets_open).toBe(0), { timeout: 5_000 });
}

describe('a dial that comes to nothing', () => {
  test.for([401, 403, 404, 500])('[R17] refused with %i it is an error event and 4502', async (status) => {
    await gateway.fault({ kind: 'refuse', status, count: 1 });
    expect(await ending(await gateway.call(user))).toEqual({ error: 'upstream_refused', close: 4502 });
  });

  test('[F3] a 429 that names a short wait is waited for, and the call goes on', async () => {
    await gateway.fault({ kind: 'refuse', status: 429, count: 1 });
    const call = await gateway.call(user);
    expect(await call.until('session.created')).toMatchObject({ type: 'session.created' });
    await call.close();
  });
});

describe('an upstream that breaks in the middle of an answer', () => {
  test.for(['reset', 'fin'] as const)('[X1][X4] cut with a %s it is another one’s turn', async (how) => {
    const call = await opened();
    await ask(call);
    await call.until('response.output_audio.delta');
    gateway.network.cut(how);
    expect(await goesOn(call)).toEqual(UNNOTICED);
  });

  test.for([{ kind: 'drop' }, { kind: 'close', code: 1011 }, { kind: 'expire' }] as const)(
    '[X1][X3][X4] after %o the call goes on',
    async (fault) => {
      const call = await opened();
      await ask(call);
      await gateway.fault(fault);
      expect(await goesOn(call)).toEqual(UNNOTICED);
    },
  );

  test('[R18] closed with 1000 the call is over', async () => {
    const call = await opened();
    await ask(call);
    await gateway.fault({ kind: 'close', code: 1000 });
    expect(await ending(call)).toEqual({ error: undefined, close: 1000 });
  });

  test('[R15] a frame that is no event is an error event and 4502', async () => {
    const call = await opened();
    await ask(call);
    await gateway.fault({ kind: 'malformed' });
    expect(await ending(call)).toEqual({ error: 'upstream_lost', close: 4502 });
    await upstreamIsFree();
  });
});

describe('a browser that goes', () => {
  test('[R24] without a goodbye, its upstream is closed too', async () => {
    const call = await opened();
    await ask(call);
    expect(gateway.emulator.stats().sockets_open).toBe(1);
    call.terminate();
    await upstreamIsFree();
  });

  test('[R24] while Azure is still dialled, no upstream is left', async () => {
    gateway.network.weather.latencyMs = 300;
    const call = await gateway.call(user);
    expect((await call.close(1001)).code).toBe(1001);
    gateway.network.weather.latencyMs = 0;
    expect((await opened()).received).not.toEqual([]);
    await vi.waitFor(() => expect(gateway.emulator.stats().sockets_open).toBe(1), { timeout: 5_000 });
  });
});

describe('a network that swallows everything', () => {
  test(
    '[R17][R20][X6] an answer that is owed is lost after 10 s, and dials are given up',
    async () => {
      const talking = await opened();
      await ask(talking);
      gateway.network.weather.isFrozen = true;
      const dialling = await gateway.call(user);

      const ends = await Promise.all([ending(talking), ending(dialling)]);

      gateway.network.weather.isFrozen = false;
      expect(ends).toEqual([
        { error: 'upstream_unreachable', close: 4503 },
        { error: 'upstream_unreachable', close: 4503 },
      ]);
    },
    SILENCE_MS * 3,
  );
});

test('[R17] an endpoint where nobody listens is an error event and 4503', async () => {
  await gateway.network.close();
  expect(await ending(await gateway.call(user))).toEqual({ error: 'upstream_unreachable', close: 4503 });
});

test('[S13] the log of all these breaks holds no key', () => {
  expect(gateway.log.join('\n')).toContain('call.ended');
  expect(gateway.log.join('\n')).not.toContain(AZURE_KEY);
});
