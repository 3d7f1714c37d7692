import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAtEdge, renewalDue } from '../../src/durable-objects/azure-lost.ts';
import type { Open } from '../../src/durable-objects/relay-state.ts';
import { PaperAzure } from './paper-azure.ts';
import { operator, PaperCall } from './paper-call.ts';
import { begun, done, told, turn, typed, typesOf } from './paper-talk.ts';

const DETECTION = { type: 'server_vad' };
const USED = { text: 10, audio: 0, out: 10 };

const updated = {
  type: 'session.updated',
  session: { instructions: operator.instructions, audio: { input: { turn_detection: DETECTION } } },
};

/** The next session of Azure's, as far as it is open; what went up to it, and what came down meanwhile. */
function comesBack(call: PaperCall): { up: Record<string, unknown>[]; down: Record<string, unknown>[] } {
  call.reconnects();
  call.azureSends({ type: 'session.created', session: {} });
  call.azureSends(updated);
  const lines = call.said() as [string, Record<string, unknown>][];
  const at = (end: string): Record<string, unknown>[] =>
    lines.filter(([where]) => where === end).map(([, frame]) => frame);
  return { up: at('azure'), down: at('browser') };
}

function open(lane: 'binary' | 'json' = 'binary'): PaperCall {
  const call = new PaperCall(lane).opens();
  call.azureSends(updated);
  call.said();
  return call;
}

/** A tenth of a second of sound that can be told from every other. */
function piece(mark: number): ArrayBuffer {
  return new Int16Array(2_400).fill(mark).buffer;
}

function soundsIn(frames: readonly Record<string, unknown>[]): number[] {
  return frames
    .filter(({ type }) => type === 'input_audio_buffer.append')
    .map(({ audio }) => new Int16Array(Uint8Array.fromBase64(String(audio)).buffer)[0] ?? -1);
}

function speaks(call: PaperCall, from: number, to: number): void {
  for (let mark = from; mark < to; mark += 1) call.browserSends(piece(mark));
}

function heardFrom(call: PaperCall, id: string, startMs: number): void {
  call.azureSends({ type: 'input_audio_buffer.speech_started', item_id: id, audio_start_ms: startMs });
}

function heardTo(call: PaperCall, id: string, endMs: number): void {
  call.azureSends({ type: 'input_audio_buffer.speech_stopped', item_id: id, audio_end_ms: endMs });
  call.azureSends({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id: null });
}

describe('a call whose Azure is lost', () => {
  it.each([
    [1001, 'session_expired'],
    [1005, 'upstream_lost'],
    [1006, 'upstream_lost'],
    [1011, 'upstream_lost'],
    [4000, 'upstream_lost'],
  ])('[X1] goes on after %i, while the browser stays', (code, logged) => {
    const call = open();
    call.loses(code);
    expect(call.said()).toMatchObject([
      ['browser', { type: 'gateway.warning', code: 'upstream_lost' }],
      ['redial', logged],
    ]);
    expect(call.state.name).toBe('dialling');
  });

  it('[X1] is over when Azure says that it is, or was never open', () => {
    const over = open();
    over.loses(1000);
    expect(over.state.name).toBe('ended');
    const early = new PaperCall();
    early.connects();
    early.loses(1006);
    expect(early.said()).toContainEqual(['end', 'upstreamFailed']);
  });

  it.each(['binary', 'json'] as const)('[X3] on the %s lane shows no second session', (lane) => {
    const call = open(lane);
    call.loses();
    const { down } = comesBack(call);
    const renewed = { type: 'gateway.upstream.renewed', reason: 'lost', gap_ms: 0 };
    const lost = { type: 'gateway.warning', code: 'upstream_lost', message: expect.any(String) };
    expect(down).toEqual(lane === 'binary' ? [lost, renewed] : []);
  });

  it('[X2] asserts again what the client had chosen and Azure had taken, and nothing else', () => {
    const call = open();
    const voice = { audio: { output: { voice: 'echo' }, input: { turn_detection: null } } };
    call.browserSends({ type: 'session.update', session: { type: 'realtime', ...voice } });
    call.azureSends(updated);
    call.browserSends({
      type: 'session.update',
      event_id: 'bad',
      session: { type: 'realtime', audio: { output: { voice: 'nobody' } } },
    });
    call.azureSends({ type: 'error', error: { code: 'invalid_value', event_id: 'bad' } });
    call.loses();
    call.said();
    const [opening] = comesBack(call).up;
    expect(opening).toMatchObject({
      type: 'session.update',
      session: { instructions: operator.instructions, ...voice },
    });
    const input = { transcription: { model: operator.transcriptionDeployment } };
    expect(opening).toMatchObject({ session: { audio: { input } } });
  });

  it('[X4] tells each answer as done, once, as far as it came, and pays for what came', () => {
    const call = open();
    call.browserSends({ type: 'response.create' });
    call.azureSends({ type: 'response.created', response: { id: 'r1', metadata: { mine: 'yes' } } });
    const item = { id: 'a1', type: 'message', role: 'assistant', content: [] };
    call.azureSends({ type: 'conversation.item.added', item });
    const place = { response_id: 'r1', item_id: 'a1', output_index: 0, content_index: 0 };
    call.azureSends({ type: 'response.output_text.delta', ...place, delta: 'Half a' });
    call.said();
    call.loses();
    expect(told(call, 'browser').filter(({ type }) => type === 'response.done')).toMatchObject([
      {
        response: {
          id: 'r1',
          metadata: { mine: 'yes' },
          status: 'incomplete',
          status_details: { type: 'incomplete', reason: 'upstream_lost' },
          output: [{ id: 'a1', status: 'incomplete', content: [{ type: 'output_text', text: 'Half a' }] }],
        },
      },
    ]);
    expect(call.reservations.size).toBe(0);
    expect(call.used.tokens).toBeGreaterThan(0);
    expect(call.remembered.get('a1')).toMatchObject({ content: 'Half a', status: 'interrupted' });
    const { used } = call;
    expect(typesOf(comesBack(call).down)).toEqual(['gateway.upstream.renewed']);
    expect(call.used).toEqual(used);
  });

  it('[X4] asks again what Azure had not begun to answer, for one promise', () => {
    const call = open();
    call.browserSends(typed('hello'));
    call.browserSends({ type: 'response.create', event_id: 'mine' });
    expect(call.reservations.size).toBe(1);
    call.loses();
    expect(call.reservations.size).toBe(0);
    expect(call.used.tokens).toBe(0);
    call.said();
    const { up } = comesBack(call);
    expect(typesOf(up)).toEqual(['session.update', 'conversation.item.create', 'response.create']);
    expect(up[2]).toMatchObject({ event_id: 'mine' });
    expect(call.reservations.size).toBe(1);
  });

  it('[X5] sends nothing again that Azure had taken', () => {
    const call = open();
    call.browserSends(typed('hello'));
    const item = {
      id: 'i1',
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: 'hello' }],
    };
    call.azureSends({ type: 'conversation.item.added', item, previous_item_id: null });
    turn(call, 'r1', USED);
    call.loses();
    call.said();
    const { up } = comesBack(call);
    expect(typesOf(up)).toEqual(['session.update', 'conversation.item.create']);
    expect(up[1]).toMatchObject({ item: { id: 'vg_said_0', content: [{ text: 'hello' }] } });
  });

  it('[X5] gives a turn that was being heard to the next session, whole, in order and once', () => {
    const call = open();
    speaks(call, 0, 40);
    heardFrom(call, 'u1', 3_000);
    speaks(call, 40, 60);
    call.loses();
    speaks(call, 60, 70);
    call.said();
    const sounds = soundsIn(comesBack(call).up);
    const from = sounds[0] ?? -1;
    // Silence before the turn is not sent again, but for two seconds at most.
    expect(from).toBeGreaterThanOrEqual(19);
    expect(from).toBeLessThanOrEqual(30);
    expect(sounds).toEqual(Array.from({ length: 70 - from }, (_, at) => from + at));
  });

  it('[X5] gives a turn again whose words nobody knows, and not one whose words are known', () => {
    const call = open();
    speaks(call, 0, 20);
    heardFrom(call, 'u1', 0);
    heardTo(call, 'u1', 2_000);
    call.loses();
    call.said();
    expect(soundsIn(comesBack(call).up)).toHaveLength(20);

    const known = open();
    speaks(known, 0, 20);
    heardFrom(known, 'u1', 0);
    heardTo(known, 'u1', 2_000);
    const type = 'conversation.item.input_audio_transcription.completed';
    known.azureSends({ type, item_id: 'u1', transcript: 'Good morning.' });
    known.loses();
    known.said();
    const { up } = comesBack(known);
    expect(soundsIn(up)).toEqual([]);
    // Voice detection owed an answer: it is asked for.
    expect(typesOf(up)).toEqual(['session.update', 'conversation.item.create', 'response.create']);
    expect([...known.remembered.values()].map(({ content }) => content)).toEqual(['Good morning.']);
  });

  it('[X5] gives a turn again that came while an answer was made, and not the one that was answered', () => {
    const call = open();
    speaks(call, 0, 20);
    heardFrom(call, 'u1', 0);
    heardTo(call, 'u1', 2_000);
    call.azureSends(begun('r1'));
    speaks(call, 20, 50);
    heardFrom(call, 'u2', 3_000);
    heardTo(call, 'u2', 5_000);
    call.azureSends(done('r1', USED));
    call.loses();
    call.said();
    expect(soundsIn(comesBack(call).up)).toEqual(Array.from({ length: 30 }, (_, at) => 20 + at));
  });

  it('[X5] without voice detection sends again what was not committed, and a commit that may be lost', () => {
    const call = open();
    call.azureSends({ type: 'session.updated', session: { audio: { input: { turn_detection: null } } } });
    speaks(call, 0, 30);
    call.browserSends({ type: 'input_audio_buffer.commit' });
    speaks(call, 30, 35);
    call.loses();
    call.said();
    const { up } = comesBack(call);
    expect(soundsIn(up)).toHaveLength(35);
    expect(typesOf(up).indexOf('input_audio_buffer.commit')).toBe(31);
  });

  it('[X5] bounds what waits, and tells what it gave up', () => {
    const call = open();
    call.loses();
    const minute = new Int16Array(240_000).buffer;
    for (let at = 0; at < 7; at += 1) call.browserSends(minute);
    call.said();
    expect(comesBack(call).down).toContainEqual(
      expect.objectContaining({ code: 'audio_dropped', dropped_ms: 10_000 }),
    );
  });

  it('[X6] ends when session after session comes to nothing', () => {
    const call = open();
    for (let lost = 0; lost < 4; lost += 1) {
      call.loses();
      expect(call.state.name).toBe('dialling');
      comesBack(call);
    }
    call.loses();
    expect(call.said()).toContainEqual(['end', 'upstreamFailed']);
  });

  it('[X1] loses a session once, however often that is told', () => {
    const call = open();
    call.loses();
    for (let again = 0; again < 9; again += 1) call.loses();
    comesBack(call);
    expect(call.state).toMatchObject({ name: 'open', losses: 1 });
  });

  it('[X6] goes on for good with sessions that come to something', () => {
    const call = open();
    for (let lost = 0; lost < 12; lost += 1) {
      call.loses();
      comesBack(call);
      turn(call, `r${lost}`, USED);
    }
    expect(call.state.name).toBe('open');
  });

  it('[X7] keeps a truncation of an answer of before, and tells it as taken', () => {
    const call = open();
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('r1'));
    const item = { id: 'a1', type: 'message', role: 'assistant', content: [] };
    call.azureSends({ type: 'conversation.item.added', item });
    const part = { type: 'audio', transcript: 'One, two, three, four.' };
    const output = [{ ...item, status: 'completed', content: [part] }];
    call.azureSends({ type: 'response.done', response: { id: 'r1', status: 'completed', output } });
    call.loses();
    comesBack(call);
    const cut = { item_id: 'a1', content_index: 0, audio_end_ms: 0 };
    call.browserSends({ type: 'conversation.item.truncate', ...cut });
    expect(call.said()).toMatchObject([['browser', { type: 'conversation.item.truncated', ...cut }]]);
    expect(call.remembered.has('a1')).toBe(false);
  });

  it('[X7] lets a client answer a call of before', () => {
    const call = open();
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('r1'));
    const item = { id: 'f1', type: 'function_call', call_id: 'call_1', name: 'clock', arguments: '{}' };
    call.azureSends({ type: 'conversation.item.added', item });
    call.azureSends({ type: 'response.output_item.done', response_id: 'r1', output_index: 0, item });
    const response = { id: 'r1', status: 'completed', output: [{ ...item, status: 'completed' }] };
    call.azureSends({ type: 'response.done', response });
    call.loses();
    call.said();
    expect(comesBack(call).up[1]).toMatchObject({
      item: { type: 'function_call', call_id: 'call_1', name: 'clock' },
    });
    const answer = { type: 'function_call_output', call_id: 'call_1', output: 'noon' };
    call.browserSends({ type: 'conversation.item.create', item: answer });
    expect(call.said()).toMatchObject([['azure', { item: answer }]]);
  });

  it('[X4] reckons what the next session is told into its answers', () => {
    const call = open();
    call.browserSends(typed('hello'));
    const content = [{ type: 'input_text', text: 'hello '.repeat(500) }];
    const item = { id: 'i1', type: 'message', role: 'user', content };
    call.azureSends({ type: 'conversation.item.added', item, previous_item_id: null });
    call.loses();
    comesBack(call);
    expect((call.state as Open).spending.newText).toBeGreaterThan(500);
  });

  it('[X10] that ends while it is dialled again keeps what was said', () => {
    const call = open();
    heardFrom(call, 'u1', 0);
    const type = 'conversation.item.input_audio_transcription.delta';
    call.azureSends({ type, item_id: 'u1', delta: 'Good' });
    call.loses();
    call.endsHere();
    expect(call.remembered.get('u1')).toMatchObject({ content: 'Good', status: 'interrupted' });
  });
});

const HOUR_MS = 3_600_000;

function expiring(lifeMs: number): { call: PaperCall; at: number } {
  const call = new PaperCall();
  const at = call.now + lifeMs;
  call.connects();
  call.azureSends({ type: 'session.created', session: {} });
  call.azureSends({ ...updated, session: { ...updated.session, expires_at: at / 1000 } });
  call.said();
  return { call, at };
}

describe('a session that nears its end', () => {
  it.each([
    [HOUR_MS, 0, 60_000],
    [HOUR_MS, 1, 90_000],
    [30_000, 1, 7_500],
    [8_000, 0, 3_000],
  ])('[X8] of %i ms (chance %i) gets a successor %i ms before', (lifeMs, chance, aheadMs) => {
    const { call, at } = expiring(lifeMs);
    expect(renewalDue(call.state, { now: at - aheadMs - 1, chance })).toBe('no');
    expect(renewalDue(call.state, { now: at - aheadMs, chance })).toBe('due');
    expect(renewalDue(call.state, { now: at - aheadMs / 3, chance })).toBe('late');
  });

  it('[X8] of which Azure says nothing is never due', () => {
    expect(renewalDue(open().state, { now: Infinity, chance: 0 })).toBe('no');
  });

  it('[X9] gives way only when nobody speaks, nothing is answered and nothing waits for Azure’s word', () => {
    const call = open();
    expect(isAtEdge(call.state, 'due')).toBe(true);
    speaks(call, 0, 20);
    expect(isAtEdge(call.state, 'due')).toBe(true);
    heardFrom(call, 'u1', 0);
    expect(isAtEdge(call.state, 'late')).toBe(false);
    heardTo(call, 'u1', 2_000);
    expect(isAtEdge(call.state, 'late')).toBe(false);
    call.azureSends(begun('r1'));
    expect(isAtEdge(call.state, 'late')).toBe(false);
    call.azureSends(done('r1', USED));
    // The words of the turn may still come; they are waited for as long as there is time.
    expect(isAtEdge(call.state, 'due')).toBe(false);
    expect(isAtEdge(call.state, 'late')).toBe(true);
    const type = 'conversation.item.input_audio_transcription.completed';
    call.azureSends({ type, item_id: 'u1', transcript: 'Good morning.' });
    expect(isAtEdge(call.state, 'due')).toBe(true);
    call.browserSends({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
    expect(isAtEdge(call.state, 'late')).toBe(false);
    call.azureSends(updated);
    expect(isAtEdge(call.state, 'due')).toBe(true);
    call.browserSends({ type: 'response.create' });
    expect(isAtEdge(call.state, 'late')).toBe(false);
  });

  it('[X9] loses nothing of what is said while it gives way, and doubles nothing', () => {
    const call = open();
    speaks(call, 0, 30);
    call.givesWay();
    speaks(call, 30, 40);
    call.said();
    const { up, down } = comesBack(call);
    expect(down).toMatchObject([{ type: 'gateway.upstream.renewed', reason: 'expiry' }]);
    const sounds = soundsIn(up);
    expect(sounds).toEqual(Array.from({ length: 20 + 10 }, (_, at) => 10 + at));
  });

  it('[X8] says nothing of it to the client, whatever Azure says', () => {
    const call = open();
    call.azureSends({
      type: 'error',
      error: { code: 'session_expired', message: 'Your session hit 60 min.' },
    });
    expect(told(call, 'browser')).toEqual([]);
  });
});

const WORDS = ['one', 'two', 'three', 'four'];

/** A whole talk in writing: `drops` are the moments at which Azure is lost, counted in events of Azure's. */
function talk(drops: ReadonlySet<number>): { call: PaperCall; down: Record<string, unknown>[] } {
  const call = new PaperCall();
  const down: Record<string, unknown>[] = [];
  let moments = 0;
  let sessions = 0;
  let azure = new PaperAzure('s0');
  let queue: Record<string, unknown>[] = [];

  const settle = (): void => {
    for (;;) {
      for (const [end, frame] of call.said() as [string, Record<string, unknown>][]) {
        if (end === 'azure') queue.push(...azure.hears(frame));
        if (end === 'browser') down.push(frame);
      }
      const event = queue.shift();
      if (event === undefined) return;
      moments += 1;
      if (call.state.name === 'open' && drops.has(moments)) {
        queue = [];
        call.loses();
        sessions += 1;
        azure = new PaperAzure(`s${sessions}`);
        call.reconnects();
        queue.push(...azure.greets());
      } else call.azureSends(event);
      call.waits(1);
    }
  };

  call.connects();
  queue.push(...azure.greets());
  settle();
  for (const word of WORDS) {
    call.browserSends(typed(word));
    call.browserSends({ type: 'response.create' });
    settle();
    while (down.findLast(({ type }) => type === 'response.done')?.['isSeen'] === undefined) {
      const last = down.findLast(({ type }) => type === 'response.done');
      if (last === undefined) break;
      last['isSeen'] = true;
      if ((last['response'] as { status: string }).status === 'completed') break;
      call.browserSends({ type: 'response.create' });
      settle();
    }
  }
  return { call, down };
}

function completeOf(call: PaperCall): unknown[] {
  return [...call.remembered.values()]
    .filter(({ status }) => status === 'complete')
    .toSorted((a, b) => a.saidAt - b.saidAt)
    .map(({ role, content }) => [role, content]);
}

it('[X11] whenever Azure is lost, the same is said and remembered, and each answer is done once', () => {
  const undisturbed = completeOf(talk(new Set()).call);
  expect(undisturbed).toHaveLength(2 * WORDS.length);
  expect(undisturbed.at(-1)).toEqual(['assistant', 'You said: one, two, three, four.']);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 3, max: 70 }), { maxLength: 4 }), (drops) => {
      const { call, down } = talk(new Set(drops));
      expect(call.state.name).toBe('open');
      expect(completeOf(call)).toEqual(undisturbed);
      const ids = (type: string): unknown[] =>
        down.filter((frame) => frame['type'] === type).map(({ response }) => (response as { id: string }).id);
      expect(ids('response.done')).toEqual(ids('response.created'));
      expect(down.filter(({ type }) => type === 'session.created')).toHaveLength(1);
      expect(down.filter(({ type }) => type === 'error')).toEqual([]);
      expect(JSON.stringify(down)).not.toContain('vg_said');
      expect(call.reservations.size).toBe(0);
    }),
  );
});
