import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, pickString, type RealtimeClient } from '../support/realtime-client.ts';
import { speech, toBase64 } from '../support/speech.ts';
import { ask, configure, openSession, order, typeText, wordsOf } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterAll(() => emulator.close());

const said = (text: string, id?: string): object => ({
  ...(id === undefined ? {} : { id }),
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text }],
});

async function refusal(client: RealtimeClient, event: object): Promise<unknown> {
  client.send(event);
  return pick(await client.until('error'), 'error');
}

const weather = {
  type: 'function',
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string' },
      days: { type: 'integer' },
      unit: { enum: ['celsius', 'fahrenheit'] },
    },
    required: ['city', 'unit'],
  },
};

describe('conversation items', () => {
  it('[E37] go to the end, behind another, or before everything, and are acknowledged twice with their place', async () => {
    const client = await openSession(emulator);
    client.send({ type: 'conversation.item.create', item: said('one', 'a') });
    client.send({ type: 'conversation.item.create', item: said('two', 'b') });
    client.send({ type: 'conversation.item.create', item: said('between', 'c'), previous_item_id: 'a' });
    client.send({ type: 'conversation.item.create', item: said('first', 'd'), previous_item_id: 'root' });
    const frames = [
      await client.allUntil('conversation.item.done'),
      await client.allUntil('conversation.item.done'),
    ].flat();
    const more = [
      await client.allUntil('conversation.item.done'),
      await client.allUntil('conversation.item.done'),
    ].flat();
    const places = [...frames, ...more].map((frame) => [
      frame.type,
      pick(frame, 'item.id'),
      frame['previous_item_id'],
    ]);
    expect(places).toEqual(
      [
        ['a', null],
        ['b', 'a'],
        ['c', 'a'],
        ['d', null],
      ].flatMap(([id, previous]) => [
        ['conversation.item.added', id, previous],
        ['conversation.item.done', id, previous],
      ]),
    );
    await client.close();
  });

  it('[E37] are refused behind an unknown item, with an id that is taken or too long, and as assistant sound', async () => {
    const client = await openSession(emulator);
    client.send({ type: 'conversation.item.create', item: said('one', 'a') });
    await client.until('conversation.item.done');
    const create = { type: 'conversation.item.create', event_id: 'mine' };
    expect(await refusal(client, { ...create, item: said('x'), previous_item_id: 'nope' })).toMatchObject({
      code: 'item_create_invalid_previous_item_id',
      event_id: 'mine',
    });
    expect(await refusal(client, { ...create, item: said('x', 'a') })).toMatchObject({
      code: 'invalid_value',
    });
    expect(await refusal(client, { ...create, item: said('x', 'i'.repeat(33)) })).toMatchObject({
      code: 'string_above_max_length',
      param: 'item.id',
    });
    const sound = { type: 'message', role: 'assistant', content: [{ type: 'output_audio', audio: '' }] };
    expect(await refusal(client, { ...create, item: sound })).toMatchObject({
      param: 'item.content[0].type',
    });
    await client.close();
  });

  it('[E38] can be retrieved with their sound, and deleted; unknown ones are refused', async () => {
    const client = await openSession(emulator);
    const audio = toBase64(await speech('Keep this.'));
    const content = [{ type: 'input_audio', audio }];
    client.send({
      type: 'conversation.item.create',
      item: { id: 'a', type: 'message', role: 'user', content },
    });
    const added = await client.until('conversation.item.added');
    expect(pick(added, 'item.content')).toEqual([{ type: 'input_audio', transcript: null }]);
    client.send({ type: 'conversation.item.retrieve', item_id: 'a' });
    const retrieved = await client.until('conversation.item.retrieved');
    expect(pick(retrieved, 'item.content.0.audio')).toBe(audio);
    client.send({ type: 'conversation.item.delete', item_id: 'a' });
    expect(await client.next()).toMatchObject({ type: 'conversation.item.deleted', item_id: 'a' });
    for (const verb of ['retrieve', 'delete']) {
      const error = await refusal(client, { type: `conversation.item.${verb}`, item_id: 'a' });
      expect(error).toMatchObject({ code: `item_${verb}_invalid_item_id` });
    }
    await client.close();
  });

  it('[E60] sound put in as an item is heard like spoken words', async () => {
    const client = await openSession(emulator);
    const content = [{ type: 'input_audio', audio: toBase64(await speech('Hear this.')) }];
    client.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    client.send({ type: 'response.create' });
    expect(wordsOf(await client.allUntil('response.done'))).toContain('I heard you for');
    await client.close();
  });
});

describe('function calls', () => {
  it('[E42] are made when the words of a tool are typed: the exact order, arguments streamed', async () => {
    const client = await openSession(emulator);
    await configure(client, { tools: [weather] });
    const frames = await ask(client, 'What is the weather in Paris?');
    expect(order(frames)).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const deltas = frames.filter((frame) => frame.type === 'response.function_call_arguments.delta');
    const done = frames.find((frame) => frame.type === 'response.function_call_arguments.done');
    expect(deltas.map((frame) => pickString(frame, 'delta')).join('')).toBe(done?.['arguments']);
    expect(JSON.parse(pickString(done, 'arguments'))).toEqual({ city: 'Paris', unit: 'celsius' });
    expect(done).toMatchObject({ name: 'get_weather', call_id: expect.stringMatching(/^call_/) });
    const output = { type: 'function_call_output', call_id: done?.['call_id'], output: 'Sunny.' };
    client.send({ type: 'conversation.item.create', item: output });
    client.send({ type: 'response.create' });
    expect(wordsOf(await client.allUntil('response.done'))).toContain('Sunny.');
    await client.close();
  });

  it('[E42] follow tool_choice: none never, required and a name always', async () => {
    const client = await openSession(emulator);
    await configure(client, { tools: [weather], tool_choice: 'none', output_modalities: ['text'] });
    expect(order(await ask(client, 'What is the weather in Paris?'))).toContain('response.output_text.done');
    for (const choice of ['required', { type: 'function', name: 'get_weather' }]) {
      const frames = await ask(client, 'Hello', { tool_choice: choice });
      expect(order(frames)).toContain('response.function_call_arguments.done');
    }
    await client.close();
  });
});

describe('memory', () => {
  it('[E61] lasts as long as the conversation and no longer', async () => {
    const client = await openSession(emulator);
    await configure(client, { output_modalities: ['text'] });
    expect(wordsOf(await ask(client, 'What is my name?'))).toBe('I do not know your name yet.');
    await ask(client, 'My name is Alice');
    expect(wordsOf(await ask(client, "What's my name?"))).toBe('Your name is Alice.');
    await client.close();
    const other = await openSession(emulator);
    expect(wordsOf(await ask(other, 'What is my name?'))).toBe('I do not know your name yet.');
    await other.close();
  });

  it('[E61] goes with the item that held it', async () => {
    const client = await openSession(emulator);
    await configure(client, { output_modalities: ['text'] });
    const item = pickString(await typeText(client, 'My name is Alice'), 'item.id');
    client.send({ type: 'conversation.item.delete', item_id: item });
    expect(wordsOf(await ask(client, 'What is my name?'))).toBe('I do not know your name yet.');
    await client.close();
  });
});
