import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrubError } from '../../src/azure/scrub-error.ts';
import { scrubFrame, scrubSession } from '../../src/azure/scrub.ts';
import type { Operator } from '../../src/azure/session.ts';
import type { WireEvent } from '../../src/azure/wire.ts';
import { instructions, locked, unlocked } from './operators.ts';

/** What comes down of an event. */
function down(event: WireEvent, operator = locked): unknown {
  return JSON.parse(scrubFrame({ type: event.type, frame: JSON.stringify(event) }, operator));
}

const tools = [
  { type: 'mcp', server_label: 'crm', server_url: 'https://crm.example', authorization: 'secret' },
];

describe('a session', () => {
  const session = {
    type: 'realtime',
    object: 'realtime.session',
    id: 'sess_1',
    model: 'our-deployment',
    output_modalities: ['audio'],
    instructions,
    tools,
    tool_choice: { type: 'mcp', server_label: 'crm' },
    max_output_tokens: 'inf',
    tracing: { workflow_name: 'concierge' },
    truncation: 'auto',
    prompt: { id: 'pmpt_1' },
    expires_at: 1,
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: { model: 'hush-1', language: 'de', prompt: instructions },
        noise_reduction: null,
        turn_detection: { type: 'server_vad', threshold: 0.5 },
      },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy', speed: 1 },
    },
    include: null,
    system_card: instructions,
  };

  it('[U8] is told to a locked client as it sounds, and without what the operator keeps', () => {
    const seen = scrubSession(
      { type: 'session.updated', event_id: 'event_1', session, debug: tools },
      locked,
    );
    expect(seen).toEqual({
      type: 'session.updated',
      event_id: 'event_1',
      session: {
        type: 'realtime',
        object: 'realtime.session',
        id: 'sess_1',
        output_modalities: ['audio'],
        instructions: '',
        tools: [],
        tool_choice: 'auto',
        max_output_tokens: 'inf',
        tracing: null,
        truncation: 'auto',
        prompt: null,
        expires_at: 1,
        audio: {
          input: { ...session.audio.input, transcription: { language: 'de' } },
          output: session.audio.output,
        },
        include: null,
      },
    });
    expect(down({ type: 'session.created', session })).toMatchObject({
      session: { id: 'sess_1', instructions: '', tools: [] },
    });
  });

  it('[U8] tells an unlocked client its own instructions, and never the operator’s', () => {
    const mine = { type: 'session.updated', session: { ...session, instructions: 'Mine.' } };
    expect(scrubSession(mine, unlocked)).toEqual(mine);
    expect(scrubSession({ type: 'session.updated', session }, unlocked)).toMatchObject({
      session: { instructions: '', tools: [] },
    });
  });

  it('[U8] that is none holds nothing', () => {
    expect(scrubSession({ type: 'session.updated', session: [instructions] }, locked)).toEqual({
      type: 'session.updated',
      session: { instructions: '', tools: [] },
    });
  });
});

describe('items', () => {
  const plain: WireEvent[] = [
    {
      type: 'conversation.item.added',
      event_id: 'e',
      previous_item_id: null,
      item: { id: 'a', type: 'message', role: 'user', content: [] },
    },
    {
      type: 'conversation.item.done',
      item: {
        id: 'b',
        type: 'message',
        role: 'assistant',
        phase: 'x',
        content: [{ type: 'output_text', text: instructions }],
      },
    },
    {
      type: 'response.output_item.done',
      response_id: 'r',
      output_index: 0,
      item: { id: 'c', type: 'function_call', name: 'getPageHTML', arguments: '{}' },
    },
    {
      type: 'conversation.item.retrieved',
      item: { id: 'd', type: 'function_call_output', call_id: 'c', output: 'x' },
    },
  ];

  it.each(plain)('[U26] of the person and the model come down letter for letter: $type', (event) => {
    const frame = JSON.stringify(event, null, 1);
    expect(scrubFrame({ type: event.type, frame }, locked)).toBe(frame);
  });

  const content = [{ type: 'input_text', text: instructions }];
  const kept: [string, object, object][] = [
    [
      'the system',
      { type: 'message', role: 'system', content },
      { type: 'message', role: 'system', content: [] },
    ],
    [
      'nobody known',
      { type: 'message', role: 'developer', content },
      { type: 'message', role: 'developer', content: [] },
    ],
    [
      'a list of tools',
      { type: 'mcp_list_tools', server_label: 'crm', tools },
      { type: 'mcp_list_tools', server_label: '', tools: [] },
    ],
    [
      'a server’s tool',
      {
        type: 'mcp_call',
        server_label: 'crm',
        name: 'find',
        arguments: '{"room":404}',
        output: 'pink',
        error: null,
      },
      { type: 'mcp_call', server_label: '', name: '', arguments: '', output: null },
    ],
    [
      'a wish for approval',
      { type: 'mcp_approval_request', server_label: 'crm', name: 'find', arguments: '{}' },
      { type: 'mcp_approval_request', server_label: '', name: '', arguments: '' },
    ],
    ['a kind that nobody knows', { type: 'reasoning', summary: instructions }, { type: 'reasoning' }],
    [
      'a call with a role',
      { type: 'function_call', role: 'system', arguments: instructions },
      { type: 'function_call', role: 'system' },
    ],
  ];

  it.each(kept)('[U26] of %s keep their place and lose what they say', (_, item, seen) => {
    const shell = { id: 'item_1', object: 'realtime.item', status: 'completed' };
    for (const name of ['created', 'added', 'done', 'retrieved']) {
      const event = { type: `conversation.item.${name}`, event_id: 'e', previous_item_id: 'item_0' };
      expect(down({ ...event, item: { ...shell, ...item } })).toEqual({
        ...event,
        item: { ...shell, ...seen },
      });
    }
    for (const name of ['added', 'done']) {
      const event = { type: `response.output_item.${name}`, response_id: 'r', output_index: 0 };
      expect(down({ ...event, item: { ...shell, ...item } })).toEqual({
        ...event,
        item: { ...shell, ...seen },
      });
    }
  });

  it('[U26] what a server’s tool is called with does not come down', () => {
    const names = { event_id: 'e', response_id: 'r', item_id: 'i', output_index: 0 };
    const delta = { type: 'response.mcp_call_arguments.delta', ...names, obfuscation: 'x' };
    expect(down({ ...delta, delta: '{"room":404}' })).toEqual({ ...delta, delta: '' });
    const done = { type: 'response.mcp_call_arguments.done', ...names };
    expect(down({ ...done, arguments: '{"room":404}' })).toEqual({ ...done, arguments: '' });
  });

  it('[U26] an unlocked client sees them all', () => {
    for (const [, item] of kept) {
      const event = { type: 'conversation.item.added', item };
      expect(down(event, unlocked)).toEqual(event);
    }
  });
});

describe('a response', () => {
  const response = {
    object: 'realtime.response',
    id: 'resp_1',
    status: 'completed',
    status_details: null,
    output: [
      { id: 'a', type: 'message', role: 'assistant', content: [{ type: 'output_audio', transcript: 'Hi' }] },
    ],
    conversation_id: 'conv_1',
    output_modalities: ['audio'],
    max_output_tokens: 'inf',
    audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy' } },
    usage: { total_tokens: 10 },
    metadata: { topic: 'weather' },
  };

  it.each(['response.created', 'response.done'])(
    '[U26] of an answer comes down letter for letter: %s',
    (type) => {
      const frame = JSON.stringify({ type, event_id: 'e', response }, null, 1);
      expect(scrubFrame({ type, frame }, locked)).toBe(frame);
    },
  );

  it('[U26] comes down without the operator’s words, tools and notes', () => {
    const all = {
      ...response,
      instructions,
      tools,
      tool_choice: 'required',
      prompt: { id: 'p' },
      model: 'our-deployment',
      metadata: { topic: 'weather', vg_turn: 'wrap-up' },
      output: [...response.output, { id: 'b', type: 'mcp_call', name: 'find', output: 'pink' }],
    };
    expect(down({ type: 'response.done', response: all })).toEqual({
      type: 'response.done',
      response: {
        ...response,
        output: [
          ...response.output,
          { id: 'b', type: 'mcp_call', server_label: '', name: '', arguments: '', output: null },
        ],
      },
    });
  });

  it('[U26] that failed says why, unless that quotes the operator', () => {
    const plain = failed('Rate limit reached. Try again in 2 s.');
    expect(down(plain)).toEqual(plain);
    expect(down(failed(`Too long: ${instructions}`))).toEqual({
      type: 'response.done',
      response: {
        status: 'failed',
        status_details: { type: 'failed', error: { type: 'server_error', code: 'x' } },
      },
    });
  });

  it('[U26] a failed transcription names no deployment', () => {
    const error = {
      type: 'server_error',
      code: 'DeploymentNotFound',
      message: 'hush-1 is not there',
      param: 'hush-1',
    };
    const event = {
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: 'a',
      content_index: 0,
    };
    expect(down({ ...event, error })).toEqual({
      ...event,
      error: {
        type: 'server_error',
        code: 'DeploymentNotFound',
        message: 'What was said could not be written down.',
        param: null,
      },
    });
  });
});

describe('what Azure never said before', () => {
  it('[U28] comes down letter for letter when it says nothing of the operator’s', () => {
    const frame = '{ "type":"response.something.new", "x":[1, {"y":"the concierge"}] }';
    expect(scrubFrame({ type: 'response.something.new', frame }, locked)).toBe(frame);
  });

  it.each<[string, string]>([
    ['as it is', instructions],
    ['in instructions of another alphabet', 'Sag niemandem, dass Zimmer 404 frei ist: ¡nunca! 決して。'],
    ['in another alphabet alone', '決して部屋のことを言わないでください。'],
  ])('[U28] loses every text that repeats the instructions: %s', (_, secret) => {
    const operator: Operator = { ...locked, instructions: secret };
    const event = { type: 'session.debugged', a: [{ b: `So: ${secret}` }], [secret]: 1, c: 'fine' };
    const plain = JSON.stringify(event);
    const ascii = plain.replaceAll(
      /[^\x20-\x7e]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    for (const frame of [
      plain,
      ascii,
      ascii.replaceAll(/\\u[0-9a-f]{4}/g, (one) => `\\u${one.slice(2).toUpperCase()}`),
    ]) {
      expect(JSON.parse(scrubFrame({ type: event.type, frame }, operator))).toEqual({
        type: 'session.debugged',
        a: [{ b: '[kept by the operator]' }],
        '[kept by the operator]': 1,
        c: 'fine',
      });
    }
  });

  it.each(['session.debugged', 'conversation.item.added', 'response.output_item.done', 'response.done'])(
    '[U31] comes down as its type alone when it cannot be read: %s',
    (type) => {
      const frame = `{"type":"${type}","a":${JSON.stringify(instructions)},}`;
      expect(scrubFrame({ type, frame }, locked)).toBe(`{"type":"${type}"}`);
      expect(scrubFrame({ type, frame }, unlocked)).toBe(frame);
    },
  );

  it('[U31] an unknown event that cannot be read and holds none of the operator’s words is left as it is', () => {
    const frame = '{"type":"session.debugged","a":"fine",}';
    expect(scrubFrame({ type: 'session.debugged', frame }, locked)).toBe(frame);
  });

  it('[U28] comes down to an unlocked client as it is', () => {
    const event = { type: 'session.debugged', a: instructions };
    expect(down(event, unlocked)).toEqual(event);
  });

  it('[U28] is not read at all when it is sound, or words somebody said', () => {
    const frame = JSON.stringify({ type: 'response.output_audio_transcript.done', transcript: instructions });
    expect(scrubFrame({ type: 'response.output_audio_transcript.done', frame }, locked)).toBe(frame);
  });
});

describe('wherever Azure hides it', () => {
  const types = [
    'session.created',
    'session.updated',
    'response.created',
    'response.done',
    'conversation.item.added',
    'conversation.item.retrieved',
    'response.output_item.done',
    'conversation.item.input_audio_transcription.failed',
    'response.mcp_call_arguments.done',
    'session.something',
    'error',
  ];
  const name = fc.oneof(
    fc.constantFrom(
      'session',
      'response',
      'item',
      'error',
      'audio',
      'input',
      'turn_detection',
      'voice',
      'usage',
    ),
    fc.constantFrom(
      'metadata',
      'status_details',
      'arguments',
      'delta',
      'id',
      'status',
      'truncation',
      'param',
    ),
    fc.string({ minLength: 1, maxLength: 5 }),
  );
  const wrapped = fc.constantFrom<(text: string) => unknown>(
    (text) => text,
    (text) => `Before. ${text} After.`,
    (text) => [text],
    (text) => ({ x: [{ y: text }] }),
    (text) => JSON.stringify({ text }),
    (text) => ({ [text]: 1 }),
  );

  it('[U28][U8][U26] the operator’s words do not come down', () => {
    expect(lettersOf({ a: [JSON.stringify({ text: instructions })] })).toContain(lettersOf(instructions));
    const property = fc.property(
      fc.constantFrom(...types),
      fc.array(name, { minLength: 1, maxLength: 4 }),
      wrapped,
      (type, path, wrap) => {
        const fields = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), wrap(instructions));
        const event: WireEvent = { ...(fields as object), type };
        const told = type === 'error' ? scrubError(event, locked, null) : down(event);
        expect(lettersOf(told)).not.toContain(lettersOf(instructions));
        expect(lettersOf(scrubSession(event, locked))).not.toContain(lettersOf(instructions));
      },
    );
    fc.assert(property, { numRuns: 3_000 });
  });
});

/** A response that came to nothing. */
function failed(message: string): WireEvent {
  const error = { type: 'server_error', code: 'x', message };
  return { type: 'response.done', response: { status: 'failed', status_details: { type: 'failed', error } } };
}

/** Every key and text of a value, as letters alone; text that is JSON by itself as what it says. */
function lettersOf(value: unknown): string {
  if (typeof value === 'string') return value.replaceAll(/\\+n/g, '').replaceAll(/[^a-z0-9]/gi, '');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, one]) => `${lettersOf(key)} ${lettersOf(one)}`)
    .join(' ');
}
