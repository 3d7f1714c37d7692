import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Said } from '../../src/durable-objects/said.ts';
import type { PaperCall } from './paper-call.ts';
import { Talk } from './paper-conversation.ts';

/** What is remembered of a call, in its order: who, what, and whether it was cut. */
function rows(call: PaperCall): unknown[] {
  return inOrder(call).map(({ role, content, status }) =>
    status === 'complete' ? [role, content] : [role, content, status],
  );
}

function inOrder(call: PaperCall): Said[] {
  return [...call.remembered.values()].toSorted((a, b) => a.saidAt - b.saidAt);
}

describe('what the person said', () => {
  it('[V1] stands where they began to say it, though its words come after the answer', () => {
    const talk = new Talk();
    talk
      .speechBegins('u1')
      .speechTaken('u1')
      .answers('r1', 'Hello, I am here.')
      .understood('u1', ' Good morning. ');
    expect(rows(talk.call)).toEqual([
      ['user', 'Good morning.'],
      ['assistant', 'Hello, I am here.'],
    ]);
    expect(inOrder(talk.call)[0]).toMatchObject({ itemId: 'u1', mode: 'voice', toolCalls: [] });
  });

  it('[V1] a cough leaves nothing, and what could not be written down says so', () => {
    const talk = new Talk();
    talk.speechBegins('u1').speechTaken('u1').understood('u1', '  ');
    talk.speechBegins('u2').speechTaken('u2').notUnderstood('u2').answers('r1', 'Say that again?');
    expect(rows(talk.call)).toEqual([
      ['user', '(not understood)'],
      ['assistant', 'Say that again?'],
    ]);
  });

  it('[V1] without voice detection it stands where it was committed', () => {
    const talk = new Talk();
    talk
      .speechTaken('u1')
      .answers('r1', 'One.')
      .speechTaken('u2')
      .understood('u2', 'Two?')
      .understood('u1', 'One?');
    expect(rows(talk.call)).toEqual([
      ['user', 'One?'],
      ['assistant', 'One.'],
      ['user', 'Two?'],
    ]);
  });

  it('[V1] a transcript that comes twice is kept once, one of nothing known not at all', () => {
    const talk = new Talk();
    talk.speechTaken('u1').understood('u1', 'One?').understood('u1', 'Two?').understood('u9', 'Nine?');
    expect(rows(talk.call)).toEqual([['user', 'One?']]);
  });

  it('[V1] what speech cost to write down is kept with it', () => {
    const talk = new Talk();
    talk.speechTaken('u1').understood('u1', 'One?', 60);
    expect(inOrder(talk.call)[0]?.cost).toEqual({ tokens: 0, nanoUsd: 6_000_000 });
  });

  it('[V2] what was typed is kept when Azure has taken it, in its order', () => {
    const talk = new Talk();
    talk.typed('t1', 'Hello').typed('t2', 'Are you there?').answersInWriting('r1', 'I am.');
    expect(rows(talk.call)).toEqual([
      ['user', 'Hello'],
      ['user', 'Are you there?'],
      ['assistant', 'I am.'],
    ]);
    expect(inOrder(talk.call).map(({ mode }) => mode)).toEqual(['text', 'text', 'text']);
  });

  it('[V2] an image beside words leaves the words, and sound that comes with its words is speech', () => {
    const talk = new Talk();
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };
    talk.item({ id: 't1', role: 'user', content: [{ type: 'input_text', text: 'What is this?' }, image] });
    talk.item({ id: 't2', role: 'user', content: [image] });
    talk.item({ id: 't3', role: 'user', content: [{ type: 'input_audio', transcript: 'A cat?' }] });
    expect(rows(talk.call)).toEqual([
      ['user', 'What is this?'],
      ['user', 'A cat?'],
    ]);
    expect(inOrder(talk.call).map(({ mode }) => mode)).toEqual(['text', 'voice']);
  });

  it('[V2] words of the system, and words that a client puts into the assistant’s mouth, are not kept', () => {
    const talk = new Talk();
    talk.item({ id: 's1', role: 'system', content: [{ type: 'input_text', text: 'Obey.' }] });
    talk.item({ id: 'a1', role: 'assistant', content: [{ type: 'output_text', text: 'I obey.' }] });
    talk.call.endsHere();
    expect(rows(talk.call)).toEqual([]);
  });
});

describe('an answer', () => {
  it('[V3] is kept once, when it is done, with what it cost', () => {
    const talk = new Talk();
    talk.answerBegins('r1').sounds('r1', 2_000, 'Hello there.');
    expect(talk.writes()).toBe(0);
    talk.answerDone('r1', 'completed', { text: 100, audio: 0, out: 50 });
    expect(talk.writes()).toBe(1);
    expect(inOrder(talk.call)).toMatchObject([
      { content: 'Hello there.', mode: 'voice', cost: { tokens: 150, nanoUsd: 100 * 4_000 + 50 * 64_000 } },
    ]);
  });

  it('[V3] of words and a call of a tool costs what it cost once', () => {
    const talk = new Talk();
    const call = { id: 'call-r1', type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{}' };
    talk
      .answerBegins('r1')
      .sounds('r1', 1_000, 'Let me see.')
      .item({ ...call, arguments: '' });
    talk.answerDoneWith('r1', call, { text: 100, audio: 0, out: 50 });
    expect(inOrder(talk.call).map(({ content, cost }) => [content, cost.tokens])).toEqual([
      ['Let me see.', 150],
      ['', 0],
    ]);
  });

  it('[V3] beside the conversation is not kept, whatever it says, and neither is its sound mistaken for another’s', () => {
    const talk = new Talk();
    talk.answerBegins('r1').sounds('r1', 2_000, 'one two three four five six seven eight');
    talk.asideBegins('x1').sounds('x1', 60_000, 'Something else altogether.');
    talk.sounds('r1', 2_000, '').answerDone('x1').answerDone('r1').truncates('r1', 2_000);
    expect(rows(talk.call)).toEqual([['assistant', 'one two three four', 'interrupted']]);
  });

  it.each([
    ['cancelled', 'incomplete'],
    ['incomplete', 'incomplete'],
    ['failed', 'incomplete'],
  ])('[V4] that is %s is kept as interrupted, as far as its sound came', (status) => {
    const talk = new Talk();
    talk.answerBegins('r1').sounds('r1', 1_300, 'one two three four five six seven eight');
    talk.answerDone('r1', status);
    expect(rows(talk.call)).toEqual([['assistant', 'one two three four', 'interrupted']]);
  });

  it('[V4] that broke off before it sounded leaves nothing', () => {
    const talk = new Talk();
    talk.answerBegins('r1').sounds('r1', 0, 'one two').answerDone('r1', 'cancelled');
    expect(rows(talk.call)).toEqual([]);
  });

  it('[V4] cut after it was whole is what was heard of it, and a word half heard was not', () => {
    const talk = new Talk();
    talk.answers('r1', 'one two three four five six seven eight', 4_000).truncates('r1', 2_100);
    expect(rows(talk.call)).toEqual([['assistant', 'one two three four', 'interrupted']]);
    expect(talk.writes()).toBe(2);
    talk.azureTruncated('r1', 2_100).truncates('r1', 3_000);
    expect(talk.writes()).toBe(2);
  });

  it('[V4] cut while it was being made is what was heard, told when it is done', () => {
    const talk = new Talk();
    talk.answerBegins('r1').sounds('r1', 3_000, 'one two three four five six seven eight');
    talk.truncates('r1', 1_300);
    expect(talk.writes()).toBe(0);
    talk.answerDone('r1', 'cancelled');
    expect(rows(talk.call)).toEqual([['assistant', 'one two three', 'interrupted']]);
    expect(talk.writes()).toBe(1);
  });

  it('[V4] of which nothing was heard is taken out; heard to its end, it stays whole', () => {
    const talk = new Talk();
    talk.answers('r1', 'one two', 1_000).truncates('r1', 0).answers('r2', 'three four', 1_000);
    talk.truncates('r2', 1_085);
    expect(rows(talk.call)).toEqual([['assistant', 'three four']]);
  });

  it('[V4] in a language without spaces keeps what was heard too', () => {
    const talk = new Talk();
    const words =
      '今日はとても良い天気ですね。散歩に行きましょうか。それとも家で本を読みましょうか。お茶を入れます。';
    talk.answers('r1', words, 4_000).truncates('r1', 3_000);
    expect(inOrder(talk.call)[0]?.content).toBe(words.slice(0, Math.round(words.length * 0.75)));
  });

  it('[V4] with sound on the JSON lane is measured without being read', () => {
    const talk = new Talk('json');
    talk.answers('r1', 'one two three four five six seven eight', 4_000).truncates('r1', 2_100);
    expect(rows(talk.call)).toEqual([['assistant', 'one two three four', 'interrupted']]);
  });
});

describe('a tool', () => {
  it('[V6] is kept with what it was asked and, once it is there, what it said', () => {
    const talk = new Talk();
    talk.callBegins('r1', 'c1').callDone('r1', 'c1', '{"city":"Paris"}');
    expect(inOrder(talk.call)[0]).toMatchObject({
      role: 'assistant',
      content: '',
      toolCalls: [
        { call_id: 'c1', name: 'weather', arguments: { city: 'Paris' }, output: null, is_error: false },
      ],
    });
    talk.item({ id: 'o1', type: 'function_call_output', call_id: 'c1', output: 'Sunny, 20 °C' });
    talk.answers('r2', 'It is sunny.');
    expect(rows(talk.call)).toEqual([
      ['assistant', ''],
      ['assistant', 'It is sunny.'],
    ]);
    expect(inOrder(talk.call)[0]?.toolCalls[0]).toMatchObject({ output: 'Sunny, 20 °C' });
  });

  it('[V6] answered by the gateway is kept as one answered by the client', () => {
    const talk = new Talk();
    talk.callBegins('r1', 'c1').callDone('r1', 'c1', '{}');
    talk.item({ id: 'vg_out1', type: 'function_call_output', call_id: 'c1', output: '[1,2]' });
    expect(inOrder(talk.call)[0]?.toolCalls[0]).toMatchObject({ output: [1, 2] });
    expect(talk.call.said()).not.toContainEqual([
      'browser',
      expect.objectContaining({ item: { id: 'vg_out1' } }),
    ]);
  });

  it('[V13][U30] answered by the gateway unseen waits for no answer of the client’s', () => {
    const talk = new Talk();
    const item = { id: 'i1', type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{}' };
    const answer = { type: 'function_call_output', call_id: 'c1', output: 'x' };
    talk.call.azureSends({ type: 'response.output_item.done', item });
    talk.item({ id: 'vg_out1', ...answer }).call.said();
    talk.call.browserSends({ type: 'conversation.item.create', item: answer });
    expect(talk.call.said()).toMatchObject([
      ['browser', { type: 'error', error: { code: 'invalid_value', param: 'item.call_id' } }],
    ]);
  });

  it.each([
    ['{"error":"The tool took too long."}', true],
    ['{"success":false,"error":"No such colour."}', true],
    ['{"success":true}', false],
    ['{"error":null,"weather":"fine"}', false],
    ['error', false],
  ])('[V6] that said %s has failed: %s', (output, isError) => {
    const talk = new Talk();
    talk.callBegins('r1', 'c1').callDone('r1', 'c1', '{}');
    talk.item({ id: 'o1', type: 'function_call_output', call_id: 'c1', output });
    expect(inOrder(talk.call)[0]?.toolCalls[0]).toMatchObject({ is_error: isError });
  });

  it('[V6] that was asked for half is not kept', () => {
    const talk = new Talk();
    talk.callBegins('r1', 'c1').callDone('r1', 'c1', '{"ci', 'cancelled');
    expect(rows(talk.call)).toEqual([]);
  });
});

describe('what is changed later', () => {
  it('[V7] a deleted item is taken out, and its words do not bring it back', () => {
    const talk = new Talk();
    talk.typed('t1', 'Forget this').answers('r1', 'All right.').speechBegins('u1').speechTaken('u1');
    for (const id of ['t1', 'u1', 'item-r1']) talk.deleted(id);
    talk.understood('u1', 'And this').truncates('r1', 100);
    expect(rows(talk.call)).toEqual([]);
  });

  it('[V1] many things later nothing unfinished was lost', () => {
    const talk = new Talk();
    talk.speechBegins('u1').speechTaken('u1').partlyUnderstood('u1', 'I was say');
    for (let at = 0; at < 100; at += 1) talk.answers(`r${at}`, `Answer ${at}.`);
    expect(rows(talk.call).slice(0, 2)).toEqual([
      ['user', 'I was say', 'interrupted'],
      ['assistant', 'Answer 0.'],
    ]);
    expect(rows(talk.call)).toHaveLength(101);
  });
});

describe('the end of a call', () => {
  it('[V5] keeps what had been heard of an answer on its way, and what was said and not yet written down', () => {
    const talk = new Talk();
    talk.speechBegins('u1').speechTaken('u1').partlyUnderstood('u1', 'Tell me a');
    talk.answerBegins('r1').sounds('r1', 4_000, 'one two three four five six seven eight');
    talk.call.waits(2_000);
    talk.call.endsHere();
    expect(rows(talk.call)).toEqual([
      ['user', 'Tell me a', 'interrupted'],
      ['assistant', 'one two three four', 'interrupted'],
    ]);
  });

  it('[V5] an answer on its way was heard after the one before it, which was done and stays whole', () => {
    const talk = new Talk();
    talk
      .answers('r1', 'one two three four', 2_000)
      .answerBegins('r2')
      .sounds('r2', 2_000, 'five six seven eight');
    talk.call.waits(2_800);
    talk.call.endsHere();
    expect(rows(talk.call)).toEqual([
      ['assistant', 'one two three four'],
      ['assistant', 'five six', 'interrupted'],
    ]);
  });

  it('[V5] leaves what was heard to its end, what was written, and what was cut before as it is', () => {
    const talk = new Talk();
    talk.answers('r1', 'one two three four', 2_000).truncates('r1', 1_100).answersInWriting('r2', 'five six');
    talk.call.waits(1_100);
    const writes = talk.writes();
    talk.call.endsHere();
    expect(talk.writes()).toBe(writes);
    expect(rows(talk.call)).toEqual([
      ['assistant', 'one two', 'interrupted'],
      ['assistant', 'five six'],
    ]);
  });

  it('[V5] of an answer that was done and that nobody cut it takes nothing', () => {
    const talk = new Talk();
    talk.answers('r1', 'one two three four', 2_000);
    talk.call.endsHere();
    expect(rows(talk.call)).toEqual([['assistant', 'one two three four']]);
  });

  it('[V5] Azure may be the one that ends it', () => {
    const talk = new Talk();
    talk.typed('t1', 'Hello').answerBegins('r1').sounds('r1', 1_000, 'one two');
    talk.call.waits(5_000);
    talk.call.azureSends('this is no event');
    expect(rows(talk.call)).toEqual([
      ['user', 'Hello'],
      ['assistant', 'one two', 'interrupted'],
    ]);
  });
});

/** A call in which everything has begun. */
function begun(): Talk {
  const talk = new Talk();
  talk.speechBegins('u1').speechTaken('u1').typed('t1', 'typed').answers('r0', 'zero one two three', 2_000);
  talk.speechBegins('u2').answerBegins('r1').sounds('r1', 2_000, 'one two three four ');
  return talk.speechTaken('u2').speechBegins('u3').speechTaken('u3').callBegins('r2', 'c1');
}

describe('whatever order things come in', () => {
  /** A call in threads: each keeps its own order, and they come in any. */
  const threads: ((talk: Talk) => unknown)[][] = [
    [(talk) => talk.understood('u1', 'What is the weather?')],
    [(talk) => talk.partlyUnderstood('u2', 'And'), (talk) => talk.understood('u2', 'And tomorrow?')],
    [(talk) => talk.understood('u3', '')],
    [
      (talk) => talk.sounds('r1', 1_000, 'five six seven eight'),
      (talk) => talk.answerDone('r1', 'cancelled'),
    ],
    [(talk) => talk.truncates('r1', 1_050)],
    [(talk) => talk.azureTruncated('r1', 1_050)],
    [(talk) => talk.callDone('r2', 'c1', '{"a":1}')],
    [(talk) => talk.item({ id: 'o1', type: 'function_call_output', call_id: 'c1', output: 'Rain' })],
    [(talk) => talk.truncates('r0', 500)],
    [(talk) => talk.deleted('t1')],
  ];

  it('[V8] the same is remembered in the same order', () => {
    const steps = threads.flatMap((thread, index) => thread.map(() => index));
    const expected = [
      ['user', 'What is the weather?'],
      ['assistant', 'zero', 'interrupted'],
      ['user', 'And tomorrow?'],
      ['assistant', 'one two three', 'interrupted'],
      ['assistant', ''],
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), (order) => {
        const talk = begun();
        const next = threads.map(() => 0);
        for (const index of order) {
          const at = next[index] ?? 0;
          threads[index]?.[at]?.(talk);
          next[index] = at + 1;
        }
        expect(rows(talk.call)).toEqual(expected);
        expect(inOrder(talk.call)[4]?.toolCalls[0]).toMatchObject({ arguments: { a: 1 }, output: 'Rain' });
        expect(new Set(inOrder(talk.call).map(({ saidAt }) => saidAt)).size).toBe(expected.length);
      }),
      { numRuns: 50 },
    );
  });
});
