/** The seal, held against frames of every family of tricks: what would reach Azure is judged by an oracle of its own. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBrowser } from '../../src/durable-objects/relay.ts';
import { families } from '../support/hostile-frames.ts';
import { INTRUDER } from '../support/hostile-parts.ts';
import { readJson } from '../support/json-reader.ts';
import { wrongsOf } from '../support/seal-oracle.ts';
import { operator, PaperCall } from './paper-call.ts';

/** Frames of each family; the seed of a failure is printed with it, and may be given. */
const { FUZZ_SEED: seed, FUZZ_RUNS: runs = '200' } = process.env;
const settings = { numRuns: Number(runs), ...(seed === undefined ? {} : { seed: Number(seed) }) };

/** What a frame makes an open call send, each way, as text. */
function sends(call: PaperCall, frame: string | ArrayBuffer): { up: string[]; down: string[] } {
  const { actions } = fromBrowser(call.context, call.state, {
    frame,
    now: Date.parse('2026-11-25T12:00:00Z'),
  });
  return {
    up: actions.flatMap((action) => (action.do === 'tell-azure' ? [action.frame] : [])),
    down: actions.flatMap((action) =>
      action.do === 'tell-browser' && typeof action.frame === 'string' ? [action.frame] : [],
    ),
  };
}

const prototypeOfAll = Object.getOwnPropertyNames(Object.prototype).toSorted();

describe('a locked session', () => {
  const calls = { json: new PaperCall('json').opens(), binary: new PaperCall('binary').opens() };

  it(`[R40] is tried with ${families.length * settings.numRuns} frames`, () => {
    expect(families.length * settings.numRuns).toBeGreaterThanOrEqual(5_000);
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  });

  it.each(families)('[R40] lets nothing of the operator’s be changed or seen by $name', ({ frames }) => {
    const property = fc.property(frames, fc.constantFrom('json', 'binary'), (frame, lane) => {
      const { up, down } = sends(lane === 'json' ? calls.json : calls.binary, frame);
      expect(up.flatMap(wrongsOf)).toEqual([]);
      expect(up.length).toBeLessThanOrEqual(1);
      expect(down.join('\n')).not.toContain(operator.instructions);
      expect(up.length + down.length).toBeGreaterThan(0);
    });
    fc.assert(property, settings);
  });

  it('[R40] leaves the prototype of all objects as it was', () => {
    expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(prototypeOfAll);
  });
});

describe('an unlocked session', () => {
  const call = new PaperCall('json').opens();
  const unlocked = { ...call.context, operator: { ...operator, isLocked: false } };

  it.each(families)('[U25] passes on what can be written, and never another model: $name', ({ frames }) => {
    const property = fc.property(frames, (frame) => {
      const { up } = sends(
        Object.assign(new PaperCall('json'), { context: unlocked, state: call.state }),
        frame,
      );
      for (const text of up.filter((one) => !one.includes('"audio"'))) {
        const read = readJson(text, 'first');
        expect(read).toEqual(readJson(text, 'last'));
        const { type, session = {} } = JSON.parse(text);
        if (type !== 'session.update') continue;
        expect(session.type).toBe('realtime');
        expect(Object.keys(session)).not.toContain('model');
      }
    });
    fc.assert(property, { ...settings, numRuns: Math.ceil(settings.numRuns / 5) });
  });
});

describe('what Azure says', () => {
  const secret = operator.instructions;
  const content = [{ type: 'input_text', text: secret }];
  const said: object[] = [
    { type: 'session.created', session: { instructions: secret, tools: [{ name: secret }] } },
    { type: 'session.updated', session: { instructions: secret, prompt: { id: secret } } },
    { type: 'session.updated', session: { audio: { input: { turn_detection: { note: secret } } } } },
    { type: 'response.created', response: { id: 'r', instructions: secret } },
    { type: 'response.done', response: { id: 'r', prompt: { id: secret }, metadata: { vg_a: secret } } },
    { type: 'conversation.item.added', item: { id: 'a', type: 'message', role: 'system', content } },
    { type: 'conversation.item.retrieved', item: { id: 'a', type: 'message', role: 'system', content } },
    { type: 'conversation.item.done', item: { id: 'a', type: 'mcp_list_tools', tools: [{ name: secret }] } },
    { type: 'response.output_item.added', item: { id: 'a', type: 'mcp_call', arguments: secret } },
    { type: 'error', error: { code: 'x', message: `No: ${secret}`, event_id: null } },
    { type: 'error', error: { code: 'x', message: 'No', param: 'session.instructions', event_id: null } },
    { type: 'session.debugged', everything: [{ it: secret }] },
  ];

  it.each(said)('[R13] comes down without what is the operator’s, on either lane: %j', (event) => {
    for (const lane of ['json', 'binary'] as const) {
      const early = new PaperCall(lane);
      early.connects();
      early.azureSends(event);
      const late = new PaperCall(lane).opens();
      late.azureSends(event);
      const told = [...early.said(), ...late.said()].filter(
        (line) => Array.isArray(line) && line[0] === 'browser',
      );
      expect(told.length).toBeGreaterThan(0);
      expect(JSON.stringify(told)).not.toContain(secret);
    }
  });

  it('[U31][R13] comes down as its type alone when it cannot be read', () => {
    const call = new PaperCall('json').opens();
    call.azureSends(`{"type":"conversation.item.added","item":{"role":"system","content":"${secret}"},}`);
    expect(call.said()).toEqual([['browser', { type: 'conversation.item.added' }]]);
  });
});

describe('the oracle', () => {
  it.each([
    ['instructions', { type: 'session.update', session: { type: 'realtime', instructions: 'x' } }],
    ['a model', { type: 'session.update', session: { type: 'realtime', model: 'x' } }],
    [
      'another transcription',
      { type: 'session.update', session: { audio: { input: { transcription: { model: 'x' } } } } },
    ],
    [
      'a system item',
      { type: 'conversation.item.create', item: { type: 'message', role: 'system', content: [] } },
    ],
    ['an item of ours', { type: 'conversation.item.delete', item_id: 'vg_1' }],
    ['an unknown event', { type: 'session.destroy' }],
    [
      'an intruder',
      { type: 'conversation.item.create', item: { type: 'function_call_output', output: INTRUDER } },
    ],
    ['a note of ours', { type: 'response.create', response: { metadata: { vg_a: 'x' } } }],
    [
      'a reference put in as an item',
      { type: 'conversation.item.create', item: { type: 'item_reference', id: 'a' } },
    ],
    [
      'an answer to a call that only one response reads',
      { type: 'response.create', response: { input: [{ type: 'function_call_output', output: 'x' }] } },
    ],
    ['a choice of tools', { type: 'response.create', response: { tool_choice: 'required' } }],
    ['null for a number', { type: 'session.update', session: { max_output_tokens: null } }],
  ])('[R40] knows %s', (_, event) => {
    expect(wrongsOf(JSON.stringify(event))).not.toEqual([]);
  });

  it('[R40] sees what either reader of duplicate and escaped keys would see', () => {
    const good = '"session":{"type":"realtime"}';
    const hidden = `{"type":"session.update","session":{"type":"realtime","instr\\u0075ctions":"x"},${good}}`;
    expect(wrongsOf(hidden)).toEqual(['keeping the first: session.instructions = "x"']);
    const other = `{"type":"session.update",${good},"session":{"type":"realtime","tools":[]}}`;
    expect(wrongsOf(other)).toEqual(['keeping the last: session.tools = []']);
  });
});
