import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvent } from '../../emulator/realtime/client-events.ts';
import { readPreviewFrame } from '../../emulator/realtime/preview-client.ts';
import { tellPreview } from '../../emulator/realtime/preview-server.ts';
import type { ServerEvent } from '../../emulator/realtime/server-events.ts';
import { tellDown } from '../../src/azure/preview-down.ts';
import { tellUp } from '../../src/azure/preview-up.ts';

const facts = { temperature: 0.7, conversationId: 'conv_1' };

/** Settings as old code wrote them, known keys and some that nobody knew. */
const detection = fc.oneof(
  fc.constant(null),
  fc.record({ type: fc.constant('none') }),
  fc.record(
    {
      type: fc.constantFrom('server_vad', 'semantic_vad'),
      threshold: fc.double({ min: 0, max: 1, noNaN: true }),
      prefix_padding_ms: fc.integer({ min: 0, max: 2000 }),
      silence_duration_ms: fc.integer({ min: 0, max: 2000 }),
      create_response: fc.boolean(),
      interrupt_response: fc.boolean(),
      a_key_of_nobody: fc.integer(),
    },
    { requiredKeys: ['type'] },
  ),
);
const tool = fc.record(
  {
    type: fc.constant('function'),
    name: fc.constantFrom('get_weather', 'sing'),
    description: fc.string({ maxLength: 20 }),
    parameters: fc.constant({ type: 'object', properties: {} }),
  },
  { requiredKeys: ['name'] },
);
const choice = fc.constantFrom<unknown>('auto', 'none', 'required', 'get_weather', {
  type: 'function',
  function: { name: 'sing' },
});
const modalities = fc.constantFrom<unknown>(['text'], ['text', 'audio'], ['audio', 'text'], ['audio'], []);
const format = fc.constantFrom<unknown>('pcm16', 'g711_ulaw', 'g711_alaw', 'mp3');
const session = fc.record(
  {
    modalities,
    instructions: fc.string({ maxLength: 30 }),
    voice: fc.constantFrom('alloy', 'verse'),
    input_audio_format: format,
    output_audio_format: format,
    input_audio_transcription: fc.constantFrom(null, { model: 'whisper-1', unknown: 1 }),
    input_audio_noise_reduction: fc.constantFrom(null, { type: 'near_field' }),
    turn_detection: detection,
    tools: fc.array(tool, { maxLength: 2 }),
    tool_choice: choice,
    max_response_output_tokens: fc.constantFrom<unknown>('inf', 1, 4096),
    temperature: fc.constantFrom(0.6, 0.8, 1.2),
    a_setting_of_nobody: fc.string({ maxLength: 5 }),
  },
  { requiredKeys: [] },
);
const response = fc.record(
  {
    modalities,
    instructions: fc.string({ maxLength: 30 }),
    voice: fc.constantFrom('alloy', 'verse'),
    output_audio_format: format,
    tools: fc.array(tool, { maxLength: 2 }),
    tool_choice: choice,
    max_response_output_tokens: fc.constantFrom<unknown>('inf', 1, 4096),
    conversation: fc.constantFrom('auto', 'none'),
    metadata: fc.constantFrom(null, { a: 'b' }),
    temperature: fc.constantFrom(0.6, 1.1),
  },
  { requiredKeys: [] },
);
const item = fc.oneof(
  fc.record({
    id: fc.constantFrom('item_1', 'item_2'),
    object: fc.constant('realtime.item'),
    type: fc.constant('message'),
    role: fc.constantFrom('user', 'system'),
    content: fc.array(fc.record({ type: fc.constant('input_text'), text: fc.string({ maxLength: 9 }) }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  fc.record({
    type: fc.constant('message'),
    role: fc.constant('assistant'),
    content: fc.array(fc.record({ type: fc.constant('text'), text: fc.string({ maxLength: 9 }) }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  fc.record({
    type: fc.constant('function_call_output'),
    call_id: fc.constant('call_1'),
    output: fc.string(),
  }),
);
const clientEvent = fc.oneof(
  fc.record({ type: fc.constant('session.update'), event_id: fc.constant('mine'), session }),
  fc.record({ type: fc.constant('response.create'), response }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('conversation.item.create'), item, a_key_of_nobody: fc.boolean() }),
  fc.record({ type: fc.constant('response.cancel'), response_id: fc.constant('resp_1') }),
  fc.record({ type: fc.constant('input_audio_buffer.commit'), a_key_of_nobody: fc.boolean() }),
);

describe('the wire before GA, up', () => {
  it('[Z1] each client event of the preview is told in GA words as another reader of both wires tells it', () => {
    fc.assert(
      fc.property(clientEvent, (event) => {
        const theirs = readPreviewFrame(JSON.stringify(event), 'realtime').frame;
        const told = tellUp(event);
        const ours = told.ok ? readEvent(told.event, 'realtime') : null;
        expect(ours?.ok ? ours : 'refused').toEqual(theirs.ok ? theirs : 'refused');
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [
      'session.modalities',
      { modalities: ['audio'] },
      'session.modalities may be ["text"] or ["text", "audio"].',
    ],
    [
      'session.input_audio_format',
      { input_audio_format: 'mp3' },
      'session.input_audio_format may be pcm16, g711_ulaw, g711_alaw.',
    ],
    [
      'session.output_modalities',
      { output_modalities: ['text'] },
      'session.output_modalities is a name of GA; this address speaks the preview.',
    ],
  ])('[Z2] %s that the preview refused is refused in its own words', (param, fields, message) => {
    const told = tellUp({ type: 'session.update', session: fields });
    expect(told).toEqual({ ok: false, complaint: { code: 'invalid_value', message, param } });
  });

  it('[Z2] a session that only transcribes is refused, and an unknown event stays as it is', () => {
    expect(tellUp({ type: 'transcription_session.update', session: {} })).toMatchObject({ ok: false });
    const event = { type: 'session.close', some: 1 };
    expect(tellUp(event)).toEqual({ ok: true, event, temperature: null });
  });

  it('[Z3] a temperature is taken and told, and never goes up', () => {
    const told = tellUp({ type: 'session.update', session: { temperature: 0.9 } });
    expect(told).toEqual({
      ok: true,
      event: { type: 'session.update', session: { type: 'realtime' } },
      temperature: 0.9,
    });
  });
});

const format24 = { type: 'audio/pcm', rate: 24_000 } as const;
const usage = {
  total_tokens: 5,
  input_tokens: 3,
  output_tokens: 2,
  input_token_details: {
    text_tokens: 3,
    audio_tokens: 0,
    image_tokens: 0,
    cached_tokens: 0,
    cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 2, audio_tokens: 0 },
} as const;
const address = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 } as const;
const spoken = {
  id: 'item_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_audio', transcript: 'Hello.' }],
} as const;
const view = {
  object: 'realtime.response',
  id: 'resp_1',
  status: 'completed',
  status_details: null,
  output: [spoken],
  conversation_id: 'conv_1',
  output_modalities: ['audio'],
  max_output_tokens: 'inf',
  audio: { output: { format: format24, voice: 'alloy' } },
  usage,
  metadata: null,
} as const;

const serverEvents: readonly ServerEvent[] = [
  { type: 'response.created', response: { ...view, status: 'in_progress', output: [], usage: null } },
  { type: 'response.output_item.added', response_id: 'resp_1', output_index: 0, item: spoken },
  { type: 'conversation.item.added', previous_item_id: null, item: spoken },
  { type: 'conversation.item.done', previous_item_id: null, item: spoken },
  { type: 'response.content_part.added', ...address, part: { type: 'audio', transcript: '' } },
  { type: 'response.output_audio_transcript.delta', ...address, delta: 'Hel', obfuscation: 'xx' },
  { type: 'response.output_audio.delta', ...address, delta: 'AAAA' },
  { type: 'response.output_audio.done', ...address },
  { type: 'response.output_audio_transcript.done', ...address, transcript: 'Hello.' },
  { type: 'response.output_text.delta', ...address, delta: 'Hel', obfuscation: 'xx' },
  { type: 'response.output_text.done', ...address, text: 'Hello.' },
  { type: 'response.done', response: view },
  { type: 'input_audio_buffer.timeout_triggered', audio_start_ms: 0, audio_end_ms: 9, item_id: 'item_2' },
  {
    type: 'error',
    error: {
      type: 'invalid_request_error',
      code: 'invalid_value',
      message: "Wrong: 'session.audio.input.turn_detection.threshold'.",
      param: 'session.audio.input.turn_detection.threshold',
      event_id: 'mine',
    },
  },
];

describe('the wire before GA, down', () => {
  it.each(serverEvents.map((event) => [event.type, event] as const))(
    '[Z4] %s comes down in the words of the preview, as another teller of both wires has it',
    (_type, event) => {
      const ours = tellDown(JSON.stringify(event), facts).map((frame): unknown => JSON.parse(frame));
      expect(ours).toEqual(
        tellPreview(event, facts).map((told): unknown => JSON.parse(JSON.stringify(told))),
      );
    },
  );

  it('[Z5] sound is renamed by its first bytes, whatever follows', () => {
    const frame = '{"type":"response.output_audio.delta","delta":"not even closed';
    expect(tellDown(frame, facts)).toEqual(['{"type":"response.audio.delta","delta":"not even closed']);
  });

  it('[Z6] a session is told flat, with its temperature, and its conversation follows it', () => {
    const created = {
      type: 'session.created',
      event_id: 'event_1',
      session: {
        type: 'realtime',
        object: 'realtime.session',
        id: 'sess_1',
        model: 'gpt-realtime',
        output_modalities: ['audio'],
        audio: {
          input: {
            format: format24,
            transcription: null,
            noise_reduction: null,
            turn_detection: { type: 'server_vad', threshold: 0.5, idle_timeout_ms: null },
          },
          output: { format: { type: 'audio/pcmu' }, voice: 'alloy', speed: 1 },
        },
        max_output_tokens: 'inf',
        truncation: 'auto',
      },
    };
    expect(tellDown(JSON.stringify(created), facts).map((frame): unknown => JSON.parse(frame))).toEqual([
      {
        type: 'session.created',
        event_id: 'event_1',
        session: {
          object: 'realtime.session',
          id: 'sess_1',
          model: 'gpt-realtime',
          modalities: ['text', 'audio'],
          input_audio_format: 'pcm16',
          output_audio_format: 'g711_ulaw',
          input_audio_transcription: null,
          input_audio_noise_reduction: null,
          turn_detection: { type: 'server_vad', threshold: 0.5 },
          voice: 'alloy',
          speed: 1,
          max_response_output_tokens: 'inf',
          temperature: 0.7,
        },
      },
      {
        type: 'conversation.created',
        event_id: 'event_1_c',
        conversation: { id: 'conv_1', object: 'realtime.conversation' },
      },
    ]);
  });

  it('[Z4] an event that nobody knows, and a frame that is none, come down as they are', () => {
    for (const frame of ['{"type":"something.new","a":1}', 'no json']) {
      expect(tellDown(frame, facts)).toEqual([frame]);
    }
  });
});
