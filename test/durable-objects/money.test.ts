import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NANO_PER_USD } from '../../src/azure/prices.ts';
import { freshDay } from '../../src/durable-objects/budget.ts';
import { operator, PaperCall } from './paper-call.ts';
import { type Line, done, begun, typed, told, typesOf, turn } from './paper-talk.ts';

describe('a promise before, the price after', () => {
  it('[G4] what an answer may cost at most is promised before it is asked for, and Azure is held to it', () => {
    const call = new PaperCall('json', { budgets: { tokens: 500 } }).opens();
    call.browserSends(typed('hello'));
    call.browserSends({ type: 'response.create' });
    const question = told(call, 'azure').find(({ type }) => type === 'response.create');
    const limit = limitOf(question?.['response'], 0);
    // What is left after it reads everything once more for a sentence of goodbye.
    expect(limit).toBeGreaterThan(100);
    expect(call.reserved().tokens).toBeLessThanOrEqual(500);
    expect(call.reserved().tokens).toBeGreaterThanOrEqual(limit);
  });

  it('[G4] a script that takes a token for each character is promised as many', () => {
    const call = new PaperCall('json', { budgets: { tokens: 1_000 } }).opens();
    call.browserSends(typed('好'.repeat(600)));
    call.browserSends({ type: 'response.create' });
    const question = told(call, 'azure').find(({ type }) => type === 'response.create');
    expect(limitOf(question?.['response'], 4_096)).toBeLessThanOrEqual(400);
  });

  it.each([
    ['small', 400],
    ['large', 60_000],
  ])(
    '[G4] a %s picture is promised as the picture it is, not as the characters it is written in',
    (_, units) => {
      const image_url = `data:image/png;base64,${'A'.repeat(units)}`;
      const item = { type: 'message', role: 'user', content: [{ type: 'input_image', image_url }] };
      const shown = new PaperCall('json', { budgets: { tokens: 10_000 } }).opens();
      shown.browserSends({ type: 'conversation.item.create', item });
      shown.browserSends({ type: 'response.create' });
      const aside = new PaperCall('json', { budgets: { tokens: 10_000 } }).opens();
      aside.browserSends({ type: 'response.create', response: { conversation: 'none', input: [item] } });
      for (const call of [shown, aside]) {
        expect(call.state.name).toBe('open');
        expect(typesOf(told(call, 'azure'))).toContain('response.create');
        const [reservation] = call.reservations.values();
        const input = (reservation?.likely.tokens ?? 0) - 300;
        // Eight tiles of 170 tokens and 85 are the most there is.
        expect(input).toBeGreaterThanOrEqual(1_445);
        expect(input).toBeLessThan(1_600);
      }
    },
  );

  it('[G4] what an unlocked client gives the session to read is promised', () => {
    const call = new PaperCall('json', { budgets: { tokens: 20_000 } }).opens();
    Object.assign(call, { context: { ...call.context, operator: { ...operator, isLocked: false } } });
    call.browserSends({ type: 'session.update', session: { instructions: 'x'.repeat(30_000) } });
    call.browserSends({ type: 'response.create', response: { max_output_tokens: 20 } });
    expect(call.reserved().tokens).toBeGreaterThanOrEqual(10_000);
  });

  it('[G4] what an answer alone has to read is promised too', () => {
    const call = new PaperCall('json', { budgets: { tokens: 2_000 } }).opens();
    const content = [{ type: 'input_text', text: 'x'.repeat(3_000) }];
    const input = [{ type: 'message', role: 'user', content }];
    call.browserSends({ type: 'response.create', response: { conversation: 'none', input } });
    const question = told(call, 'azure').find(({ type }) => type === 'response.create');
    expect(limitOf(question?.['response'], 4_096)).toBeLessThanOrEqual(1_000);
  });

  it('[G4] an answer to an input of its own does not make the conversation look short', () => {
    const call = new PaperCall('json', { budgets: { tokens: 10_000 } }).opens();
    turn(call, 'r1', { text: 4_000, audio: 0, out: 100 });
    call.browserSends({ type: 'response.create', response: { conversation: 'none', input: [] } });
    call.azureSends(begun('r2'));
    call.azureSends(done('r2', { text: 10, audio: 0, out: 10 }));
    call.said();
    call.browserSends({ type: 'response.create' });
    const question = told(call, 'azure').find(({ type }) => type === 'response.create');
    expect(limitOf(question?.['response'], 4_096)).toBeLessThanOrEqual(10_000 - 4_120 - 4_100);
  });

  it('[G4] not even when voice detection is quicker than the question for it', () => {
    const call = new PaperCall('json', { budgets: { tokens: 1_000_000 } }).opens();
    turn(call, 'r1', { text: 4_000, audio: 0, out: 100 });
    call.browserSends({ type: 'response.create', response: { conversation: 'none', input: [] } });
    call.azureSends({ type: 'response.created', response: { id: 'spoken', conversation_id: 'conv_1' } });
    call.azureSends({ type: 'response.created', response: { id: 'aside', conversation_id: null } });
    call.azureSends(done('aside', { text: 10, audio: 0, out: 10 }));
    call.azureSends(done('spoken', { text: 4_100, audio: 0, out: 10 }));
    expect(call.reservations.size).toBe(0);
    const { state } = call;
    expect(state.name === 'open' && state.spending.context.text).toBeGreaterThanOrEqual(4_100);
  });

  it('[G4] nor by an event of the same name that Azure refuses', () => {
    const call = new PaperCall('json', { budgets: { tokens: 1_000_000 } }).opens();
    turn(call, 'r1', { text: 4_000, audio: 0, out: 100 });
    const aside = { conversation: 'none', input: [] };
    call.browserSends({ type: 'response.create', event_id: 'mine', response: aside });
    call.azureSends({ type: 'response.created', response: { id: 'aside', conversation_id: null } });
    call.azureSends({ type: 'error', error: { code: 'item_not_found', event_id: 'mine' } });
    call.azureSends(done('aside', { text: 10, audio: 0, out: 10 }));
    const { state } = call;
    expect(state.name === 'open' && state.spending.context.text).toBeGreaterThanOrEqual(4_000);
  });

  it('[G4] without a budget nothing is limited', () => {
    const call = new PaperCall('json').opens();
    call.browserSends({ type: 'response.create' });
    expect(told(call, 'azure')).toEqual([{ type: 'response.create', event_id: 'vg_1.response.create' }]);
  });

  it('[G5] it is settled by what it really used, told to who speaks voxgate.v1, and nothing stays promised', () => {
    const call = new PaperCall('binary', { budgets: { nanoUsd: NANO_PER_USD } }).opens();
    turn(call, 'r1', { text: 50, audio: 0, out: 100 });
    // 50 x 4 + 100 x 64 millionths of a dollar
    expect(call.used).toMatchObject({ tokens: 150, nanoUsd: 6_600_000 });
    expect(call.reserved()).toEqual({ tokens: 0, nanoUsd: 0 });
    expect(told(call, 'browser').at(-1)).toMatchObject({
      type: 'gateway.usage',
      turn: { tokens: 150, usd: 0.0066 },
      today: { tokens: 150, usd: 0.0066, remaining: { tokens: null, usd: 0.9934 } },
    });
  });

  it('[G5] an answer that failed without a usage costs nothing', () => {
    const call = new PaperCall().opens();
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('r1'));
    call.azureSends({ type: 'response.done', response: { id: 'r1', status: 'failed', usage: null } });
    expect(call.used).toEqual(freshDay);
    expect(call.reservations.size).toBe(0);
  });

  it('[G5] a question that Azure refuses gives its promise back', () => {
    const call = new PaperCall().opens();
    call.browserSends({ type: 'response.create', event_id: 'mine' });
    expect(call.reservations.size).toBe(1);
    call.azureSends({
      type: 'error',
      error: { code: 'conversation_already_has_active_response', event_id: 'mine' },
    });
    expect(call.reservations.size).toBe(0);
  });

  it('[G3] a transcript is charged too', () => {
    const call = new PaperCall('binary').opens();
    call.azureSends({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'i',
      transcript: 'hello',
      usage: { type: 'duration', seconds: 60 },
    });
    expect(call.used.nanoUsd).toBe(6_000_000);
    expect(typesOf(told(call, 'browser'))).toEqual([
      'conversation.item.input_audio_transcription.completed',
      'gateway.usage',
    ]);
  });

  it('[G9] an answer that is cut off with the call is charged for its input and the sound that came', () => {
    const call = new PaperCall('json').opens();
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('r1'));
    // A second of sound: 48,000 bytes, 20 tokens.
    call.azureSends({ type: 'response.output_audio.delta', delta: 'A'.repeat(64_000) });
    call.azureSends('nonsense');
    expect(call.state.name).toBe('ended');
    expect(call.reservations.size).toBe(0);
    expect(call.used.tokens).toBeGreaterThanOrEqual(20);
    expect(call.used.tokens).toBeLessThan(60);
  });

  it('[G4] a client cannot have a longer answer than what is left pays for, nor undo the limit of the session', () => {
    const call = new PaperCall('json', { budgets: { tokens: 500 } }).opens();
    call.browserSends({ type: 'response.create', response: { max_output_tokens: 4000 } });
    call.browserSends({ type: 'session.update', session: { max_output_tokens: 'inf' } });
    const [question, update] = told(call, 'azure') as [
      { response: { max_output_tokens: number } },
      { session: { max_output_tokens: number } },
    ];
    expect(question.response.max_output_tokens).toBeLessThan(500);
    expect(update.session.max_output_tokens).toBeLessThan(500);
  });

  it('[G4] a shorter answer that a client wants stays as short', () => {
    const call = new PaperCall('json', { budgets: { tokens: 500 } }).opens();
    call.browserSends({ type: 'response.create', response: { max_output_tokens: 20 } });
    expect(told(call, 'azure')).toMatchObject([{ response: { max_output_tokens: 20 } }]);
  });

  it('[G4] whatever is asked and answered, no day costs more than its budget, if answers keep to their limits', () => {
    const step = fc.record({
      words: fc.integer({ min: 0, max: 400 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      isSpoken: fc.boolean(),
    });
    const result = fc.check(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.array(step, { maxLength: 40 }), (tokens, steps) => {
        const call = new PaperCall('binary', { budgets: { tokens } });
        call.connects();
        call.azureSends({ type: 'session.updated', session: {} });
        let heard = 16;
        let sessionLimit = limitIn(told(call, 'azure'), 4096);
        for (const [index, { words, share, isSpoken }] of steps.entries()) {
          if (hasEnded(call)) break;
          call.browserSends(typed('x'.repeat(words)));
          if (!isSpoken) call.browserSends({ type: 'response.create' });
          const frames = told(call, 'azure');
          sessionLimit = limitIn(frames, sessionLimit);
          if (hasEnded(call)) break;
          const question = frames.find(({ type }) => type === 'response.create');
          const limit = isSpoken ? sessionLimit : limitOf(question?.['response'], 4096);
          call.azureSends(begun(`r${index}`));
          // Four characters a token, as English has them; what was said before is read again.
          heard += Math.ceil(words / 4) + 4;
          const out = Math.floor(limit * share);
          call.azureSends(done(`r${index}`, { text: heard, audio: 0, out }));
          heard += out;
          const next = told(call, 'azure');
          sessionLimit = limitIn(next, sessionLimit);
          // What the gateway asks for itself, to say that the talk goes on in writing.
          const goodbye = next.find(({ type }) => type === 'response.create');
          if (goodbye === undefined || hasEnded(call)) continue;
          const said = Math.floor(limitOf(goodbye['response'], 4096) * share);
          call.azureSends(begun('goodbye'));
          call.azureSends(done('goodbye', { text: heard + 60, audio: 0, out: said }));
          heard += said;
          sessionLimit = limitIn(told(call, 'azure'), sessionLimit);
        }
        return call.used.tokens <= tokens;
      }),
      { numRuns: 500 },
    );
    expect(result.counterexample).toBeNull();
    expect(result.failed).toBe(false);
  });
});

function hasEnded({ state }: PaperCall): boolean {
  return state.name === 'ended';
}

/** The limit that updates of the session among these frames set last. */
function limitIn(frames: readonly Record<string, unknown>[], before: number): number {
  return frames.reduce(
    (limit, { type, session }) => (type === 'session.update' ? limitOf(session, limit) : limit),
    before,
  );
}

function limitOf(where: unknown, otherwise: number): number {
  const limit = (where as { max_output_tokens?: number | 'inf' } | undefined)?.max_output_tokens;
  return limit === 'inf' ? 4096 : (limit ?? otherwise);
}

describe('as the day runs out', () => {
  const budgets = { tokens: 10_000 };

  it('[G6] at 80 % the person is warned, once', () => {
    const call = new PaperCall('binary', { budgets: { tokens: 100_000 } }).opens();
    turn(call, 'r1', { text: 700, audio: 0, out: 99 });
    call.used = { ...call.used, tokens: 79_999 };
    call.looksAtTheBudget();
    expect(typesOf(told(call, 'browser'))).not.toContain('gateway.warning');
    call.used = { ...call.used, tokens: 80_000 };
    call.looksAtTheBudget();
    call.looksAtTheBudget();
    expect(told(call, 'browser')).toMatchObject([
      { type: 'gateway.warning', code: 'budget_80', budget: 'tokens', used_share: 0.8 },
    ]);
  });

  it('[G7] at 95 % the assistant says so aloud, and goes on in writing', () => {
    const call = new PaperCall('binary', { budgets: { tokens: 100_000 } }).opens();
    turn(call, 'r1', { text: 100, audio: 0, out: 50 });
    call.said();
    call.used = { ...call.used, tokens: 95_500 };
    call.looksAtTheBudget();
    const lines = call.said() as Line[];
    expect(lines).toMatchObject([
      ['browser', { type: 'gateway.warning', code: 'budget_80' }],
      ['browser', { type: 'gateway.warning', code: 'budget_95' }],
      ['azure', { type: 'response.create', response: { output_modalities: ['audio'] } }],
      ['azure', { type: 'session.update', session: { output_modalities: ['text'] } }],
    ]);
    // Nobody can talk the voice back on.
    call.azureSends(begun('wrap'));
    call.azureSends(done('wrap', { text: 200, audio: 0, out: 60 }));
    call.said();
    call.browserSends({ type: 'session.update', session: { output_modalities: ['audio'] } });
    call.browserSends({ type: 'response.create', response: { output_modalities: ['audio'] } });
    expect(told(call, 'azure')).toMatchObject([
      { type: 'session.update', session: { output_modalities: ['text'] } },
      { type: 'response.create', response: { output_modalities: ['text'] } },
    ]);
  });

  it('[G6][G7] a budget whose rest is too small for another turn is as good as nearly spent: it is said while it can be', () => {
    const call = new PaperCall('binary', { budgets: { tokens: 1_000 } }).opens();
    turn(call, 'r1', { text: 100, audio: 0, out: 100 });
    expect(typesOf(told(call, 'browser'))).not.toContain('gateway.warning');
    turn(call, 'r2', { text: 220, audio: 0, out: 60 });
    const lines = call.said() as Line[];
    expect(lines.filter(([, frame]) => frame['type'] === 'gateway.warning')).toMatchObject([
      ['browser', { code: 'budget_80', used_share: 0.48 }],
      ['browser', { code: 'budget_95', used_share: 0.48 }],
    ]);
    expect(lines.filter(([at]) => at === 'azure').slice(-2)).toMatchObject([
      ['azure', { type: 'response.create', response: { output_modalities: ['audio'] } }],
      ['azure', { type: 'session.update', session: { output_modalities: ['text'] } }],
    ]);
  });

  it('[G7] what is said aloud waits for the answer that is being given', () => {
    const call = new PaperCall('binary', { budgets: { tokens: 100_000 } }).opens();
    turn(call, 'r1', { text: 100, audio: 0, out: 50 });
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('r2'));
    call.said();
    call.used = { ...call.used, tokens: 95_500 };
    call.looksAtTheBudget();
    expect(told(call, 'azure').filter(({ type }) => type === 'response.create')).toEqual([]);
    call.azureSends(done('r2', { text: 100, audio: 0, out: 50 }));
    expect(typesOf(told(call, 'azure'))).toContain('response.create');
  });

  it('[G7] an answer that stood in the way is waited for, and its refusal is nobody’s business', () => {
    const call = new PaperCall('json', { budgets: { tokens: 100_000 } }).opens();
    turn(call, 'r1', { text: 100, audio: 0, out: 50 });
    call.said();
    call.used = { ...call.used, tokens: 95_500 };
    call.looksAtTheBudget();
    const ours = told(call, 'azure').find(({ type }) => type === 'response.create');
    call.azureSends({
      type: 'error',
      error: { code: 'conversation_already_has_active_response', event_id: ours?.['event_id'] },
    });
    expect(told(call, 'browser')).toEqual([]);
    call.azureSends(begun('theirs'));
    call.azureSends(done('theirs', { text: 100, audio: 0, out: 50 }));
    expect(typesOf(told(call, 'azure'))).toContain('response.create');
  });

  it('[G7][G15] nor is it when voice detection was quicker: its answer is waited for, and the sentence is said then', () => {
    const call = new PaperCall('json', { budgets: { tokens: 100_000 } }).opens();
    turn(call, 'r1', { text: 100, audio: 0, out: 50 });
    call.said();
    call.used = { ...call.used, tokens: 95_500 };
    call.looksAtTheBudget();
    const ours = told(call, 'azure').find(({ type }) => type === 'response.create');
    call.azureSends(begun('theirs'));
    call.said();
    call.azureSends({
      type: 'error',
      error: { code: 'conversation_already_has_active_response', event_id: ours?.['event_id'] },
    });
    expect(told(call, 'browser')).toEqual([]);
    // The answer that runs is paid for as before.
    expect(call.reservations.size).toBe(1);
    call.azureSends(done('theirs', { text: 100, audio: 0, out: 50 }));
    const again = told(call, 'azure').filter(({ type }) => type === 'response.create');
    expect(again).toHaveLength(1);
    call.azureSends(begun('wrap'));
    call.azureSends(done('wrap', { text: 200, audio: 0, out: 60 }));
    expect(call.reservations.size).toBe(0);
  });

  it('[G7] a sentence that Azure will not say for another reason goes unsaid, and is not asked for again', () => {
    const call = new PaperCall('json', { budgets: { tokens: 100_000 } }).opens();
    turn(call, 'r1', { text: 100, audio: 0, out: 50 });
    call.said();
    call.used = { ...call.used, tokens: 95_500 };
    call.looksAtTheBudget();
    const ours = told(call, 'azure').find(({ type }) => type === 'response.create');
    call.azureSends({ type: 'error', error: { code: 'invalid_value', event_id: ours?.['event_id'] } });
    call.looksAtTheBudget();
    expect(told(call, 'azure').filter(({ type }) => type === 'response.create')).toEqual([]);
    expect(call.reservations.size).toBe(0);
  });

  it('[G7] a call that begins so late is in writing from its first answer, and hears nothing about it', () => {
    const call = new PaperCall('binary', { budgets: { tokens: 100_000 } });
    call.used = { ...call.used, tokens: 95_500 };
    call.opens();
    call.browserSends({ type: 'response.create' });
    expect(told(call, 'azure')).toMatchObject([{ response: { output_modalities: ['text'] } }]);
  });

  it('[G15] the client sees no update and no error of what the gateway asked for itself', () => {
    const call = new PaperCall('json', { budgets: { tokens: 3_000 } });
    call.connects();
    call.azureSends({ type: 'session.updated', session: {} });
    const ours = told(call, 'azure').find(({ session }) => limitOf(session, 0) > 0);
    call.browserSends({ type: 'session.update', session: { audio: { output: { voice: 'echo' } } } });
    call.said();
    call.azureSends({ type: 'session.updated', session: { max_output_tokens: 1 } });
    expect(call.said()).toEqual([]);
    call.azureSends({ type: 'session.updated', session: { voice: 'echo' } });
    expect(typesOf(told(call, 'browser'))).toEqual(['session.updated']);
    expect(ours).toBeDefined();
  });

  it('[G8] when nothing is left the call ends with the story, the code and the seconds', () => {
    const call = new PaperCall('binary', { budgets }).opens();
    turn(call, 'r1', { text: 9_000, audio: 0, out: 1_000 });
    expect(call.reason()).toBe('Budget spent, try again in 43200 seconds');
    expect((call.said() as Line[]).slice(-2)).toMatchObject([
      [
        'browser',
        { error: { code: 'budget_spent', message: expect.stringContaining('2026-11-26T00:00:00Z') } },
      ],
      ['end', 'budgetSpent'],
    ]);
  });

  it.each([
    ['money', { nanoUsd: 5 }, { ...freshDay, nanoUsd: 5 }],
    ['minutes', { voiceMs: 60_000 }, { ...freshDay, voiceMs: 60_000 }],
    ['nothing from the beginning', { tokens: 0 }, freshDay],
  ])('[G8] the same for %s', (_, budget, used) => {
    const call = new PaperCall('json', { budgets: budget });
    call.used = used;
    call.looksAtTheBudget();
    expect(call.said().at(-1)).toEqual(['end', 'budgetSpent']);
  });

  it('[G8] a question whose shortest answer cannot be paid for ends the call before it is asked', () => {
    const call = new PaperCall('json', { budgets }).opens();
    call.used = { ...freshDay, tokens: 9_970 };
    call.browserSends(typed('hello'));
    call.browserSends({ type: 'response.create' });
    const lines = call.said() as Line[];
    expect(lines.filter(([, frame]) => frame['type'] === 'response.create')).toEqual([]);
    expect(lines.at(-1)).toEqual(['end', 'budgetSpent']);
  });

  it('[G16] a question that only promises stand against waits for the answer under way, and the call goes on', () => {
    const call = new PaperCall('json', { budgets: { tokens: 4_000 } }).opens();
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('r1'));
    // Another session has spent what this answer left.
    call.used = { ...freshDay, tokens: 2_020 };
    // As a person who types over an answer.
    call.browserSends({ type: 'response.cancel' });
    call.browserSends(typed('wait'));
    call.browserSends({ type: 'response.create', event_id: 'mine' });
    call.browserSends({ type: 'response.create', event_id: 'too' });
    expect(told(call, 'browser').at(-1)).toMatchObject({ error: { code: 'not_ready', event_id: 'too' } });
    call.azureSends(done('r1', { text: 50, audio: 0, out: 10 }));
    expect(told(call, 'azure').at(-1)).toMatchObject({ type: 'response.create', event_id: 'mine' });
    expect(call.reserved().tokens).toBeLessThanOrEqual(4_000 - 60);
    call.azureSends(begun('r2'));
    call.azureSends(done('r2', { text: 80, audio: 0, out: 10 }));
    expect(told(call, 'azure').filter(({ type }) => type === 'response.create')).toEqual([]);
  });

  it('[G16] a cancel takes back the question that waits', () => {
    const call = new PaperCall('json', { budgets: { tokens: 4_000 } }).opens();
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('r1'));
    call.used = { ...freshDay, tokens: 2_020 };
    call.browserSends({ type: 'response.create' });
    call.browserSends({ type: 'response.cancel' });
    call.said();
    call.azureSends(done('r1', { text: 50, audio: 0, out: 10 }));
    expect(told(call, 'azure').filter(({ type }) => type === 'response.create')).toEqual([]);
  });

  it('[G8] an answer that voice detection began and nobody can pay for ends the call', () => {
    const call = new PaperCall('json', { budgets }).opens();
    call.used = { ...freshDay, tokens: 9_990 };
    call.azureSends(begun('r1'));
    expect(call.said().at(-1)).toEqual(['end', 'budgetSpent']);
  });

  it('[G10] with a new day the voice comes back, and its marks are told anew', () => {
    const call = new PaperCall('binary', { budgets: { tokens: 100_000 } }).opens();
    turn(call, 'r1', { text: 100, audio: 0, out: 50 });
    call.used = { ...call.used, tokens: 96_000 };
    call.looksAtTheBudget();
    call.azureSends(begun('wrap'));
    call.azureSends(done('wrap', { text: 200, audio: 0, out: 60 }));
    call.said();
    call.used = freshDay;
    call.resetsAt += 86_400_000;
    call.looksAtTheBudget();
    expect(told(call, 'azure')).toMatchObject([
      { type: 'session.update', session: { output_modalities: ['audio'], max_output_tokens: 'inf' } },
    ]);
    call.used = { ...freshDay, tokens: 81_000 };
    call.looksAtTheBudget();
    expect(told(call, 'browser')).toMatchObject([{ code: 'budget_80' }]);
  });
});
