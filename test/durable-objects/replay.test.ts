import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/durable-objects/replay.ts';
import type { ConversationMessage, ConversationToolCall } from '../../src/protocol/conversations.ts';
import { PaperCall } from './paper-call.ts';
import { told, typed } from './paper-talk.ts';

let messages = 0;

function message(
  role: 'user' | 'assistant',
  content: string,
  calls: readonly Partial<ConversationToolCall>[] = [],
): ConversationMessage {
  messages += 1;
  const tool_calls = calls.map((call) => ({
    call_id: 'call_1',
    name: 'weather',
    arguments: {},
    output: 'Rain',
    is_error: false,
    ...call,
  }));
  const id = `msg_${messages}`;
  return { id, role, mode: 'text', content, status: 'complete', created_at: 0, tool_calls };
}

interface ReplayedFrame {
  readonly type: string;
  readonly event_id: string;
  readonly item: Record<string, unknown>;
}

function framesOf(recalled: Parameters<typeof replay>[0]): readonly ReplayedFrame[] {
  return replay(recalled).map((frame) => JSON.parse(frame) as ReplayedFrame);
}

function itemsOf(
  said: readonly ConversationMessage[],
  summary: string | null = null,
): Record<string, unknown>[] {
  return framesOf({ summary, messages: said }).map(({ item: { id: _id, ...item } }) => item);
}

function text(role: string, type: string, words: string): object {
  return { type: 'message', role, content: [{ type, text: words }] };
}

describe('what was said before, as items', () => {
  it('[V10] are the summary as the system’s word, then each message as it was said', () => {
    const said = [message('user', 'My name is Ada.'), message('assistant', 'Hello Ada.')];
    expect(itemsOf(said, 'They met.')).toEqual([
      text('system', 'input_text', 'What was said before, in short: They met.'),
      text('user', 'input_text', 'My name is Ada.'),
      text('assistant', 'output_text', 'Hello Ada.'),
    ]);
    expect(itemsOf([])).toEqual([]);
  });

  it('[V10] tools come with what they said, before the words of their answer; one that said nothing is left out', () => {
    const calls = [
      { name: 'weather', arguments: { city: 'Paris' }, output: { sky: 'grey' } },
      { name: 'clock', arguments: '{"zone":"UTC"}', output: 'noon' },
      { name: 'lost', output: null },
    ];
    const items = itemsOf([message('assistant', 'Grey at noon.', calls)]);
    expect(items).toEqual([
      { type: 'function_call', call_id: 'vg_call_0_0', name: 'weather', arguments: '{"city":"Paris"}' },
      { type: 'function_call_output', call_id: 'vg_call_0_0', output: '{"sky":"grey"}' },
      { type: 'function_call', call_id: 'vg_call_0_1', name: 'clock', arguments: '{"zone":"UTC"}' },
      { type: 'function_call_output', call_id: 'vg_call_0_1', output: 'noon' },
      text('assistant', 'output_text', 'Grey at noon.'),
    ]);
  });

  it('[V10] none is longer than Azure takes, none empty, and no letter is cut in two', () => {
    const long = '😀'.repeat(10_000);
    const calls = [{ arguments: { long }, output: long }];
    const items = itemsOf([
      message('user', `x${long}`),
      message('user', ' '),
      message('assistant', '', calls),
    ]);
    expect(items.map(({ type }) => type)).toEqual(['message', 'function_call', 'function_call_output']);
    const frames = replay({ summary: long, messages: [message('user', `x${long}`)] });
    for (const frame of frames) {
      expect(frame.length).toBeLessThan(9_000);
      expect(frame).not.toMatch(/\\ud[89a-f]/i);
    }
    expect(items[1]).toMatchObject({ arguments: '{}' });
  });

  it('[V10] the newest are told when there are very many, and no answer of a tool without its call', () => {
    const said = Array.from({ length: 300 }, (_, at) => message('assistant', '', [{ output: String(at) }]));
    const items = itemsOf([message('user', 'first'), ...said, message('user', 'last')]);
    expect(items).toHaveLength(199);
    expect(items[0]).toMatchObject({ type: 'function_call' });
    expect(items.at(-1)).toEqual(text('user', 'input_text', 'last'));
  });

  it('[V13] every name in them is the gateway’s, is used once, and is short enough for Azure', () => {
    const anything = fc.oneof(
      fc.constant(null),
      fc.string(),
      fc.integer(),
      fc.dictionary(fc.string(), fc.string()),
    );
    const words = fc.string({ unit: fc.constantFrom('a', ' ', '"', 'é', '😀', '\ud83d'), maxLength: 40 });
    const calls = fc.array(
      fc.record({ call_id: words, name: words, arguments: anything, output: anything }),
      { maxLength: 2 },
    );
    const said = fc.array(
      fc
        .tuple(fc.constantFrom('user', 'assistant'), words, calls)
        .map(([role, content, uses]) => message(role, content, uses)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(said, fc.option(words), (all, summary) => {
        const frames = framesOf({ summary, messages: all });
        const ids = frames.map(({ item }) => String(item['id']));
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(frames.map(({ event_id }) => event_id)).size).toBe(frames.length);
        for (const { item, event_id } of frames) {
          expect(event_id).toMatch(/^vg_\d+\.replay$/);
          const names = [item['id'], item['call_id'] ?? 'vg_none'];
          expect(names.every((name) => typeof name === 'string' && /^vg_\w{1,29}$/.test(name))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

const before = [message('user', 'My name is Ada.'), message('assistant', 'Hello Ada.')];
const replayed = replay({ summary: null, messages: before });

describe('a call that continues a conversation', () => {
  it('[V10] tells Azure what was said when the session is as the operator wants it, and before anything the browser sent', () => {
    const call = new PaperCall('json', { replayed });
    call.browserSends(typed('What is my name?'));
    call.connects();
    call.azureSends({ type: 'session.created', session: {} });
    expect(told(call, 'azure').map(({ type }) => type)).toEqual(['session.update']);
    call.azureSends({ type: 'session.updated', session: {} });
    const up = told(call, 'azure').map(({ item }) => item as Record<string, unknown>);
    expect(up.map(({ role, content }) => [role, content])).toEqual([
      ['user', [{ type: 'input_text', text: 'My name is Ada.' }]],
      ['assistant', [{ type: 'output_text', text: 'Hello Ada.' }]],
      ['user', [{ type: 'input_text', text: 'What is my name?' }]],
    ]);
  });

  it.each([
    ['json', true],
    ['json', false],
    ['binary', true],
    ['binary', false],
  ] as const)('[V13] on the %s lane (locked: %s) nobody sees the items of before', (lane, isLocked) => {
    const call = new PaperCall(lane, { replayed, isLocked }).opens();
    const item = { id: 'vg_said_0', type: 'message', role: 'user', content: [] };
    for (const type of ['conversation.item.added', 'conversation.item.done', 'conversation.item.created']) {
      call.azureSends({ type, event_id: 'e', previous_item_id: null, item });
    }
    expect(told(call, 'browser')).toEqual([]);
    const own = { ...item, id: 'item_1', status: 'completed' };
    const place = { event_id: 'e', previous_item_id: 'vg_said_1' };
    call.azureSends({ type: 'input_audio_buffer.committed', ...place, item_id: 'item_1' });
    call.azureSends({ type: 'conversation.item.added', ...place, item: own });
    call.azureSends({ type: 'conversation.item.done', ...place, item: own });
    const after = { ...place, previous_item_id: 'item_1', item: { ...own, id: 'item_2' } };
    call.azureSends({ type: 'conversation.item.added', ...after });
    expect(told(call, 'browser')).toEqual([
      { type: 'input_audio_buffer.committed', event_id: 'e', previous_item_id: null, item_id: 'item_1' },
      { type: 'conversation.item.added', event_id: 'e', previous_item_id: null, item: own },
      { type: 'conversation.item.done', event_id: 'e', previous_item_id: null, item: own },
      { type: 'conversation.item.added', ...after },
    ]);
  });

  it('[V13] what is replayed is not remembered once more', () => {
    const call = new PaperCall('json', { replayed }).opens();
    for (const frame of replayed) {
      const { item } = JSON.parse(frame) as ReplayedFrame;
      call.azureSends({ type: 'conversation.item.added', item });
    }
    call.endsHere();
    expect(call.writes).toBe(0);
  });

  it.each(['json', 'binary'] as const)(
    '[V14] on the %s lane an item that Azure refuses is logged, is told to nobody, and the call goes on',
    (lane) => {
      const call = new PaperCall(lane, { replayed }).opens();
      const error = {
        type: 'invalid_request_error',
        code: 'invalid_value',
        message: 'No.',
        event_id: 'vg_1.replay',
      };
      call.azureSends({ type: 'error', event_id: 'e', error });
      expect(call.said()).toEqual([['log', 'invalid_value', 'replay']]);
      expect(call.state.name).toBe('open');
    },
  );

  it('[V15] what is replayed is part of what an answer is expected to cost', () => {
    const expected = [[], replayed].map((frames) => {
      const call = new PaperCall('json', { replayed: frames }).opens();
      call.browserSends({ type: 'response.create' });
      return call.reserved().tokens;
    });
    const bytes = replayed.reduce((sum, frame) => sum + frame.length, 0);
    expect((expected[1] ?? 0) - (expected[0] ?? 0)).toBeGreaterThan(bytes / 3);
  });
});
