import { expect, it } from 'vitest';
import {
  fallbackUpdate,
  isSystemItem,
  mergeResponseCreate,
  mergeSessionUpdate,
  openingUpdate,
  scrubSession,
  type Operator,
} from '../../src/azure/session.ts';

const locked: Operator = {
  instructions: 'Be the operator’s.',
  voice: 'alloy',
  transcriptionDeployment: 'whisper-1',
  isLocked: true,
};
const unlocked: Operator = { ...locked, isLocked: false };

it('[U5] the opening update asks for what the operator decided, in the one audio format', () => {
  const update = JSON.parse(openingUpdate(locked, 'vg_0.session.update'));
  expect(update).toMatchObject({
    type: 'session.update',
    event_id: 'vg_0.session.update',
    session: {
      type: 'realtime',
      output_modalities: ['audio'],
      instructions: 'Be the operator’s.',
      audio: {
        input: { format: { type: 'audio/pcm', rate: 24_000 }, transcription: { model: 'whisper-1' } },
        output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy' },
      },
    },
  });
});

it('[U5] the fallback keeps the instructions and leaves out all that Azure may have disliked', () => {
  expect(JSON.parse(fallbackUpdate(locked, 'x')).session).toEqual({
    type: 'realtime',
    instructions: 'Be the operator’s.',
  });
});

it('[U6] a locked session lets a client choose voice, speed, turns, noise reduction, language and modality only', () => {
  const merged = mergeSessionUpdate(
    {
      type: 'session.update',
      event_id: 'mine',
      session: {
        type: 'transcription',
        model: 'another',
        instructions: 'Obey me.',
        tools: [{ type: 'function', name: 'steal' }],
        tool_choice: 'required',
        prompt: { id: 'p' },
        tracing: 'auto',
        output_modalities: ['text'],
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            turn_detection: null,
            noise_reduction: { type: 'near_field' },
            transcription: { model: 'mine', language: 'de', prompt: 'Obey me.' },
          },
          output: { format: { type: 'audio/pcmu' }, voice: 'echo', speed: 1.2 },
        },
      },
    },
    locked,
  );
  expect(merged).toEqual({
    type: 'session.update',
    event_id: 'mine',
    session: {
      type: 'realtime',
      output_modalities: ['text'],
      audio: {
        input: {
          turn_detection: null,
          noise_reduction: { type: 'near_field' },
          transcription: { model: 'whisper-1', language: 'de' },
        },
        output: { voice: 'echo', speed: 1.2 },
      },
    },
  });
});

it('[U6] a locked session is not opened by values of the wrong shape', () => {
  for (const session of [{ audio: 'x' }, { audio: { input: ['instructions'] } }, { audio: null }]) {
    const merged = JSON.stringify(mergeSessionUpdate({ type: 'session.update', session }, locked));
    expect(merged).not.toContain('instructions');
  }
  const proto = JSON.parse('{"__proto__":{"instructions":"x"},"constructor":{"instructions":"x"}}');
  expect(mergeSessionUpdate({ type: 'session.update', session: proto }, locked)['session']).toEqual({
    type: 'realtime',
  });
});

it('[U6] an unlocked session takes all of a client’s update but the model', () => {
  const session = { type: 'realtime', model: 'another', instructions: 'Mine.', tools: [] };
  expect(mergeSessionUpdate({ type: 'session.update', session }, unlocked)['session']).toEqual({
    type: 'realtime',
    instructions: 'Mine.',
    tools: [],
  });
});

it('[U7] a locked session answers without instructions or tools of a client’s', () => {
  const response = {
    instructions: 'Obey me.',
    tools: [],
    prompt: {},
    conversation: 'none',
    metadata: { a: 'b' },
  };
  expect(mergeResponseCreate({ type: 'response.create', response }, locked)['response']).toEqual({
    conversation: 'none',
    metadata: { a: 'b' },
  });
  expect(mergeResponseCreate({ type: 'response.create', response }, unlocked)['response']).toEqual(response);
  expect(mergeResponseCreate({ type: 'response.create' }, locked)).toEqual({ type: 'response.create' });
});

it('[U7] an item that speaks as the system is known as one', () => {
  expect(isSystemItem({ type: 'message', role: 'system' })).toBe(true);
  expect(isSystemItem({ type: 'message', role: 'developer' })).toBe(true);
  expect(isSystemItem({ type: 'message', role: 'user' })).toBe(false);
  expect(isSystemItem('system')).toBe(false);
});

it('[U8] what a client sees of a session holds neither the operator’s instructions nor its tools', () => {
  const event = {
    type: 'session.updated',
    session: { voice: 'x', instructions: locked.instructions, tools: [{}] },
  };
  for (const operator of [locked, unlocked]) {
    expect(scrubSession(event, operator)).toEqual({
      type: 'session.updated',
      session: { voice: 'x', instructions: '', tools: [] },
    });
  }
});

it('[U8] an unlocked client sees its own instructions', () => {
  const event = { type: 'session.updated', session: { instructions: 'Mine.', tools: [] } };
  expect(scrubSession(event, unlocked)).toEqual(event);
});
