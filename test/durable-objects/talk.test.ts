import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/agent/run.ts';
import {
  answerIdOf,
  ask,
  cancel,
  fromRun,
  fromTool,
  hasRoom,
  leave,
  missed,
  nextMoment,
  takeBack,
  type Question,
  type Talk,
  type TalkAction,
  type TalkStep,
} from '../../src/durable-objects/talk.ts';
import type { ChatServerEvent } from '../../src/protocol/chat-events.ts';
import { ANSWER_CHARACTERS, WAITING_MESSAGES } from '../../src/protocol/limits.ts';

const NOON = 1_000_000;

let messages = 0;

function question(facts: Partial<Question> = {}): Question {
  messages += 1;
  return {
    messageId: `msg_${messages}0`,
    clientId: null,
    content: 'hi',
    sessionId: 'alice',
    saidAt: NOON,
    runsTools: true,
    ...facts,
  };
}

function end(reason: 'stop' | 'failed' | 'cancelled' | 'steps' = 'stop'): RunEvent {
  const usage = { input: 1, cached: 0, output: 1 };
  return { type: 'end', turn: { message: '', answer: '', toolCalls: [], reason, usage }, error: null };
}

/** A conversation on paper, and what every socket in it was told. */
class Paper {
  talk: Talk | null = null;
  readonly readers = new Map<string, ChatServerEvent[]>();
  readonly done: Exclude<TalkAction, { do: 'tell' }>[] = [];

  constructor(...names: string[]) {
    for (const name of names) this.readers.set(name, []);
  }

  take(step: TalkStep | null): void {
    if (step === null) throw new Error('refused');
    this.talk = step.talk;
    this.tell(step.actions);
  }

  tell(actions: readonly TalkAction[]): void {
    for (const action of actions) {
      if (action.do !== 'tell') this.done.push(action);
      else {
        for (const [name, heard] of this.readers) {
          const { to } = action;
          if (to === 'all' || ('only' in to ? to.only === name : to.except !== name))
            heard.push(action.event);
        }
      }
    }
  }

  runs(event: RunEvent): void {
    this.take(fromRun(this.now(), event, [...this.readers.keys()]));
  }

  now(): Talk {
    if (this.talk === null) throw new Error('nobody is answered');
    return this.talk;
  }

  text(name: string): string {
    return (this.readers.get(name) ?? [])
      .map((one) => (one.type === 'text_delta' ? one.content : ''))
      .join('');
  }

  last(name: string): ChatServerEvent | undefined {
    return this.readers.get(name)?.at(-1);
  }
}

describe('one answer at a time', () => {
  it('[T8] what is asked meanwhile waits, and is answered in its order', () => {
    const paper = new Paper('alice');
    const questions = [question(), question(), question()];
    for (const one of questions) paper.take(ask(paper.talk, 'c', one));
    expect(paper.done).toMatchObject([{ do: 'run', answer: { question: questions[0] } }]);
    for (const one of questions) {
      expect(paper.now().answer.question).toBe(one);
      paper.runs({ type: 'text', text: 'yes' });
      paper.runs(end());
      expect(paper.last('alice')).toMatchObject({
        type: 'text_response',
        content: 'yes',
        message_id: answerIdOf(one.messageId),
        status: 'complete',
      });
    }
    expect(paper.talk).toBeNull();
    expect(paper.done.map((one) => one.do)).toEqual(['run', 'run', 'run']);
  });

  it('[T8] so many may wait, and no more', () => {
    let { talk } = ask(null, 'c', question());
    for (let count = 0; count < WAITING_MESSAGES; count += 1) {
      expect(hasRoom(talk)).toBe(true);
      ({ talk } = ask(talk, 'c', question()));
    }
    expect(hasRoom(talk)).toBe(false);
  });

  it('[T8] questions of one moment are put one after the other, so that each stands before the next', () => {
    const { talk } = ask(null, 'c', question({ saidAt: nextMoment(null, NOON) }));
    const second = question({ saidAt: nextMoment(talk, NOON) });
    expect(second.saidAt).toBe(NOON + 1);
    expect(nextMoment(ask(talk, 'c', second).talk, NOON)).toBe(NOON + 2);
    expect(nextMoment(talk, NOON + 50)).toBe(NOON + 50);
  });

  it('[T7] a cancel stops the run once, and what came of it is the answer', () => {
    const paper = new Paper('alice');
    paper.take(ask(null, 'c', question()));
    paper.runs({ type: 'text', text: 'half' });
    paper.take(cancel(paper.now()));
    paper.take(cancel(paper.now()));
    paper.runs(end('cancelled'));
    expect(paper.done.map((one) => one.do)).toEqual(['run', 'stop']);
    expect(paper.last('alice')).toMatchObject({
      content: 'half',
      status: 'interrupted',
      reason: 'cancelled',
    });
  });

  it('[T10] what is taken back is answered no more, whether it waited or was being answered', () => {
    const [first, second] = [question(), question()];
    const { talk } = ask(ask(null, 'c', first).talk, 'c', second);
    if (talk === null) throw new Error('nobody is answered');
    const without = takeBack(talk, second.messageId);
    expect(without).toMatchObject({ talk: { waiting: [] }, actions: [] });
    expect(takeBack(talk, first.messageId)).toEqual({ talk: null, actions: [{ do: 'drop' }] });
  });

  it('[T2] an answer that reaches the longest that can be kept ends there, whole and told as such', () => {
    const paper = new Paper('alice');
    paper.take(ask(null, 'c', question()));
    paper.runs({ type: 'text', text: 'x'.repeat(ANSWER_CHARACTERS - 1) });
    paper.runs({ type: 'text', text: 'yz' });
    paper.runs({ type: 'text', text: 'too late' });
    paper.runs(end('cancelled'));
    expect(paper.done.map((one) => one.do)).toEqual(['run', 'stop']);
    expect(paper.text('alice')).toHaveLength(ANSWER_CHARACTERS);
    expect(paper.last('alice')).toMatchObject({
      content: paper.text('alice'),
      reason: 'length',
      status: 'complete',
    });
  });
});

describe('coming back', () => {
  it('[T11] wherever a reader was cut off, what it had and what it is told then are the whole answer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 15 }),
        fc.nat(),
        fc.nat(),
        (pieces, cut, back) => {
          const paper = new Paper('before', 'always');
          paper.take(ask(null, 'c', question({ sessionId: 'always' })));
          const cutAt = cut % (pieces.length + 1);
          const backAt = cutAt + (back % (pieces.length + 1 - cutAt));
          const write = (some: readonly string[]) =>
            some.forEach((text) => paper.runs({ type: 'text', text }));
          write(pieces.slice(0, cutAt));
          const had = paper.text('before');
          paper.readers.delete('before');
          write(pieces.slice(cutAt, backAt));
          paper.readers.set('after', []);
          paper.tell(missed(paper.now(), 'after', had.length));
          write(pieces.slice(backAt));
          paper.runs(end());
          expect(paper.last('after')).toMatchObject({ content: had + paper.text('after') });
          expect(paper.last('always')).toEqual(paper.last('after'));
          expect(paper.text('always')).toBe(pieces.join(''));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('tools of the page', () => {
  const called = { type: 'tool-call', callId: 'k', name: 'getPageHTML', input: {}, runs: 'client' } as const;

  it('[T13] the socket that asked is to carry it out; the others are told that it is done elsewhere', () => {
    const paper = new Paper('alice', 'tab');
    paper.take(ask(null, 'c', question()));
    paper.runs(called);
    expect(paper.last('alice')).toMatchObject({ type: 'tool_call', runs: 'client' });
    expect(paper.last('tab')).toMatchObject({ type: 'tool_call', runs: 'server' });
    expect(fromTool(paper.now(), { callId: 'k', output: 1, sessionId: 'tab' })).toBeNull();
    expect(fromTool(paper.now(), { callId: 'other', output: 1, sessionId: 'alice' })).toBeNull();
    paper.take(fromTool(paper.now(), { callId: 'k', output: 1, sessionId: 'alice' }));
    expect(fromTool(paper.now(), { callId: 'k', output: 2, sessionId: 'alice' })).toBeNull();
    expect(paper.done.at(-1)).toEqual({ do: 'give', callId: 'k', output: 1 });
    paper.runs({ type: 'tool-result', callId: 'k', name: 'getPageHTML', output: 1, isError: false });
    expect(paper.last('tab')).toMatchObject({ type: 'tool_result', output: 1, is_error: false });
  });

  it('[T13] when that socket is gone, the first of the others to answer counts, one that comes later too', () => {
    const paper = new Paper('alice', 'tab');
    paper.take(ask(null, 'c', question()));
    paper.runs(called);
    paper.readers.delete('alice');
    paper.take(leave(paper.now(), 'alice'));
    expect(paper.last('tab')).toMatchObject({ type: 'tool_call', runs: 'client' });
    paper.readers.set('late', []);
    paper.tell(missed(paper.now(), 'late', 0));
    expect(paper.last('late')).toMatchObject({ type: 'tool_call', runs: 'client' });
    paper.take(fromTool(paper.now(), { callId: 'k', output: 1, sessionId: 'late' }));
    expect(fromTool(paper.now(), { callId: 'k', output: 2, sessionId: 'tab' })).toBeNull();
  });

  it('[T11] a reader who comes back is told of the calls so far, and what came of them', () => {
    const paper = new Paper('alice');
    paper.take(ask(null, 'c', question()));
    paper.runs({ ...called, runs: 'server' });
    paper.runs({ type: 'tool-result', callId: 'k', name: 'getPageHTML', output: 1, isError: true });
    paper.readers.set('late', []);
    paper.tell(missed(paper.now(), 'late', 0));
    expect(paper.readers.get('late')).toMatchObject([
      { type: 'tool_call', runs: 'server' },
      { type: 'tool_result', output: 1, is_error: true },
    ]);
  });
});
