import { describe, expect, it } from 'vitest';
import { freshDay, type BudgetView } from '../../src/durable-objects/budget.ts';
import {
  audible,
  freshChat,
  fromBrowser,
  mindBudget,
  refuse,
  type ChatState,
} from '../../src/durable-objects/chat-state.ts';
import type { ChatServerEvent } from '../../src/protocol/chat-events.ts';

const NOON = Date.parse('2026-11-25T12:00:00Z');
const MIDNIGHT = Date.parse('2026-11-26T00:00:00Z');

function view(tokens: number, resetsAt = MIDNIGHT): BudgetView {
  return {
    used: { ...freshDay, tokens },
    reserved: { tokens: 0, nanoUsd: 0 },
    budgets: { tokens: 100, nanoUsd: null, voiceMs: null },
    resetsAt,
    sessions: 1,
  };
}

const free = { waitForRequest: () => null, budget: () => view(0) };

describe('money', () => {
  it('[T17] each mark is told once a day, the last ends the chat', () => {
    let state = freshChat(null, true);
    const told: unknown[] = [];
    for (const [tokens, resetsAt] of [
      [79, MIDNIGHT],
      [80, MIDNIGHT],
      [90, MIDNIGHT],
      [95, MIDNIGHT],
      [99, MIDNIGHT],
      [10, MIDNIGHT + 1],
      [96, MIDNIGHT + 1],
      [100, MIDNIGHT + 1],
    ] as const) {
      const step = mindBudget(state, view(tokens, resetsAt), NOON);
      state = step.state;
      told.push(
        ...step.actions.map((one) => (one.do === 'tell' && 'code' in one.event ? one.event.code : one.do)),
      );
    }
    expect(told).toEqual(['budget_80', 'budget_95', 'budget_95', 'budget_spent', 'end']);
  });
});

describe('frames', () => {
  it('[T15] a frame too many ends the chat and counts as nothing', () => {
    const { actions } = fromBrowser({ ...free, waitForRequest: () => 1_500 }, freshChat(null, true), {
      frame: '{"content":"hi"}',
      now: NOON,
    });
    expect(actions).toMatchObject([
      { do: 'tell', event: { code: 'rate_limited' } },
      { do: 'end', ending: { as: 'tooMany', reason: 'Rate limit exceeded, try again in 2 seconds' } },
    ]);
  });

  it('[T4] nine refused frames a minute never end a chat, and a frame that is not read always does', () => {
    let state = freshChat(null, true);
    for (let minute = 0; minute < 5; minute += 1) {
      for (let count = 0; count < 9; count += 1) {
        const step = refuse(state, { code: 'invalid_json', message: 'no' }, NOON + minute * 60_000);
        expect(step.actions).toHaveLength(1);
        state = step.state;
      }
    }
    const frame = 'x'.repeat(9_000_000);
    expect(fromBrowser(free, state, { frame, now: NOON }).actions.at(-1)).toMatchObject({
      do: 'end',
      ending: { as: 'tooBig' },
    });
  });
});

describe('older clients', () => {
  const names = { conversation_id: 'c', message_id: 'm' };
  const echo = { role: 'user', content: '', created_at: 0 } as const;
  const events: ChatServerEvent[] = [
    { type: 'conversation', conversation_id: 'c', title: '', created_at: 0, session_id: 's' },
    { type: 'message', ...echo, ...names },
    { type: 'text_delta', content: 'a', ...names },
    { type: 'tool_call', call_id: 'k', name: 'n', arguments: {}, runs: 'server', ...names },
    { type: 'warning', code: 'budget_80', message: '', at: 0 },
    { type: 'text_response', content: 'a', status: 'complete', reason: 'stop', ...names },
    { type: 'conversation', conversation_id: 'c', title: '', created_at: 0, session_id: 's' },
    { type: 'warning', code: 'budget_80', message: '', at: 0 },
  ];

  function heardBy(start: ChatState): string[] {
    let state = start;
    return events.flatMap((event) => {
      const heard = audible(state, event);
      state = heard.state;
      return heard.told.map(({ type }) => type);
    });
  }

  it('[T5] text comes first, what else they may not know after it, and what they cannot know never', () => {
    expect(heardBy(freshChat(null, false))).toEqual([
      'text_delta',
      'text_response',
      'conversation',
      'conversation',
      'warning',
    ]);
    expect(heardBy(freshChat(null, true))).toHaveLength(events.length);
  });

  it('[T5] whoever sends an event of ours knows them all, subprotocol or not', () => {
    const { state } = fromBrowser(free, freshChat(null, false), {
      frame: '{"type":"message","content":"hi"}',
      now: NOON,
    });
    expect(state.speaks).toBe('events');
  });
});
