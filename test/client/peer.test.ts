import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endingNotice } from '../../src/client/endings.ts';
import { closingOf } from '../../src/client/peer-way.ts';
import { ANSWER_MS, AWAY_MS, MEDIA_MS, REASON_MS } from '../../src/client/peer/peer.ts';
import { typedMessages } from '../../src/client/client-events.ts';
import { problems } from '../../src/client/problems.ts';
import { NOON } from './dialogue.ts';
import { answered, Far } from './far-peer.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

function ending(status: 401 | 402 | 403 | 429, lastError: string, waitSeconds: number | null = null) {
  return endingNotice({ ...closingOf({ status, waitSeconds }), lastError, at: NOON });
}

test('[C48] a call begins when its channel is open, in the conversation that the gateway names', async () => {
  const far = new Far();
  await far.passes(0);
  expect(far.asked).toEqual(['conv_0']);
  expect(far.take()).toEqual([]);
  far.does('onOpen');
  expect(far.take()).toEqual(['gateway.session', 'session.created']);
  await far.passes(MEDIA_MS);
  expect(far.take()).toEqual([]);
});

test('[C49] sound that has found no way after 5 s, an answer that is none and an offer that failed need another way', async () => {
  const silent = new Far();
  await silent.passes(MEDIA_MS - 1);
  expect(silent.take()).toEqual([]);
  await silent.passes(1);
  const failed = new Far({ name: 'failed' });
  const broken = new Far(answered, false);
  await failed.passes(0);
  for (const far of [silent, failed, broken]) expect(far.take()).toEqual(['unfit conv_0 false']);
  expect([silent.hungUp, failed.hungUp, broken.hungUp]).toEqual([[answered.place], [], [answered.place]]);
  expect(silent.isClosed).toBe(true);
});

test('[C49] what is refused for the sake of the person is told as a socket tells it', async () => {
  const far = new Far({ name: 'refused', status: 429, code: 'too_many_connections', waitSeconds: 30 });
  await far.passes(0);
  expect(far.take()).toEqual(['refused 429']);
  expect(ending(401, 'invalid_credential')).toBe(problems.signInExpired);
  expect(ending(403, 'origin_not_allowed')).toBe(problems.refused);
  expect(ending(402, 'budget_spent')).toEqual(problems.budgetSpent);
  expect(ending(402, 'budget_spent', 3600)?.text).toContain('Come back at');
  expect(ending(429, 'too_many_connections', 30)?.text).toContain('30 seconds');
  expect(ending(429, 'rate_limited', 7)?.text).toContain('in a short time. Start again in 7 seconds');
});

test('[C51] a network that is back within 4 s is the same call, and what was typed goes up then', async () => {
  const far = await Far.alone();
  far.network('away');
  expect(far.take()).toEqual(['away']);
  far.peer.send({ type: 'response.create' });
  await far.passes(AWAY_MS - 1);
  expect(far.sent).toEqual([]);
  far.network('there');
  expect(far.take()).toEqual(['back resume']);
  expect(far.sent).toEqual(['response.create']);
  await far.passes(AWAY_MS);
  expect(far.take()).toEqual([]);
});

test('[C51][C53] one that stays away, or failed, needs another way in its conversation, with what was typed', async () => {
  for (const far of [await Far.alone(), await Far.open()]) {
    const said = 'conversation.item.input_audio_transcription.completed';
    far.says({ type: said, item_id: 'speech', transcript: 'hello' });
    far.take();
    far.network('away');
    far.peer.send({ type: 'response.create' });
    await far.passes(AWAY_MS);
    expect(far.take()).toEqual(['away', 'unfit conv_1 true response.create']);
    expect([far.hungUp, far.sent, far.up()]).toEqual([[answered.place], [], []]);
  }
  const failed = await Far.alone();
  failed.network('gone');
  // Nothing was said in the one that was begun: it is gone with the call.
  expect(failed.take()).toEqual(['away', 'unfit conv_0 true']);
});

test('[C51] what was written, went up and was not echoed may be lost, and is told', async () => {
  for (const far of [await Far.alone(), await Far.open()]) {
    const [written] = typedMessages([{ id: 'm1', text: 'hello' }]);
    const [other] = typedMessages([{ id: 'm2', text: 'hello?' }]);
    if (written === undefined || other === undefined) throw new Error('Two messages make events');
    far.peer.send(written);
    const content = [{ type: 'input_text', text: 'hello' }];
    far.says({
      type: 'conversation.item.added',
      item: { id: 'm1', type: 'message', role: 'user', content },
    });
    far.take();
    far.network('away');
    far.network('there');
    far.peer.send(other);
    far.network('gone');
    expect(far.take()).toEqual(['away', 'back resume', 'away', 'unfit conv_1 true with words lost']);
  }
});

test('[C51] a call that the far end closed, nobody tells why, is over, and nothing comes of it any more', async () => {
  const far = await Far.alone();
  far.does('onOver');
  expect(far.take()).toEqual(['over']);
  expect(far.hungUp).toEqual([]);
  far.network('gone');
  far.says({ type: 'input_audio_buffer.speech_started', item_id: 'speech' });
  await far.passes(60_000);
  expect(far.take()).toEqual([]);
});

test('[C51] why a call ended is told by the socket beside it, whichever closes first', async () => {
  const told = await Far.open();
  told.gateway.end(1000, 'ended_by_admin', 'The call is over');
  expect(told.take()).toEqual(['error', 'over conv_0 1000 The call is over']);
  const closed = await Far.open();
  closed.does('onOver');
  closed.does('onOver');
  closed.network('gone');
  closed.peer.send({ type: 'response.create' });
  expect(closed.take()).toEqual(['away']);
  await closed.passes(REASON_MS - 1);
  closed.gateway.end(4402, 'budget_spent', 'in 60 seconds');
  expect(closed.take()).toEqual(['error', 'over conv_0 4402 in 60 seconds response.create']);
  for (const far of [told, closed]) {
    // The gateway hangs up by itself.
    expect([far.hungUp, far.isClosed]).toEqual([[], true]);
    expect(vi.getTimerCount()).toBe(0);
  }
});

test('[C51] a call that went with its gateway, which had told so, goes on as another one over a socket', async () => {
  const far = await Far.open();
  far.says({
    type: 'response.output_audio_transcript.done',
    response_id: 'r',
    item_id: 'i',
    transcript: 'Hi.',
  });
  far.tells({ type: 'gateway.drain', after_ms: 4000 });
  far.take();
  far.does('onOver');
  expect(far.take()).toEqual(['away', 'unfit conv_1 true']);
  // One that is back at the gateway of before is that one's still.
  const kept = await Far.open();
  kept.tells({ type: 'gateway.drain', after_ms: 400 });
  await kept.passes(500);
  await kept.comesBack();
  kept.take();
  kept.does('onOver');
  expect(kept.take()).toEqual(['away']);
});

test('[C51] where the gateway knows of none, no reason is told', async () => {
  const far = await Far.open();
  far.tells({ type: 'error', error: { code: 'session_locked', message: 'No.' } });
  far.tells({ type: 'gateway.warning', code: 'budget_80', message: 'So it is.' });
  far.take();
  far.does('onOver');
  far.gateway.cut(1000, 'The call is over');
  expect([far.take(), far.hungUp]).toEqual([['away', 'over'], []]);
});

test('[C51][C53] where no reason comes the call is over after 6 s, and hung up', async () => {
  const far = await Far.open();
  far.does('onOver');
  await far.passes(REASON_MS);
  expect(far.take()).toEqual(['away', 'over']);
  expect(far.hungUp).toEqual([answered.place]);
});

test('[C52] silence clears Azure’s buffer, and nothing is heard until the next answer', async () => {
  const far = await Far.alone();
  far.says({ type: 'output_audio_buffer.started', response_id: 'r1' });
  far.peer.send({ type: 'response.cancel', response_id: 'r1' });
  far.peer.hush();
  expect(far.sent).toEqual(['response.cancel', 'output_audio_buffer.clear']);
  expect(far.isHeard).toBe(false);
  far.says({ type: 'output_audio_buffer.started', response_id: 'r2' });
  expect(far.isHeard).toBe(true);
});

test('[C52] where nobody tells of it, an answer that does not show within 15 s is waited for no longer', async () => {
  const far = await Far.alone();
  far.peer.send({ type: 'response.create' });
  await far.passes(ANSWER_MS - 1);
  expect(far.take()).toEqual([]);
  await far.passes(1);
  expect(far.take()).toEqual(['answer.over']);
  far.peer.send({ type: 'response.create' });
  far.says({ type: 'output_audio_buffer.started', response_id: 'r1' });
  far.take();
  await far.passes(ANSWER_MS);
  expect(far.take()).toEqual([]);
});

test('[C53] ending a call hangs up, once, and one whose answer comes too late is hung up as well', async () => {
  const far = await Far.open();
  far.peer.close();
  far.peer.close();
  expect(far.hungUp).toEqual([answered.place]);
  await far.passes(0);
  expect(far.isClosed).toBe(true);
  // It would hang up what could not be hung up otherwise.
  expect(far.gateway.left).toEqual(['over']);
  expect(vi.getTimerCount()).toBe(0);
  const late = new Far();
  late.peer.close();
  await late.passes(60_000);
  expect(late.hungUp).toEqual([]);
  expect(late.asked).toEqual([]);
  const offered = new Far();
  while (offered.asked.length === 0) await Promise.resolve();
  offered.peer.close();
  await offered.passes(0);
  expect([offered.hungUp, offered.gateway.dialled]).toEqual([[answered.place], []]);
  for (const it of [far, late, offered]) expect(it.take()).toEqual([]);
});

test('[C20] frames that are no events change nothing', async () => {
  const far = await Far.open();
  for (const event of [{}, { type: 'constructor' }, { type: 7 }, { type: 'output_audio_buffer.stopped' }])
    far.says(event);
  expect(far.take()).toEqual([]);
});
