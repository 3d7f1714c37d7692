import { expect, test } from 'vitest';
import { blank, markUnheard, type Caption } from '../../src/client/captions.ts';
import { parseServerEvent } from '../../src/client/server-events.ts';
import { Dialogue } from './dialogue.ts';

const rows = (call: Dialogue): readonly (readonly [string, string])[] =>
  call.model.captions.map(({ role, text, isPending }) => [role, isPending ? '…' : text] as const);

test('[C17] what was said first stands first, though its words come last', () => {
  const call = Dialogue.live().turnTaken('u1').answer('r1', 100, 'Hello!');
  expect(rows(call)).toEqual([
    ['user', '…'],
    ['assistant', 'Hello!'],
  ]);
  call.hear({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'u1', delta: ' Good ' });
  call.hear({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'u1', delta: 'mor' });
  call.understood('Good morning.', 'u1');
  expect(rows(call)).toEqual([
    ['user', 'Good morning.'],
    ['assistant', 'Hello!'],
  ]);
});

test('[C17] the final transcript replaces what was heard in pieces', () => {
  const call = Dialogue.live().beginAnswer('r1', 0, 'Helo');
  const ids = { response_id: 'r1', item_id: 'item-of-r1' };
  call.hear({ type: 'response.output_audio_transcript.done', ...ids, transcript: 'Hello.' });
  expect(rows(call)).toEqual([['assistant', 'Hello.']]);
});

test('[C17] items that are not messages, and system messages, are no captions', () => {
  const call = Dialogue.live();
  call.hear({ type: 'conversation.item.added', item: { id: 'f', type: 'function_call' } });
  call.hear({
    type: 'conversation.item.added',
    item: { id: 's', type: 'message', role: 'system', content: [] },
  });
  expect(rows(call)).toEqual([]);
});

test('[C19] a turn without words leaves no caption, one not understood says so', () => {
  const call = Dialogue.live().turnTaken('u1').understood(' ', 'u1').turnTaken('u2');
  call.hear({ type: 'conversation.item.input_audio_transcription.failed', item_id: 'u2' });
  expect(rows(call)).toEqual([['user', '(not understood)']]);
});

const said = (text: string): readonly Caption[] => [{ ...blank('a', 'assistant'), text }];

test.each([
  { heardMs: 0, receivedMs: 1000, isWhole: true, heard: '' },
  { heardMs: 500, receivedMs: 1000, isWhole: true, heard: 'one two ' },
  { heardMs: 1000, receivedMs: 1000, isWhole: true, heard: 'one two three four' },
  { heardMs: 500, receivedMs: 500, isWhole: false, heard: 'one two ' },
])('[C18] $heardMs ms of $receivedMs (whole: $isWhole) leave "$heard"', ({ heard, ...cut }) => {
  const [caption] = markUnheard(said('one two three four'), 'a', cut);
  expect(caption?.text.slice(0, caption.unheardFrom ?? undefined)).toBe(heard);
});

test('[C18] a cut answer is marked, and words that come after the cut are unheard too', () => {
  const call = Dialogue.live().beginAnswer('r1', 1000, 'one two three four').speechStarts();
  call.tell({ type: 'timer', name: 'interruption' });
  call.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 500 }] });
  const ids = { response_id: 'r1', item_id: 'item-of-r1' };
  call.hear({ type: 'response.output_audio_transcript.delta', ...ids, delta: ' five' });
  const [caption] = call.model.captions;
  expect(caption?.text.slice(caption.unheardFrom ?? undefined)).toBe('three four five');
});

test('[C20] a frame that is nothing to the page is nothing', () => {
  const frames = ['', 'no json', '[]', 'null', '{}', '{"type":7}', '{"type":"rate_limits.updated"}'];
  expect(frames.map(parseServerEvent)).toEqual(frames.map(() => null));
  expect(parseServerEvent('{"type":"toString"}')).toBeNull();
  expect(parseServerEvent('{"type":"response.created"}')).toBeNull();
});

test('[C20] fields of the wrong kind are read as empty, and never throw', () => {
  const frame = { type: 'response.content_part.added', response_id: 5, part: [], content_index: 'x' };
  expect(parseServerEvent(JSON.stringify(frame))).toEqual({
    type: 'response.content_part.added',
    responseId: '',
    itemId: '',
    contentIndex: 0,
    isAudio: false,
  });
});
