/** The agent where it runs: inside an object of the real runtime. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createAgent } from '../../src/agent/agent.ts';
import { defineTool } from '../../src/agent/tool.ts';
import { readAzureTarget } from '../../src/azure/target.ts';

// Here every module of the SDK is transformed when it is first imported: that takes seconds, and is no part of a test.
await import('../../src/agent/ai-sdk.ts');

function modelOf(chatDeployment: string) {
  const target = readAzureTarget(env);
  if (!target.ok) throw new Error(target.problems.join());
  return { ...target.value, chatDeployment };
}

const weather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: v.object({ city: v.string() }),
  run: ({ city }) => ({ city, sky: 'clear' }),
});

it('[J36] inside an object an agent loads its SDK, streams, calls tools and remembers', () =>
  runInDurableObject(env.DIRECTORY.getByName('agent'), async () => {
    const model = modelOf('gpt-4o');
    const agent = createAgent({ instructions: 'You are kind.', tools: [weather], model });
    const session = agent.createSession();
    const events = await Array.fromAsync(agent.runStream('The weather in Rome?', { session }));
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['tool-call', 'tool-result', 'text', 'end']),
    );
    await agent.run('My name is Ada', { session });
    const { turn } = await agent.run('What is my name?', { session });
    expect(turn.answer).toBe('Your name is Ada.');
  }));

function at(chatDeployment: string) {
  return createAgent({ instructions: 'You are kind.', model: modelOf(chatDeployment), stallMs: 500 });
}

it('[J36] so do its refusals, its stalls and its cancelling', () =>
  runInDurableObject(env.DIRECTORY.getByName('agent'), async () => {
    const throttled = at('rate-limited');
    const { error } = await throttled.run('Hello', { session: throttled.createSession() });
    expect([error?.code, error?.retryAfterMs]).toEqual(['upstream_throttled', 2_000]);
    const stalling = at('chat-stalls');
    const stalled = await stalling.run('Count to nine', { session: stalling.createSession() });
    expect([stalled.turn.answer, stalled.error?.code]).toEqual(['One, two', 'upstream_lost']);
    const abort = new AbortController();
    const { signal } = abort;
    const reasons: string[] = [];
    for await (const event of at('chat-stalls').runStream('Count to nine', {
      session: stalling.createSession(),
      signal,
    })) {
      if (event.type === 'text') abort.abort();
      if (event.type === 'end') reasons.push(event.turn.reason);
    }
    expect(reasons).toEqual(['cancelled']);
  }));
