import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { appendFrame, audioOfDelta, eventType, isPlainAppend, parseEvent } from '../../src/azure/wire.ts';

const PART = { itemId: 'item_1', contentIndex: 0 };
const base64 = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64'));

function delta(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    type: 'response.output_audio.delta',
    event_id: 'event_1',
    response_id: 'resp_1',
    item_id: 'item_1',
    output_index: 0,
    content_index: 0,
    delta: 'AAEC',
    ...fields,
  });
}

it.each(['', ' '])('[U1] an append is recognised as JavaScript and as Python write it', (space) => {
  fc.assert(
    fc.property(base64, (audio) => {
      expect(
        isPlainAppend(`{"type":${space}"input_audio_buffer.append",${space}"audio":${space}"${audio}"}`),
      ).toBe(true);
    }),
  );
});

it.each([
  '{"type":"input_audio_buffer.append","audio":"AAEC","type":"session.update"}',
  '{"type":"input_audio_buffer.append","audio":"AAEC","\\u0074ype":"session.update"}',
  '{"type":"input_audio_buffer.append","audio":"AAEC","session":{}}',
  '{"type":"input_audio_buffer.append","audio":["AAEC"]}',
  '{"type":"input_audio_buffer.append","audio":"AAEC"} ',
  '{"type":"input_audio_buffer.append","audio":"AAEC"}{"type":"session.update"}',
  '{"type":"input_audio_buffer.append","event_id":"a","audio":"AAEC"}',
  '{"type":"input_audio_buffer.append"}',
  '\n{"type":"input_audio_buffer.append","audio":"AAEC"}',
  '{"type":"input_audio_buffer.append","audio":"',
  '{"type":"input_audio_buffer.append","audio":""',
  '{"type":"input_audio_buffer.append","audio":"AAEC"}\n',
])('[U1] a frame that only begins like an append is not taken for one: %s', (frame) => {
  expect(isPlainAppend(frame)).toBe(false);
});

it('[U1] whatever is recognised as an append parses as one with nothing else in it, or not at all', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '"',
    ',',
    ':',
    'type',
    'input_audio_buffer.append',
    'audio',
    'event_id',
    'AAEC',
    '=',
    ' ',
    '\\',
    '"type":"input_audio_buffer.append"',
    '"audio":"AAEC"',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const frame = `{"type":"input_audio_buffer.append","audio":"${parts.join('')}"}`;
      if (!isPlainAppend(frame)) return;
      const event = parseEvent(frame);
      if (event === null) return;
      expect(event).toEqual({ type: 'input_audio_buffer.append', audio: expect.any(String) });
    }),
    { numRuns: 2_000 },
  );
});

it('[U2] sound becomes an append that holds the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), (pcm) => {
      const frame = appendFrame(pcm);
      expect(isPlainAppend(frame)).toBe(true);
      expect(new Uint8Array(Buffer.from(JSON.parse(frame).audio, 'base64'))).toEqual(pcm);
    }),
  );
});

it('[U3] the sound of an audio delta is read without parsing it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (pcm) => {
      expect(audioOfDelta(delta({ delta: Buffer.from(pcm).toString('base64') }), PART)).toEqual(pcm);
    }),
  );
});

it('[U3] sound longer than any of Azure’s pieces is read too', () => {
  const pcm = new Uint8Array(200_000).fill(7);
  expect(audioOfDelta(delta({ delta: Buffer.from(pcm).toString('base64') }), PART)).toEqual(pcm);
});

it.each([
  ['another item', delta({ item_id: 'item_12' })],
  ['another part of the item', delta({ content_index: 1 })],
  ['a part whose number only begins the same', delta({ content_index: 10 })],
  ['sound that is not base64', delta({ delta: 'A*' })],
  ['an escape in the sound', delta().replace('AAEC', 'AA\\/C')],
  ['no sound', delta({ delta: undefined })],
])('[U3] a delta with %s is left alone', (_, frame) => {
  expect(audioOfDelta(frame, PART)).toBeNull();
});

it('[U4] the type of an event is found wherever it stands', () => {
  expect(eventType('{"type":"response.done","x":1}')).toBe('response.done');
  expect(eventType('{ "event_id": "e", "type": "response.done" }')).toBe('response.done');
});

it.each([
  '',
  'nonsense',
  '[]',
  '"text"',
  'null',
  '{}',
  '{"type":7}',
  '{"type":"unfinished',
  '{"type":"response.done","response":{',
])('[U4] %j is not an event', (frame) => {
  expect(eventType(frame)).toBeNull();
  expect(parseEvent(frame)).toBeNull();
});
