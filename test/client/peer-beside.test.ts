/** The socket beside the sound of a call by WebRTC: what comes by it, what goes by it, and that it may be lost. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { typedMessages } from '../../src/client/client-events.ts';
import { TOKEN_MS } from '../../src/client/reconnect.ts';
import { ANSWER_MS } from '../../src/client/peer/peer.ts';
import { NOON } from './dialogue.ts';
import { Far } from './far-peer.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

const CREATE = { type: 'response.create' } as const;
const CANCEL = { type: 'response.cancel', response_id: 'r1' } as const;
const CLEAR = { type: 'output_audio_buffer.clear' } as const;

test('[C55] it is opened as soon as the offer is answered, and what is said goes by it as soon as it stands', async () => {
  const far = new Far();
  await far.passes(0);
  expect(far.gateway.dialled).toEqual(['/ws/calls/vs_1?trace=tools']);
  far.does('onOpen');
  far.take();
  far.peer.send(CREATE);
  expect([far.sent.splice(0), far.up()]).toEqual([['response.create'], []]);
  far.peer.send(CREATE);
  far.peer.hush();
  far.peer.send({ type: 'gateway.auth', token: 'fresh' });
  far.peer.send({ type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 1 });
  expect(far.up()).toEqual(['response.create', 'output_audio_buffer.clear', 'gateway.auth']);
  expect(far.sent).toEqual([]);
  // Which conversation it is in, and that it has begun, was told.
  expect(far.take()).toEqual([]);
});

test('[C55] lost, it is come back to: what was missed comes once, what was typed goes up then, what cannot wait goes at once', async () => {
  const far = await Far.open();
  far.peer.send(CREATE);
  far.gateway.carry(0);
  far.gateway.cut();
  far.peer.send(CREATE);
  far.peer.send(CANCEL);
  far.peer.send(CLEAR);
  far.tells({ type: 'response.created', response: { id: 'r1' } });
  expect(far.sent).toEqual(['response.cancel', 'output_audio_buffer.clear']);
  // The call is where it was: nobody is told.
  expect(far.take()).toEqual([]);
  await far.comesBack();
  expect(far.gateway.dialled.at(-1)).toBe('/ws/voice?received=1&trace=tools');
  expect(far.take()).toEqual(['response.created']);
  expect(far.up()).toEqual(['response.create', 'response.create', 'response.cancel']);
});

test('[C55] lost for good it ends no call: that goes on by its channel, with what was typed meanwhile', async () => {
  const far = await Far.open();
  for (const event of typedMessages([{ id: 'm1', text: 'hello' }])) far.peer.send(event);
  far.gateway.forget();
  far.gateway.cut();
  far.peer.send(CREATE);
  await far.passes(0);
  far.gateway.carry();
  expect(far.sent).toEqual(['response.create']);
  far.peer.send(CREATE);
  far.peer.send({ type: 'gateway.auth', token: 'fresh' });
  expect(far.sent).toEqual(['response.create', 'response.create']);
  far.says({ type: 'output_audio_buffer.started', response_id: 'r1' });
  // What went up by it may be lost.
  expect(far.take()).toEqual(['error', 'back resume with words lost', 'response.created', 'answer.playing']);
  await far.passes(TOKEN_MS);
  // No other call is opened.
  expect(far.gateway.dialled).toHaveLength(2);
  expect([far.take(), far.hungUp]).toEqual([[], []]);
});

test('[C55] taken over by another, or never there, it ends no call either', async () => {
  const far = await Far.open();
  far.gateway.end(4409, 'taken_over', 'Another connection took over');
  far.peer.send(CREATE);
  expect([far.take(), far.sent]).toEqual([['error'], ['response.create']]);
  const alone = await Far.alone();
  await alone.passes(1000);
  alone.peer.send(CREATE);
  expect([alone.take(), alone.sent, alone.gateway.dialled.length]).toEqual([[], ['response.create'], 1]);
});

test('[C51] where Azure broke, the call is over as one over a socket is, before its channel is open, too', async () => {
  const far = new Far();
  await far.passes(0);
  far.gateway.carry();
  far.gateway.end(4502, 'upstream_lost', 'Azure refused or broke');
  expect(far.take()).toEqual(['error', 'over conv_0 4502 Azure refused or broke']);
  expect(far.hungUp).toEqual([]);
});

test('[C54] what it cost, warnings, complaints and tools at work come by it', async () => {
  const far = await Far.open();
  const spent = { tokens: 30, seconds: 2, usd: 0.1 };
  const today = { ...spent, remaining: { tokens: null, seconds: null, usd: 0.9 } };
  far.tells({ type: 'gateway.usage', turn: spent, today });
  far.tells({ type: 'gateway.warning', code: 'budget_80', message: 'So it is.' });
  far.tells({ type: 'gateway.tool', call_id: 'c', item_id: 'i', name: 'getTime', state: 'running' });
  far.tells({ type: 'error', error: { code: 'session_locked', message: 'No.' } });
  expect(far.events).toEqual([
    { type: 'gateway.usage', turn: spent, today },
    { type: 'gateway.warning', warning: { code: 'budget_80' } },
    { type: 'gateway.tool', callId: 'c', itemId: 'i', name: 'getTime', state: 'running' },
    { type: 'error', code: 'session_locked', message: 'No.' },
  ]);
});

test('[C50] what the channel tells in its place is not told by it', async () => {
  const far = await Far.open();
  far.says({
    type: 'conversation.item.added',
    item: { id: 'u', type: 'message', role: 'user', content: [{ type: 'input_audio' }] },
  });
  far.tells({ type: 'input_audio_buffer.committed', item_id: 'u' });
  far.tells({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'u', delta: 'Hello' });
  far.tells({ type: 'conversation.item.input_audio_transcription.failed', item_id: 'u' });
  expect(far.take()).toEqual([
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.input_audio_transcription.failed',
  ]);
});

test('[C52][C25] an answer that failed is told at once, and one that does not show is not guessed at', async () => {
  const far = await Far.open();
  far.peer.send(CREATE);
  await far.passes(ANSWER_MS + 1000);
  expect(far.take()).toEqual([]);
  far.tells({ type: 'response.created', response: { id: 'r1' } });
  const error = { message: 'Too many.' };
  far.tells({
    type: 'response.done',
    response: { id: 'r1', status: 'failed', status_details: { error }, output: [] },
  });
  expect(far.events.at(-1)).toMatchObject({ type: 'response.done', status: 'failed', message: 'Too many.' });
});
