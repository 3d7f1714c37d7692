/** Runs of an agent against the emulator, over a real socket. */
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { defineTool } from '../../../src/agent/tool.ts';
import { agentAt, endOf, eventsOf, fresh, ofType, OpenPurse, OpenSession, wordsOf } from '../talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0 });
});
afterAll(() => emulator.close());

const parameters = v.object({ city: v.string() });
const weather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters,
  run: ({ city }) => ({ city, sky: 'clear' }),
});

const burn = () => Promise.reject(new Error('disk on fire'));

describe('a run', () => {
  it('[J1] tells its words as they come and ends with the turn, which its session keeps', async () => {
    const options = fresh();
    const events = await eventsOf(agentAt(emulator.url).runStream('Count to three', options));
    expect(ofType(events, 'text').length).toBeGreaterThan(3);
    expect(wordsOf(events)).toBe('One, two, three.');
    const { turn, error } = endOf(events);
    expect(error).toBeNull();
    expect(turn).toMatchObject({ message: 'Count to three', answer: 'One, two, three.', toolCalls: [] });
    expect(turn.reason).toBe('stop');
    expect(options.session.kept).toEqual([turn]);
  });

  it('[J1] `run` resolves with the same', async () => {
    const options = fresh();
    const { turn, error } = await agentAt(emulator.url).run('Count to two', options);
    expect(turn.answer).toBe('One, two.');
    expect(error).toBeNull();
    expect(options.session.kept).toEqual([turn]);
  });

  it('[J2] a session in memory remembers a name from one turn to the next, and another does not', async () => {
    const agent = agentAt(emulator.url);
    const session = agent.createSession();
    await agent.run('My name is Ada', { session });
    expect((await agent.run('What is my name?', { session })).turn.answer).toBe('Your name is Ada.');
    const other = await agent.run('What is my name?', { session: agent.createSession() });
    expect(other.turn.answer).toBe('I do not know your name yet.');
  });

  it('[J2] a session in memory keeps what tools answered, and no more than its last hundred turns', async () => {
    const agent = agentAt(emulator.url, { tools: [weather] });
    const session = agent.createSession();
    await agent.run('What is the weather in Rome?', { session });
    const { said } = await session.recall();
    expect(said.map(({ role }) => role)).toEqual(['user', 'tool', 'assistant']);
    const { turn } = await agent.run('Hello', { session });
    for (let count = 0; count < 200; count += 1) await session.keep(turn);
    expect((await session.recall()).said).toHaveLength(200);
  });

  it('[J3] a session that the caller brings gives the model what was said, tools included', async () => {
    const call = { name: 'get_weather', input: { city: 'Rome' }, isError: false };
    const session = new OpenSession({
      summary: null,
      said: [
        { role: 'user', text: 'My name is Grace. The weather in Rome and in Oslo?' },
        { role: 'tool', callId: 'call_1', ...call, output: { sky: 'clear' } },
        { role: 'tool', callId: 'call_2', ...call, output: null },
        { role: 'assistant', text: 'Clear.' },
      ],
    });
    const { turn } = await agentAt(emulator.url).run('What is my name?', { session });
    expect(turn.answer).toBe('Your name is Grace.');
    expect(emulator.stats().last_chat?.roles).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'tool',
      'assistant',
      'user',
    ]);
  });

  it('[J3] what stands for the rest is told as data, beside the instructions', async () => {
    const session = new OpenSession({ summary: 'The user said: my name is Alan', said: [] });
    const { turn } = await agentAt(emulator.url).run('What is my name?', { session });
    expect(turn.answer).toBe('Your name is Alan.');
    expect(emulator.stats().last_chat?.roles).toEqual(['system', 'user']);
  });

  it('[J4] the filter frame first, bursts, torn events, late annotations: none changes an answer', async () => {
    const deployments = [
      'chat-burst',
      'chat-splits',
      'chat-no-prompt-filter',
      'chat-filter-error',
      'chat-async-filter',
    ];
    for (const chatDeployment of deployments) {
      const events = await eventsOf(
        agentAt(emulator.url, { chatDeployment }).runStream('Count to nine', fresh()),
      );
      expect(wordsOf(events)).toBe('One, two, three, four, five, six, seven, eight, nine.');
      const { turn, error } = endOf(events);
      expect([turn.reason, error]).toEqual(['stop', null]);
      expect(turn.usage.output).toBe(18);
    }
  });

  it('[J5] the purse is opened with the bytes of each step, and closed once with what Azure reported', async () => {
    const purse = new OpenPurse();
    const agent = agentAt(emulator.url, { tools: [weather] });
    const { turn } = await agent.run('What is the weather in Rome?', fresh({ purse }));
    expect(purse.asked).toHaveLength(2);
    const [first = 0, second = 0] = purse.asked;
    expect(second).toBeGreaterThan(first);
    expect(purse.closed.map(([id]) => id)).toEqual(['grant-1', 'grant-2']);
    const used = purse.closed.map(([, usage]) => usage);
    expect(turn.usage).toEqual({
      input: used.reduce((sum, usage) => sum + (usage?.input ?? 0), 0),
      cached: 0,
      output: used.reduce((sum, usage) => sum + (usage?.output ?? 0), 0),
    });
    expect(turn.usage.input).toBeGreaterThan(0);
  });

  it('[J5] a grant limits what the model may write; the answer ends as `length`', async () => {
    const purse = new OpenPurse(1, 4);
    const { turn, error } = await agentAt(emulator.url).run('Count to nine', fresh({ purse }));
    expect(turn.answer).toBe('One, two,');
    expect([turn.reason, error, turn.usage.output]).toEqual(['length', null, 4]);
  });

  it('[J6] without money nothing is asked of Azure; in the middle of a run, what there is is kept', async () => {
    const { chat_requests: before } = emulator.stats();
    const broke = await agentAt(emulator.url).run('Hello', fresh({ purse: new OpenPurse(0) }));
    expect(broke.error?.code).toBe('budget_spent');
    expect(emulator.stats().chat_requests).toBe(before);
    const options = fresh({ purse: new OpenPurse(1) });
    const { turn, error } = await agentAt(emulator.url, { tools: [weather] }).run(
      'What is the weather in Rome?',
      options,
    );
    expect([turn.reason, error?.code]).toEqual(['failed', 'budget_spent']);
    expect(turn.toolCalls).toMatchObject([{ name: 'get_weather', output: { sky: 'clear' } }]);
    expect(options.session.kept).toEqual([turn]);
  });

  it('[J7] a run ends as `steps` when its steps are used up, its tools answered', async () => {
    const options = fresh();
    const { turn, error } = await agentAt(emulator.url, { tools: [weather], maxSteps: 1 }).run(
      'What is the weather in Rome?',
      options,
    );
    expect([turn.reason, error]).toEqual(['steps', null]);
    expect(turn.toolCalls).toMatchObject([{ output: { city: 'Rome', sky: 'clear' } }]);
  });

  it('[J8] cancelled in the middle of its words, a run keeps what there is', async () => {
    const abort = new AbortController();
    const options = fresh({ signal: abort.signal, purse: new OpenPurse() });
    const events = [];
    for await (const event of agentAt(emulator.url, { chatDeployment: 'chat-stalls' }).runStream(
      'Count to nine',
      options,
    )) {
      events.push(event);
      if (wordsOf(events) === 'One, two') abort.abort();
    }
    const { turn, error } = endOf(events);
    expect([turn.answer, turn.reason, error]).toEqual(['One, two', 'cancelled', null]);
    expect(options.session.kept).toEqual([turn]);
    expect(options.purse).toMatchObject({ closed: [['grant-1', null]] });
  });

  it('[J8] cancelled while a tool works, the tool is told and its call stays unanswered', async () => {
    const abort = new AbortController();
    const told = Promise.withResolvers<boolean>();
    const slow = defineTool({
      name: 'get_weather',
      description: 'Never comes',
      parameters,
      run: (_, { signal }) => {
        signal.addEventListener('abort', () => told.resolve(true));
        abort.abort();
        return new Promise(() => undefined);
      },
    });
    const options = fresh({ signal: abort.signal });
    const { turn } = await agentAt(emulator.url, { tools: [slow] }).run('The weather in Rome?', options);
    expect(turn.reason).toBe('cancelled');
    expect(turn.toolCalls).toMatchObject([{ name: 'get_weather', output: null, isError: false }]);
    expect(await told.promise).toBe(true);
  });

  it('[J8] a reader who leaves stops the run, and the turn is kept', async () => {
    const options = fresh({ purse: new OpenPurse() });
    for await (const event of agentAt(emulator.url, { chatDeployment: 'chat-stalls' }).runStream(
      'Count to nine',
      options,
    )) {
      if (event.type === 'text') break;
    }
    expect(options.session.kept).toMatchObject([{ answer: 'One', reason: 'cancelled' }]);
    expect(options.purse).toMatchObject({ closed: [['grant-1', null]] });
  });

  it('[J9] a session that breaks is told as `internal`, with an end', async () => {
    const broken = { recall: burn, keep: () => undefined };
    const first = await agentAt(emulator.url).run('Hello', { session: broken });
    expect([first.turn.reason, first.error?.code]).toEqual(['failed', 'internal']);
    const forgetful = { recall: () => ({ summary: null, said: [] }), keep: burn };
    const second = await agentAt(emulator.url).run('Hello', { session: forgetful });
    expect([second.turn.reason, second.error?.code]).toEqual(['failed', 'internal']);
    expect(JSON.stringify([first, second])).not.toContain('fire');
  });
});
