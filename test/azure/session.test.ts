import { expect, it } from 'vitest';
import { fallbackUpdate, openingUpdate, type Operator } from '../../src/azure/session.ts';

const operator: Operator = {
  instructions: 'Be the operator’s.',
  voice: 'alloy',
  transcriptionDeployment: 'whisper-1',
  tools: [],
  isLocked: true,
};

it('[U5] the opening update asks for what the operator decided, in the one audio format', () => {
  const update = JSON.parse(openingUpdate(operator, 'vg_0.session.update'));
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
  expect(JSON.parse(fallbackUpdate(operator, 'x')).session).toEqual({
    type: 'realtime',
    instructions: 'Be the operator’s.',
  });
});
