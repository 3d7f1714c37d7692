import { expect, test } from 'vitest';
import { problems } from '../../src/client/problems.ts';
import { Dialogue } from './dialogue.ts';

const item = (id: string, text: string): object => ({
  type: 'conversation.item.create',
  item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
});

test('[C1] a spoken turn goes through every phase', () => {
  const call = new Dialogue();
  const seen = [call.phase];
  call.tell({ type: 'start' });
  expect(call.take()).toEqual([{ type: 'open', withMicrophone: true, conversationId: null }]);
  seen.push(call.phase);
  call.tell({ type: 'microphone-opened' }).hear({ type: 'session.created' });
  seen.push(call.phase);
  call.speechStarts().speechStops().turnTaken();
  seen.push(call.phase);
  call.answer('r1', 1000);
  seen.push(call.phase);
  call.tell({ type: 'part-ended', part: 1 });
  seen.push(call.phase);
  call.tell({ type: 'toggle-mute' });
  seen.push(call.phase);
  call.tell({ type: 'end' });
  seen.push(call.phase);
  expect(seen).toEqual([
    'idle',
    'connecting',
    'listening',
    'thinking',
    'speaking',
    'listening',
    'muted',
    'ended',
  ]);
  expect(call.take().at(-1)).toEqual({ type: 'close' });
});

test('[C1] an answer in writing ends the waiting', () => {
  const call = Dialogue.live().tell({ type: 'typed', id: 'm1', text: 'hi' });
  expect(call.phase).toBe('thinking');
  call.hear({ type: 'response.created', response: { id: 'r1' } });
  call.hear({ type: 'response.output_text.delta', response_id: 'r1', item_id: 'a', delta: 'Hello.' });
  expect(call.phase).toBe('thinking');
  call.hear({ type: 'response.done', response: { id: 'r1', status: 'completed' } });
  expect(call.phase).toBe('listening');
});

test('[C1] a call that ended can be started again, and what was said stays', () => {
  const call = Dialogue.live().answer('r1', 100).tell({ type: 'end' }).tell({ type: 'start' });
  expect(call.phase).toBe('connecting');
  expect(call.model.captions).toHaveLength(1);
});

test('[C1] a call that is given up while it opens is over', () => {
  const call = new Dialogue().tell({ type: 'start' }).tell({ type: 'end' });
  expect(call.phase).toBe('ended');
  expect(call.takeTypes()).toEqual(['open', 'close']);
  call.hear({ type: 'session.created' }).tell({ type: 'microphone-opened' });
  expect(call.phase).toBe('ended');
});

test('[C2] whatever fails ends in an error with its sentence, and everything is given back', () => {
  for (const start of [new Dialogue().tell({ type: 'start' }), Dialogue.live()]) {
    start.take();
    start.tell({ type: 'failed', notice: problems.unreachable });
    expect(start.phase).toBe('error');
    expect(start.model.notice).toEqual(problems.unreachable);
    expect(start.takeTypes()).toEqual(['close']);
  }
});

test('[C2] a connection that never stood was not lost', () => {
  const call = new Dialogue().tell({ type: 'start' }).closes(1006);
  expect(call.model.notice).toEqual(problems.unreachable);
});

test('[C2] a socket that closes before the call began is an error, even when it closes politely', () => {
  const call = new Dialogue().tell({ type: 'start' }).closes(1000);
  expect(call.phase).toBe('error');
  expect(call.model.notice?.text).toMatch(/cannot be reached/);
});

test('[C3] a running call that is closed says why', () => {
  const over = Dialogue.live().closes(1000);
  expect([over.phase, over.model.notice]).toEqual(['ended', null]);
  const broken = Dialogue.live().closes(4502);
  expect([broken.phase, broken.model.notice]).toEqual(['error', problems.upstreamFailed]);
});

test('[C4] an error event is told and ends nothing; a lost race is not told', () => {
  const call = Dialogue.live().hear({
    type: 'error',
    error: { code: 'response_cancel_not_active', message: 'No.' },
  });
  expect([call.phase, call.model.notice]).toEqual(['listening', null]);
  call.hear({ type: 'error', error: { code: 'invalid_value', message: 'audio_end_ms is beyond the audio' } });
  expect(call.model.notice).toBeNull();
  call.hear({ type: 'error', error: { code: 'event_not_allowed', message: 'That is not allowed.' } });
  expect([call.phase, call.model.notice?.text]).toEqual(['listening', 'That is not allowed.']);
  call.hear({ type: 'response.created', response: { id: 'r1' } });
  expect(call.model.notice).toBeNull();
});

test('[C5] a refused microphone leaves a call in writing, which can have one later', () => {
  const call = new Dialogue()
    .tell({ type: 'start' })
    .tell({ type: 'microphone-gone', problem: 'microphoneDenied' });
  call.hear({ type: 'session.created' });
  expect([call.phase, call.model.notice]).toEqual(['listening', problems.microphoneDenied]);
  call.tell({ type: 'toggle-mute' });
  expect(call.phase).toBe('listening');
  call.take();
  call.tell({ type: 'open-microphone' });
  expect(call.takeTypes()).toEqual(['open-microphone']);
  call.tell({ type: 'microphone-opened' }).tell({ type: 'toggle-mute' });
  expect([call.phase, call.model.notice]).toEqual(['muted', null]);
});

test('[C6] what is typed while a call opens is sent once it is open', () => {
  const call = new Dialogue().tell({ type: 'start' }).tell({ type: 'typed', id: 'm1', text: 'hello' });
  call.take();
  call.tell({ type: 'typed', id: 'm2', text: 'there' });
  expect(call.take()).toEqual([]);
  call.hear({ type: 'session.created' });
  expect(call.takeSent()).toEqual([item('m1', 'hello'), item('m2', 'there'), { type: 'response.create' }]);
  expect(call.phase).toBe('thinking');
});

test('[C6] typing before any call opens none', () => {
  const call = new Dialogue().tell({ type: 'typed', id: 'm1', text: 'hello' });
  expect([call.takeTypes().includes('open'), call.phase]).toEqual([false, 'idle']);
});

test('[C7] a typed message is shown and sent at once, and its echo adds nothing', () => {
  const call = Dialogue.live().tell({ type: 'typed', id: 'm1', text: 'hello' });
  expect(call.takeSent()).toEqual([item('m1', 'hello'), { type: 'response.create' }]);
  const echo = { id: 'm1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] };
  call.hear({ type: 'conversation.item.added', item: echo });
  expect(call.model.captions.map(({ role, text }) => [role, text])).toEqual([['user', 'hello']]);
});

test('[C7] what is typed before an answer has begun waits until it is made, and none is lost', () => {
  const call = Dialogue.live().tell({ type: 'typed', id: 'm1', text: 'one' });
  call.takeSent();
  call.tell({ type: 'typed', id: 'm2', text: 'two' }).tell({ type: 'typed', id: 'm3', text: 'three' });
  expect(call.takeSent()).toEqual([]);
  expect(call.model.captions.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  call.beginAnswer('r1', 500);
  expect(call.takeSent()).toEqual([]);
  call.finishAnswer('r1', 'completed');
  expect(call.takeSent()).toEqual([item('m2', 'two'), item('m3', 'three'), { type: 'response.create' }]);
});

test('[C2] a call that Azure never took is not told as one that broke off', () => {
  const call = new Dialogue().tell({ type: 'start' }).closes(4502);
  expect([call.phase, call.model.notice]).toEqual(['error', problems.upstreamRefused]);
});

test('[C8] typing over an answer cuts it first, and what was heard is told before the message', () => {
  const call = Dialogue.live().beginAnswer('r1', 2000);
  call.take();
  call.tell({ type: 'typed', id: 'm1', text: 'wait' }).tell({ type: 'typed', id: 'm2', text: 'no' });
  expect(call.take()).toEqual([
    { type: 'send', event: { type: 'response.cancel', response_id: 'r1' } },
    { type: 'clear-timer', name: 'interruption' },
    { type: 'flush' },
  ]);
  call.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 640 }] });
  expect(call.takeSent().map((event) => event.type)).toEqual([
    'conversation.item.truncate',
    'conversation.item.create',
    'conversation.item.create',
    'response.create',
  ]);
  expect(call.finishAnswer('r1', 'cancelled').phase).toBe('thinking');
});

test('[C24] an unplugged microphone leaves the call in writing until one is plugged in', () => {
  const call = Dialogue.live().tell({ type: 'devices-changed' });
  expect(call.takeTypes()).toEqual([]);
  call.tell({ type: 'microphone-gone', problem: 'microphoneLost' });
  expect([call.phase, call.model.notice]).toEqual(['listening', problems.microphoneLost]);
  call.tell({ type: 'devices-changed' });
  expect(call.takeTypes()).toEqual(['open-microphone']);
  expect(call.tell({ type: 'microphone-opened' }).model.notice).toBeNull();
});

test('[C21] a silent microphone is told about until it gives sound', () => {
  const call = Dialogue.live().tell({ type: 'hint', problem: 'microphoneSilent' });
  expect(call.model.notice).toEqual(problems.microphoneSilent);
  expect(call.tell({ type: 'hint', problem: null }).model.notice).toBeNull();
});

test('[C35] sound that was dropped anywhere is told', () => {
  const call = Dialogue.live().hear({
    type: 'gateway.warning',
    code: 'audio_dropped',
    message: 'So much faster that 2004 ms are lost.',
    dropped_ms: 2004,
  });
  expect(call.model.notice?.text).toBe('About 2 seconds of what you said got lost. Say it again.');
  call.tell({ type: 'hint', problem: 'uplinkTooSlow' });
  expect(call.model.notice).toEqual(problems.uplinkTooSlow);
});

test('[C25] a failed answer is told, and the call goes on', () => {
  const call = Dialogue.live().hear({ type: 'response.created', response: { id: 'r1' } });
  const details = {
    type: 'failed',
    error: { code: 'inference_rate_limit_exceeded', message: 'Try again in 2 s.' },
  };
  call.hear({ type: 'response.done', response: { id: 'r1', status: 'failed', status_details: details } });
  expect(call.phase).toBe('listening');
  expect(call.model.notice?.text).toBe('The assistant could not answer. Try again in 2 s.');
});

test('[C57] a call in which nothing was said leaves no conversation behind, and one in which something was does', () => {
  const session = { type: 'gateway.session', conversation_id: 'conv_1' };
  const silent = Dialogue.live().hear(session).tell({ type: 'end' });
  expect(silent.model.conversation.id).toBeNull();
  expect(silent.tell({ type: 'start' }).take()).toContainEqual(
    expect.objectContaining({ type: 'open', conversationId: null }),
  );
  const refused = new Dialogue().tell({ type: 'start' }).hear(session);
  refused.tell({ type: 'typed', id: 'm1', text: 'hello' }).closes(4502);
  expect(refused.model.conversation.id).toBeNull();
  const said = Dialogue.live().hear(session).turnTaken().understood('Hello.').tell({ type: 'end' });
  expect(said.model.conversation.id).toBe('conv_1');
});
