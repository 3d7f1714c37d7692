/** Answers to the model's calls: whose they are to give, and when one counts as given. */
import { describe, expect, it } from 'vitest';
import { callsThatWait, heardOfCalls, noCalls } from '../../src/durable-objects/tool-answers.ts';
import { operator, PaperCall } from './paper-call.ts';
import { told, typed, typesOf } from './paper-talk.ts';

function made(callId: string): object {
  const item = { type: 'function_call', call_id: callId, name: 'get_weather', arguments: '{}' };
  return { type: 'response.output_item.done', item };
}

function argumentsDone(callId: string): object {
  return { type: 'response.function_call_arguments.done', call_id: callId, name: 'get_weather' };
}

function answer(callId: string, eventId?: string): object {
  const item = { type: 'function_call_output', call_id: callId, output: 'Sunny' };
  return { type: 'conversation.item.create', item, ...(eventId ? { event_id: eventId } : {}) };
}

function taken(callId: string): object {
  const item = { id: 'i', type: 'function_call_output', call_id: callId, output: 'Sunny' };
  return { type: 'conversation.item.added', item };
}

function spoken(units: number): object {
  const content = [{ type: 'input_audio', audio: 'A'.repeat(units) }];
  return { type: 'conversation.item.create', item: { type: 'message', role: 'user', content } };
}

/** The code that the call told its client last, or what went up. */
function outcome(call: PaperCall): unknown {
  const lines = call.said() as [string, Record<string, unknown>][];
  const [at, frame] = lines.at(-1) ?? [];
  return at === 'azure' ? 'goes up' : frame?.['error'];
}

const UNKNOWN = { code: 'invalid_value', param: 'item.call_id' };

describe('a locked client', () => {
  it('[U30] answers a call that the model made, once, and each of several', () => {
    const call = new PaperCall('json').opens();
    call.azureSends(made('call_1'));
    call.azureSends(made('call_2'));
    expect(typesOf(told(call, 'browser'))).toEqual([
      'response.output_item.done',
      'response.output_item.done',
    ]);
    call.browserSends(answer('call_2'));
    expect(outcome(call)).toBe('goes up');
    call.browserSends(answer('call_2', 'mine'));
    expect(outcome(call)).toMatchObject({ ...UNKNOWN, event_id: 'mine' });
    call.azureSends(taken('call_2'));
    call.said();
    call.browserSends(answer('call_2'));
    expect(outcome(call)).toMatchObject({ ...UNKNOWN, event_id: null });
    call.browserSends(answer('call_1'));
    expect(outcome(call)).toBe('goes up');
  });

  it('[U30] may answer as soon as the arguments are known, and not again when the item is done', () => {
    const call = new PaperCall('json').opens();
    call.azureSends(argumentsDone('call_1'));
    call.said();
    call.browserSends(answer('call_1'));
    expect(outcome(call)).toBe('goes up');
    call.azureSends(made('call_1'));
    call.said();
    call.browserSends(answer('call_1'));
    expect(outcome(call)).toMatchObject(UNKNOWN);
  });

  it('[U30] cannot answer what nobody called, before or after Azure is ready; it costs as any refused frame', () => {
    const call = new PaperCall('json');
    call.browserSends(answer('call_1'));
    expect(outcome(call)).toMatchObject(UNKNOWN);
    call.opens();
    for (let i = 0; i < 9; i += 1) call.browserSends(answer('call_1'));
    expect(told(call, 'azure')).toEqual([]);
    expect(call.state.name).toBe('ended');
  });

  it.each([['mine'], [undefined]])('[U30] answers again when Azure refused its answer %j', (eventId) => {
    const call = new PaperCall('json').opens();
    call.azureSends(made('call_1'));
    call.said();
    call.browserSends(answer('call_1', eventId));
    const [frame] = told(call, 'azure');
    call.azureSends({ type: 'error', error: { code: 'invalid_value', event_id: frame?.['event_id'] } });
    call.said();
    call.browserSends(answer('call_1'));
    expect(outcome(call)).toBe('goes up');
  });

  it('[U30] answers again when its answer found no room', () => {
    const call = new PaperCall('json').opens();
    call.azureSends(made('call_1'));
    // More sound than may go at once, and more behind it than may wait.
    for (let i = 0; i < 3; i += 1) call.browserSends(spoken(1_000_000));
    const text = 'x'.repeat(60_000);
    for (let i = 0; i < 30; i += 1) call.browserSends(typed(text));
    for (let i = 0; i < 3_000; i += 1) call.browserSends({ type: 'response.cancel' });
    call.said();
    call.browserSends(answer('call_1'));
    expect(outcome(call)).toMatchObject({ code: 'not_ready' });
    call.waits(60_000);
    call.said();
    call.browserSends(answer('call_1'));
    expect(outcome(call)).toBe('goes up');
  });

  it('[U30] answers the calls of a conversation that is taken up again, even before Azure is ready', () => {
    const call = new PaperCall('json');
    if (call.state.name !== 'dialling') throw new Error('it is dialling');
    const ledger = { ...call.state.ledger, calls: callsThatWait(['call_old']) };
    call.state = { ...call.state, ledger };
    call.browserSends(answer('call_old'));
    expect(outcome(call)).toBeUndefined();
    call.browserSends(answer('call_old'));
    expect(outcome(call)).toMatchObject(UNKNOWN);
    call.connects();
    call.azureSends({ type: 'session.updated', session: {} });
    expect(typesOf(told(call, 'azure'))).toEqual(['session.update', 'conversation.item.create']);
  });
});

it('[U30] of an unlocked client’s answers Azure is the judge', () => {
  const call = new PaperCall('json').opens();
  Object.assign(call, { context: { ...call.context, operator: { ...operator, isLocked: false } } });
  call.browserSends(answer('call_of_its_own'));
  expect(outcome(call)).toBe('goes up');
});

it('[U30] the calls that are remembered are bounded, the oldest forgotten first', () => {
  let calls = noCalls;
  for (let i = 0; i < 250; i += 1) {
    calls = heardOfCalls(calls, { type: 'response.output_item.done', ...made(`call_${i}`) }, 'client');
  }
  expect(calls.open.size).toBe(100);
  expect(calls.open.has('call_249')).toBe(true);
});
