import { expect, test } from 'vitest';
import { problems } from '../../src/client/problems.ts';
import { Dialogue } from './dialogue.ts';

const NOTHING = { soundMs: 0, hasWords: false };
const away = { type: 'away', code: 1006, reason: '' } as const;
const back = { type: 'back', way: 'resume', lost: NOTHING } as const;
const anew = { ...back, way: 'anew' } as const;

test('[C47] a call whose gateway has lost Azure is reconnecting until there is another session, or an answer', () => {
  const lost = { type: 'gateway.warning', code: 'upstream_lost', message: 'Lost.' };
  const call = Dialogue.live().hear(lost);
  expect([call.phase, call.model.notice]).toEqual(['reconnecting', null]);
  expect(call.hear({ type: 'gateway.upstream.renewed', reason: 'lost', gap_ms: 90 }).phase).toBe('listening');
  expect(call.hear(lost).hear({ type: 'response.created', response: { id: 'r' } }).phase).toBe('thinking');
  // Another call has an Azure of its own.
  expect(Dialogue.live().hear(lost).tell(away).tell(anew).phase).toBe('listening');
});

test('[C47] a call whose socket is lost is reconnecting, whatever it did, and then does that again', () => {
  const call = Dialogue.live();
  expect([call.tell(away).phase, call.tell(back).phase]).toEqual(['reconnecting', 'listening']);
  call.answer('r1', 1000);
  expect([call.tell(away).phase, call.tell(away).phase]).toEqual(['reconnecting', 'reconnecting']);
  call.tell({ type: 'part-ended', part: 1 });
  expect([call.phase, call.tell(back).phase]).toEqual(['reconnecting', 'listening']);
  expect(call.model.captions).toHaveLength(1);
  expect(call.model.notice).toBeNull();
});

test('[C47] while it is away the person can type, mute, stop the answer and hang up', () => {
  const call = Dialogue.live().tell(away);
  call.tell({ type: 'typed', id: 'm1', text: 'hello' });
  expect(call.takeSent().map(({ type }) => type)).toEqual(['conversation.item.create', 'response.create']);
  expect(call.model.captions.map(({ text }) => text)).toEqual(['hello']);
  call.tell({ type: 'toggle-mute' });
  expect([call.take(), call.phase]).toEqual([[{ type: 'mute', isMuted: true }], 'reconnecting']);
  call.beginAnswer('r1', 500).take();
  call.tell({ type: 'stop-answer' });
  expect(call.takeTypes()).toContain('flush');
  call.tell({ type: 'end' });
  expect([call.phase, call.takeTypes()]).toEqual(['ended', ['close']]);
  expect(call.tell(back).phase).toBe('ended');
});

test('[C47] another call owes nothing of what the last one did: its answer is played as far as it came', () => {
  const call = Dialogue.live().beginAnswer('r1', 500).tell({ type: 'typed', id: 'm1', text: 'and' });
  call.tell({ type: 'flushed', heard: [] }).take();
  call.beginAnswer('r2', 500).take();
  call.tell(away).tell(anew);
  expect(call.take()).toEqual([{ type: 'finish', part: 2 }]);
  call.sound(100).hear({ type: 'session.created' });
  expect([call.phase, call.takeTypes()]).toEqual(['speaking', []]);
  expect(call.tell({ type: 'part-ended', part: 2 }).phase).toBe('listening');
  call.tell({ type: 'typed', id: 'm2', text: 'go on' });
  expect(call.takeSent()).toHaveLength(2);
});

test('[C47] a question that the last call had not begun to answer is waited for no longer', () => {
  const call = Dialogue.live().tell({ type: 'typed', id: 'm1', text: 'one' });
  call.tell({ type: 'typed', id: 'm2', text: 'two' }).take();
  call.tell(away).tell(anew);
  expect(call.takeSent().map(({ type }) => type)).toEqual(['conversation.item.create', 'response.create']);
});

test('[C44] what got lost for good is told when the call is back', () => {
  const call = Dialogue.live().tell(away);
  call.tell({ ...back, lost: { soundMs: 3020, hasWords: false } });
  expect(call.model.notice?.text).toBe('About 3 seconds of what you said got lost. Say it again.');
  call.tell(away).tell({ ...anew, lost: { soundMs: 3020, hasWords: true } });
  expect(call.model.notice).toEqual(problems.wordsLost);
  const quiet = Dialogue.live().tell(away);
  expect(quiet.tell({ ...back, lost: { soundMs: 40, hasWords: false } }).model.notice).toBeNull();
});

test('[C44] lost sound does not talk over what the person can do about the microphone', () => {
  const call = Dialogue.live().tell(away);
  call.model = { ...call.model, notice: problems.microphoneBusy };
  expect(call.tell({ ...back, lost: { soundMs: 3020, hasWords: false } }).model.notice).toEqual(
    problems.microphoneBusy,
  );
});

test('[C47] why it takes a while is told, until the call is back', () => {
  const call = Dialogue.live().hear({ type: 'error', error: { code: 'rate_limited', message: 'No.' } });
  call.tell({ type: 'away', code: 4429, reason: 'Too many, try again in 17 seconds' });
  const told = 'You asked for a lot in a short time. The call goes on in 17 seconds.';
  expect([call.phase, call.model.notice?.text]).toEqual(['reconnecting', told]);
  expect(call.tell(anew).model.notice).toBeNull();
  call.hear({ type: 'error', error: { code: 'upstream_lost', message: 'No.' } });
  call.tell({ type: 'away', code: 4502, reason: 'Azure broke' });
  expect(call.model.notice?.text).toBe('The assistant broke off. The call goes on in a moment.');
});

test('[C47] what was typed and never went up says so when the call is over, and can be sent in writing', () => {
  const call = Dialogue.live().tell({ type: 'typed', id: 'm1', text: 'arrived' }).tell(away);
  call.tell({ type: 'typed', id: 'm2', text: 'waits' }).beginAnswer('r1', 0).finishAnswer('r1');
  call.tell({ type: 'typed', id: 'm3', text: 'kept' }).closes(1006).take();
  const fates = (): readonly string[] => call.model.captions.map(({ text, fate }) => `${text} ${fate}`);
  expect(fates()).toEqual(['arrived settled', 'waits unsent', 'one two three four settled', 'kept unsent']);
  call.tell({ type: 'chat', event: { type: 'retry', id: 'm3', newId: 'm4' } });
  expect(fates().at(-1)).toBe('kept sending');
  const back1 = Dialogue.live().tell(away).tell({ type: 'typed', id: 'm1', text: 'went' });
  expect(
    back1
      .tell(back)
      .closes(1006)
      .model.captions.map(({ fate }) => fate),
  ).toEqual(['settled']);
});

test('[C47] that the gateway has another session of Azure is nothing that the person has to know', () => {
  const call = Dialogue.live().answer('r1', 100);
  const before = call.model;
  call.hear({ type: 'gateway.upstream.renewed', reason: 'lost', gap_ms: 800 });
  expect(call.model).toEqual(before);
});

test('[C47] what cannot be come back to ends in a sentence, and can be started again', () => {
  const lost = Dialogue.live().tell(away).closes(1006);
  expect([lost.phase, lost.model.notice]).toEqual(['error', problems.connectionLost]);
  const late = Dialogue.live().tell(away).endsWith('resume_refused', 4409, 'Nothing to resume');
  expect([late.phase, late.model.notice]).toEqual(['error', problems.waitedTooLong]);
  const taken = Dialogue.live().endsWith('taken_over', 4409);
  expect([taken.phase, taken.model.notice]).toEqual(['error', problems.takenOver]);
  late.take();
  late.tell({ type: 'start' });
  expect([late.phase, late.takeTypes()]).toEqual(['connecting', ['open']]);
});
