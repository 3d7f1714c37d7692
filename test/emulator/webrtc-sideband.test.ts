import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, pickString, refusal } from '../support/realtime-client.ts';
import { dial, KEY, typeInto, watch } from './rtc-talk.ts';
import { configure, order } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, apiKey: KEY });
});
afterEach(() => fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' }));
afterAll(() => emulator.close());

async function afflict(fault: object): Promise<void> {
  await fetch(`${emulator.url}/emulator/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

describe('a sideband', () => {
  it('[W11] sees the whole call without a greeting and without sound, though the browser is filtered', async () => {
    const { caller, callId } = await dial(emulator, { query: '?webrtcfilter=on' });
    onTestFinished(() => caller.close());
    const sideband = await watch(emulator, callId);
    typeInto(caller, 'repeat after me: hi');
    const events = await sideband.allUntil('output_audio_buffer.stopped');
    const types = order(events);
    expect(types[0]).toBe('conversation.item.added');
    expect(types).toContain('response.done');
    expect(types).not.toContain('session.created');
    expect(types).not.toContain('response.output_audio.delta');
    const [, second] = [events[0], await caller.until('output_audio_buffer.stopped')];
    expect(events.at(-1)?.['event_id']).toBe(second['event_id']);
    await sideband.close();
    expect(emulator.stats().calls_open).toBe(1);
  });

  it('[W11] says whatever a client may say, and everybody hears what comes of it', async () => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    await caller.until('session.created');
    const [one, two] = [await watch(emulator, callId), await watch(emulator, callId)];
    await configure(one, { instructions: 'Changed from aside.' });
    for (const other of [two, caller]) {
      const updated = await other.until('session.updated');
      expect(pick(updated, 'session.instructions')).toBe('Changed from aside.');
    }
    expect(pick(emulator.stats(), 'last_session.instructions')).toBe('Changed from aside.');
    typeInto(one, 'count to twenty');
    await two.until('output_audio_buffer.started');
    two.send({ type: 'output_audio_buffer.clear' });
    await one.until('output_audio_buffer.cleared');
    one.sendBinary(new Uint8Array([1]));
    expect(pick(await two.until('error'), 'error.code')).toBe('invalid_event');
  });

  it('[W12] needs the resource key, a call that is under way, and a query that names only it', async () => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    const knock = async (query: string, key = KEY): Promise<unknown> =>
      (await refusal(`${emulator.url}/openai/v1/realtime?${query}`, { headers: { 'api-key': key } })).status;
    expect(await knock(`call_id=${callId}`, 'another key')).toBe(401);
    expect(await knock('call_id=rtc_nobody')).toBe(404);
    expect(await knock('call_id=')).toBe(404);
    expect(await knock(`call_id=${callId}&model=gpt-realtime`)).toBe(400);
    expect(await knock(`call_id=${callId}&intent=transcription`)).toBe(400);
    expect(await knock(`call_id=${callId}&api-version=2024-10-01-preview`)).toBe(401);
  });
});

describe('faults during a call', () => {
  it.each(['drop', 'close'])('[W15] %s ends the call for everybody', async (kind) => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    await caller.until('session.created');
    const sideband = await watch(emulator, callId);
    await afflict({ kind });
    await caller.ended();
    expect((await sideband.closed()).code).toBe(kind === 'drop' ? 1006 : 1011);
    expect(emulator.stats().calls_open).toBe(0);
  });

  it('[W15] with a count a sideband is hit alone, and the call goes on', async () => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    const sideband = await watch(emulator, callId);
    await afflict({ kind: 'drop', count: 1 });
    expect(await sideband.closed()).toMatchObject({ code: 1006 });
    expect(emulator.stats().calls_open).toBe(1);
    const next = await watch(emulator, callId);
    await configure(next, {});
  });

  it('[W15] expire tells the browser, then ends the call', async () => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    const sideband = await watch(emulator, callId);
    await afflict({ kind: 'expire' });
    for (const end of [caller, sideband]) {
      expect(pick(await end.until('error'), 'error.code')).toBe('session_expired');
    }
    await caller.ended();
    expect(await sideband.closed()).toMatchObject({ code: 1000 });
    expect(emulator.stats().calls_open).toBe(0);
  });

  it('[W15] error is an event, stall is silence until it is cleared, malformed is no JSON', async () => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    await caller.until('session.created');
    await afflict({ kind: 'error', code: 'server_overloaded' });
    expect(pick(await caller.until('error'), 'error.code')).toBe('server_overloaded');
    const sideband = await watch(emulator, callId);
    await afflict({ kind: 'malformed' });
    await Promise.all([caller.until('not json'), sideband.until('not json')]);
    await afflict({ kind: 'stall' });
    sideband.send({ type: 'input_audio_buffer.clear' });
    sideband.socket.ping();
    await new Promise((resolve) => sideband.socket.once('pong', resolve));
    await fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' });
    await configure(sideband, {});
    expect(order(await caller.allUntil('session.updated'))).toEqual(['session.updated']);
    expect(order(sideband.received)).not.toContain('input_audio_buffer.cleared');
  });

  it('[W15] a deployment misbehaves in a call as it does on a socket', async () => {
    const rejects = await dial(emulator, { session: { model: 'rejects-session-update' } });
    onTestFinished(() => rejects.caller.close());
    rejects.caller.send({ type: 'session.update', session: { type: 'realtime' } });
    expect(pickString(await rejects.caller.until('error'), 'error.code')).toBe('invalid_value');
    const limited = await dial(emulator, { session: { model: 'rate-limited' } });
    onTestFinished(() => limited.caller.close());
    limited.caller.send({ type: 'response.create' });
    expect(pick(await limited.caller.until('response.done'), 'response.status')).toBe('failed');
    const closes = await dial(emulator, { session: { model: 'closes-1011' } });
    onTestFinished(() => closes.caller.close());
    await closes.caller.until('error');
    await closes.caller.ended();
    const drops = await dial(emulator, { session: { model: 'drops-mid-sentence' } });
    onTestFinished(() => drops.caller.close());
    typeInto(drops.caller, 'count to fifty');
    await drops.caller.ended();
  });
});
