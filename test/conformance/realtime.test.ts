/**
 * What Voxgate believes of Azure's GA realtime wire, written once and run against the emulator always and against a
 * real Azure with `npm run test:live`. Where the sources disagree or are silent, a case allows every answer they allow,
 * and says so.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { append, ask, configure, order, soundOf, typeText } from '../emulator/talk.ts';
import {
  pick,
  pickNumber,
  pickString,
  type RealtimeClient,
  type Received,
} from '../support/realtime-client.ts';
import { quiet, speech } from '../support/speech.ts';
import { openTarget, type Target } from './target.ts';

/** May come anywhere after a response, or never; transcriptions come when they are ready. */
const UNPLACED =
  /^(rate_limits\.updated|conversation\.created|conversation\.item\.input_audio_transcription\.)/;

let azure: Target;
beforeAll(async () => {
  azure = await openTarget();
});
afterAll(() => azure.close());

/** The order of events whose place is certain. */
function placed(frames: readonly Received[]): string[] {
  return order(frames.filter((frame) => !UNPLACED.test(frame.type)));
}

/** Sends something wrong, and returns the body of the error that answers it. */
async function errorFor(client: RealtimeClient, event: object): Promise<unknown> {
  client.send({ ...event, event_id: 'the-cause' });
  return pick(await client.until('error'), 'error');
}

/** Asks for something typed to be put somewhere. */
function create(text: string, place: object): object {
  const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
  return { type: 'conversation.item.create', item, ...place };
}

async function openInWriting(): Promise<RealtimeClient> {
  const client = await azure.open();
  await configure(client, { output_modalities: ['text'] });
  return client;
}

describe('the door', () => {
  it('[N13] a wrong key is refused with 401 before the upgrade', async () => {
    expect((await azure.refused({ key: 'not-the-key' })).status).toBe(401);
  });

  it('[N13] an unknown deployment is refused with 404 before the upgrade', async () => {
    const refused = await azure.refused({ deployment: 'no-such-deployment' });
    expect(refused.status).toBe(404);
    expect(pick(refused.body, 'error.code')).toBe('DeploymentNotFound');
  });
});

describe('a session', () => {
  it('[N14] is greeted first of all, with its defaults', async () => {
    const client = await azure.open('leave');
    const greeting = await client.next();
    expect(greeting.type).toBe('session.created');
    expect(pick(greeting, 'session')).toMatchObject({
      type: 'realtime',
      object: 'realtime.session',
      id: expect.stringMatching(/^sess_/),
      model: expect.any(String),
      output_modalities: ['audio'],
      tools: [],
      tool_choice: 'auto',
      max_output_tokens: 'inf',
      expires_at: expect.any(Number),
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24_000 },
          transcription: null,
          noise_reduction: null,
          turn_detection: { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300 },
        },
        output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: expect.any(String) },
      },
    });
    // Captures say 200, the documentation says 500.
    const silence = pickNumber(greeting, 'session.audio.input.turn_detection.silence_duration_ms');
    expect([200, 500]).toContain(silence);
    await client.close();
  });

  it('[N14] is changed in what an update names, and in nothing else', async () => {
    const client = await azure.open();
    await configure(client, { instructions: 'Answer in one word.', output_modalities: ['text'] });
    const detection = { type: 'server_vad', threshold: 0.7, silence_duration_ms: 640 };
    const updated = await configure(client, { audio: { input: { turn_detection: detection } } });
    expect(pick(updated, 'session')).toMatchObject({
      instructions: 'Answer in one word.',
      output_modalities: ['text'],
      audio: { input: { turn_detection: detection } },
    });
    await client.close();
  });

  it('[N15] refuses an update with one unknown key as a whole', async () => {
    const client = await azure.open();
    const session = { type: 'realtime', instructions: 'Never in force.', nonsense: 1 };
    expect(await errorFor(client, { type: 'session.update', session })).toMatchObject({
      type: 'invalid_request_error',
      code: 'unknown_parameter',
      param: 'session.nonsense',
      event_id: 'the-cause',
    });
    const shown = await configure(client, { tool_choice: 'auto' });
    expect(pick(shown, 'session.instructions')).not.toBe('Never in force.');
    await client.close();
  });

  it('[N15] needs the type of session in every update', async () => {
    const client = await azure.open();
    const error = await errorFor(client, { type: 'session.update', session: { instructions: 'No type.' } });
    expect(error).toMatchObject({ param: 'session.type', event_id: 'the-cause' });
    await client.close();
  });

  it('[N16] answers what it cannot read with an error, and lives', async () => {
    const client = await azure.open();
    client.sendText('{ not json');
    expect(pick(await client.until('error'), 'error.type')).toBe('invalid_request_error');
    expect(await errorFor(client, { type: 'no.such.event' })).toMatchObject({
      code: 'invalid_value',
      param: 'type',
      event_id: 'the-cause',
    });
    expect((await configure(client, { output_modalities: ['text'] })).type).toBe('session.updated');
    await client.close();
  });
});

describe('a turn', () => {
  it('[N17] that is typed is answered in writing, in this order', async () => {
    const client = await openInWriting();
    const frames = await ask(client, 'Repeat after me: one two three');
    expect(placed(frames)).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const deltas = frames.filter((frame) => frame.type === 'response.output_text.delta');
    const text = frames.find((frame) => frame.type === 'response.output_text.done');
    expect(deltas.map((delta) => pick(delta, 'delta')).join('')).toBe(pick(text, 'text'));
    await client.close();
  });

  it('[N17] that is typed is answered aloud, in this order, and paid for', async () => {
    const client = await azure.open();
    const frames = await ask(client, 'Hello');
    const types = placed(frames).filter((type) => !type.endsWith('.delta'));
    expect(types).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    expect(soundOf(frames).length % 2).toBe(0);
    const usage = pick(frames.at(-1), 'response.usage');
    expect(pickNumber(usage, 'output_token_details.audio_tokens')).toBeGreaterThan(0);
    expect(pickNumber(usage, 'total_tokens')).toBe(
      pickNumber(usage, 'input_tokens') + pickNumber(usage, 'output_tokens'),
    );
    await client.close();
  });

  it('[N18] that is spoken is found, committed under the announced id, and answered', async () => {
    const client = await openInWriting();
    append(client, await speech('What can you do?'));
    append(client, quiet(1_000));
    const frames = await client.allUntil('response.created');
    expect(placed(frames)).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
    ]);
    const ids = frames.flatMap((frame) => pick(frame, 'item_id') ?? pick(frame, 'item.id') ?? []);
    expect(new Set(ids).size).toBe(1);
    await client.until('response.done');
    await client.close();
  });

  it('[N19] without detection is committed and answered when the client says so', async () => {
    const client = await openInWriting();
    await configure(client, { audio: { input: { turn_detection: null } } });
    expect(await errorFor(client, { type: 'input_audio_buffer.commit' })).toMatchObject({
      code: 'input_audio_buffer_commit_empty',
      event_id: 'the-cause',
    });
    append(client, await speech('Hello'));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(placed(await client.allUntil('conversation.item.done'))).toEqual([
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
    ]);
    client.send({ type: 'response.create' });
    expect(pick(await client.until('response.done'), 'response.status')).toBe('completed');
    client.send({ type: 'input_audio_buffer.clear' });
    await client.until('input_audio_buffer.cleared');
    await client.close();
  });
});

describe('an answer', () => {
  it('[N20] is cancelled where it is, once, and another is refused while it runs', async () => {
    const client = await azure.open();
    await typeText(client, 'Count to thirty');
    client.send({ type: 'response.create' });
    await client.until('response.output_audio.delta');
    expect(await errorFor(client, { type: 'response.create' })).toMatchObject({
      code: 'conversation_already_has_active_response',
      event_id: 'the-cause',
    });
    client.send({ type: 'response.cancel' });
    const done = await client.until('response.done');
    expect(pick(done, 'response')).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'client_cancelled' },
    });
    expect(await errorFor(client, { type: 'response.cancel' })).toMatchObject({
      code: 'response_cancel_not_active',
      event_id: 'the-cause',
    });
    await client.close();
  });

  it('[N21] is truncated to what was heard, and loses its words', async () => {
    const client = await azure.open();
    const frames = await ask(client, 'Hello');
    const item = pickString(frames.at(-1), 'response.output.0.id');
    const truncation = { type: 'conversation.item.truncate', item_id: item, content_index: 0 };
    // The code of this refusal is not certain; that it is one, and names its cause, is.
    expect(await errorFor(client, { ...truncation, audio_end_ms: 3_600_000 })).toMatchObject({
      type: 'invalid_request_error',
      event_id: 'the-cause',
    });
    client.send({ ...truncation, audio_end_ms: 200 });
    expect(await client.until('conversation.item.truncated')).toMatchObject({
      item_id: item,
      content_index: 0,
      audio_end_ms: 200,
    });
    client.send({ type: 'conversation.item.retrieve', item_id: item });
    const kept = await client.until('conversation.item.retrieved');
    expect([undefined, null, '']).toContain(pick(kept, 'item.content.0.transcript'));
    await client.close();
  });

  it('[N22] calls the function it must call, and goes on with its result', async () => {
    const client = await openInWriting();
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const tools = [{ type: 'function', name: 'get_weather', description: 'Tells the weather.', parameters }];
    await configure(client, { tools, tool_choice: 'required' });
    const frames = await ask(client, 'Get the weather in Paris');
    const call = frames.find((frame) => frame.type === 'response.function_call_arguments.done');
    const pieces = frames.filter((frame) => frame.type === 'response.function_call_arguments.delta');
    expect(pieces.map((piece) => pick(piece, 'delta')).join('')).toBe(pick(call, 'arguments'));
    expect(JSON.parse(pickString(call, 'arguments'))).toHaveProperty('city');
    const made = pick(frames.at(-1), 'response.output.0');
    expect(made).toMatchObject({ type: 'function_call', name: 'get_weather', status: 'completed' });
    const result = { type: 'function_call_output', call_id: pick(made, 'call_id'), output: 'Sunny.' };
    client.send({ type: 'conversation.item.create', item: result });
    await client.until('conversation.item.done');
    client.send({ type: 'response.create', response: { tool_choice: 'none' } });
    const done = await client.until('response.done');
    expect(pick(done, 'response.output.0')).toMatchObject({ type: 'message', role: 'assistant' });
    await client.close();
  });
});

describe('the conversation', () => {
  it('[N23] gives items back and lets go of them, and refuses those it does not have', async () => {
    const client = await openInWriting();
    const item = pickString(await typeText(client, 'Keep this'), 'item.id');
    client.send({ type: 'conversation.item.retrieve', item_id: item });
    expect(pick(await client.until('conversation.item.retrieved'), 'item')).toMatchObject({
      id: item,
      role: 'user',
      content: [{ type: 'input_text', text: 'Keep this' }],
    });
    client.send({ type: 'conversation.item.delete', item_id: item });
    expect((await client.until('conversation.item.deleted'))['item_id']).toBe(item);
    for (const [verb, code] of [
      ['retrieve', 'item_retrieve_invalid_item_id'],
      ['delete', 'item_delete_invalid_item_id'],
    ]) {
      const error = await errorFor(client, { type: `conversation.item.${verb}`, item_id: item });
      expect(error).toMatchObject({ code });
      // One recording shows null where every other error names its cause.
      expect(['the-cause', null]).toContain(pick(error, 'event_id'));
    }
    await client.close();
  });

  it('[N23] puts items where they are asked to go', async () => {
    const client = await openInWriting();
    const first = pickString(await typeText(client, 'first'), 'item.id');
    client.send(create('behind it', { previous_item_id: first }));
    expect((await client.until('conversation.item.added'))['previous_item_id']).toBe(first);
    client.send(create('before all', { previous_item_id: 'root' }));
    // Null is what was captured; that it is no item's id is what counts.
    expect([null, undefined, 'root']).toContain(
      (await client.until('conversation.item.added'))['previous_item_id'],
    );
    expect(await errorFor(client, create('nowhere', { previous_item_id: 'item_none' }))).toMatchObject({
      code: 'item_create_invalid_previous_item_id',
    });
    await client.close();
  });
});
