/** Tools that the model calls, over a real socket. */
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import type { ToolCall } from '../../../src/agent/run.ts';
import { clientTool, defineTool } from '../../../src/agent/tool.ts';
import { toolTable } from '../../../src/agent/tools/table.ts';
import { agentAt, endOf, eventsOf, fresh, ofType } from '../talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0 });
});
afterAll(() => emulator.close());

const city = v.object({ city: v.string() });
const asking = 'What is the weather in Rome?';

function weather(run: (input: { city: string }) => unknown, timeoutMs?: number) {
  return defineTool({
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: city,
    run,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

describe('function tools', () => {
  it('[J10] a tool is told by its schema, carried out, and its result goes back to the model', async () => {
    const agent = agentAt(emulator.url, { tools: [weather(({ city: place }) => ({ place, sky: 'clear' }))] });
    const events = await eventsOf(agent.runStream(asking, fresh()));
    const [call] = ofType(events, 'tool-call');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Rome' }, runs: 'server' });
    const output = { place: 'Rome', sky: 'clear' };
    expect(ofType(events, 'tool-result')).toMatchObject([{ callId: call?.callId, output, isError: false }]);
    expect(endOf(events).turn.answer).toBe('Here is what the tool answered. {"place":"Rome","sky":"clear"}');
    expect(emulator.stats().last_chat?.tools).toEqual(['get_weather']);
  });

  it('[J11] arguments that do not fit go back to the model, and the tool is not run', async () => {
    let runs = 0;
    const picky = defineTool({
      name: 'get_weather',
      description: 'The weather',
      parameters: v.object({
        city: v.pipe(
          v.string(),
          v.check((name) => name === 'Oslo', 'must be Oslo'),
        ),
      }),
      run: () => (runs += 1),
    });
    const { turn } = await agentAt(emulator.url, { tools: [picky] }).run(asking, fresh());
    const error = 'These arguments do not fit. city: must be Oslo';
    expect(turn.toolCalls).toMatchObject([{ output: { error }, isError: true }]);
    expect(turn.answer).toContain(error);
    expect(runs).toBe(0);
  });

  it('[J12] calls of one step run side by side, and each is told when it is answered', async () => {
    const both = Promise.withResolvers<void>();
    const tools = [
      weather(async () => {
        await both.promise;
        return 'clear';
      }),
      defineTool({
        name: 'get_time',
        description: 'The time in a city',
        parameters: city,
        run: () => {
          both.resolve();
          return 'noon';
        },
      }),
    ];
    const wish = 'The weather in Rome and the time in Oslo';
    const events = await eventsOf(agentAt(emulator.url, { tools }).runStream(wish, fresh()));
    expect(ofType(events, 'tool-call').map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
    expect(ofType(events, 'tool-result').map(({ name }) => name)).toEqual(['get_time', 'get_weather']);
    expect(endOf(events).turn.toolCalls.map(({ output }) => output)).toEqual(['clear', 'noon']);
  });

  it('[J13] a tool that takes too long is told to stop, and the answer goes on without it', async () => {
    const slow = weather(() => new Promise(() => undefined), 20);
    const { turn, error } = await agentAt(emulator.url, { tools: [slow] }).run(asking, fresh());
    expect(turn.toolCalls).toMatchObject([{ output: { error: 'The tool took too long.' }, isError: true }]);
    expect([turn.reason, error]).toEqual(['stop', null]);
  });

  it('[J13] a tool that breaks is told as that, without what it threw', async () => {
    const broken = weather(() => {
      throw new Error('password is hunter2');
    });
    const events = await eventsOf(agentAt(emulator.url, { tools: [broken] }).runStream(asking, fresh()));
    expect(ofType(events, 'tool-result')).toMatchObject([{ output: { error: 'The tool failed.' } }]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  it('[J14] a result that is too large is cut and says so; one that is nothing is null', async () => {
    const large = weather(() => 'x'.repeat(100_000));
    const { turn } = await agentAt(emulator.url, { tools: [large] }).run(asking, fresh());
    expect(turn.toolCalls).toEqual([
      expect.objectContaining({ output: { isCut: true, beginning: 'x'.repeat(32_000) }, isError: false }),
    ]);
    const mute = await agentAt(emulator.url, { tools: [weather(() => undefined)] }).run(asking, fresh());
    expect(mute.turn.toolCalls).toMatchObject([{ output: null, isError: false }]);
    expect(mute.turn.answer).toBe('Here is what the tool answered. null');
  });

  it('[J10] of two tools with one name the first is offered', async () => {
    const tools = [weather(() => 'first'), weather(() => 'second')];
    const { turn } = await agentAt(emulator.url, { tools }).run(asking, fresh());
    expect(turn.toolCalls).toMatchObject([{ output: 'first' }]);
    expect(emulator.stats().last_chat?.tools).toEqual(['get_weather']);
  });
});

const refuse = () => Promise.reject(new Error('was asked'));

describe('client tools', () => {
  const wish = 'Change the background color to navy';

  it('[J15] a client tool is offered only to who can carry it out', async () => {
    const agent = agentAt(emulator.url, { tools: toolTable });
    await agent.run('Hello', fresh());
    expect(emulator.stats().last_chat?.tools).toEqual(['getCurrentTime']);
    await agent.run('Hello', fresh({ runClientTool: () => Promise.resolve('ok') }));
    expect(emulator.stats().last_chat?.tools).toHaveLength(4);
  });

  it('[J15] it is carried out by the caller, with what was examined', async () => {
    const asked: ToolCall[] = [];
    const runClientTool = (call: ToolCall) => {
      asked.push(call);
      return Promise.resolve({ done: true });
    };
    const agent = agentAt(emulator.url, { tools: toolTable });
    const events = await eventsOf(agent.runStream(wish, fresh({ runClientTool })));
    expect(asked).toMatchObject([{ name: 'changeBackgroundColor', input: { color: 'navy' }, output: null }]);
    expect(ofType(events, 'tool-call')).toMatchObject([{ runs: 'client', input: { color: 'navy' } }]);
    expect(ofType(events, 'tool-result')).toMatchObject([{ output: { done: true }, isError: false }]);
  });

  it('[J15] what does not fit never reaches the client', async () => {
    const agent = agentAt(emulator.url, { tools: toolTable });
    const evil = 'Change the background color to "url(https://evil.example)"';
    const events = await eventsOf(agent.runStream(evil, fresh({ runClientTool: refuse })));
    expect(ofType(events, 'tool-call')).toMatchObject([{ runs: 'server' }]);
    const [result] = ofType(events, 'tool-result');
    expect(result?.isError).toBe(true);
    expect(JSON.stringify(result?.output)).toContain('color: must be a CSS colour');
  });

  it('[J15] a client that does not answer in time, or breaks, is a failed tool', async () => {
    const silent = clientTool({
      name: 'get_weather',
      description: 'The weather',
      parameters: city,
      timeoutMs: 20,
    });
    const agent = agentAt(emulator.url, { tools: [silent] });
    const late = await agent.run(asking, fresh({ runClientTool: () => new Promise(() => undefined) }));
    expect(late.turn.toolCalls).toMatchObject([{ output: { error: 'The tool took too long.' } }]);
    const gone = await agent.run(asking, fresh({ runClientTool: () => Promise.reject(new Error('gone')) }));
    expect(gone.turn.toolCalls).toMatchObject([{ output: { error: 'The tool failed.' } }]);
  });
});
