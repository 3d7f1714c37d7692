import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Dialogue } from './dialogue.ts';

const truncateAt = (ms: number, item = 'item-of-r1'): object => ({
  type: 'conversation.item.truncate',
  item_id: item,
  content_index: 0,
  audio_end_ms: ms,
});

test('[C9] speech over an answer holds it and cuts nothing', () => {
  const call = Dialogue.live().answer('r1', 3000);
  call.take();
  expect(call.phase).toBe('speaking');
  call.speechStarts();
  expect(call.takeTypes()).toEqual(['hold', 'set-timer']);
  expect(call.phase).toBe('listening');
});

test('[C9] speech is held over an answer that is being made and has no sound yet', () => {
  const call = Dialogue.live().beginAnswer('r1', 0);
  call.take();
  call.speechStarts();
  expect(call.takeTypes()).toEqual(['hold', 'set-timer']);
});

describe('an interruption that was meant', () => {
  test('[C10] words cut the answer, and Azure is told what was heard, once', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops().turnTaken();
    call.take();
    call.understood('Stop.');
    expect(call.takeTypes()).toEqual(['clear-timer', 'flush']);
    call.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 1234.9 }] });
    expect(call.takeSent()).toEqual([truncateAt(1234)]);
    call.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 1234.9 }] });
    expect(call.takeSent()).toEqual([]);
  });

  test('[C10] the first words of a streamed transcript are enough', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops().turnTaken();
    call.take();
    call.hear({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'speech', delta: 'No' });
    expect(call.takeTypes()).toContain('flush');
  });

  test('[C10] speech that lasts cuts the answer before it is over', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts();
    call.take();
    call.tell({ type: 'timer', name: 'interruption' });
    expect(call.takeTypes()).toContain('flush');
  });

  test('[C10][C14] a reply that comes before its words waits for them, cuts the old answer and plays whole', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops().turnTaken();
    call.take();
    call.answer('r2', 500).sound(20);
    expect(call.takeTypes()).toEqual(['set-timer']);
    call.understood('Stop.');
    expect(call.takeTypes()).toEqual(['clear-timer', 'flush', 'play', 'finish', 'play']);
    call.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 700 }] });
    expect(call.takeSent()).toEqual([truncateAt(700)]);
    expect(call.phase).toBe('speaking');
  });

  test('[C10] speech that cannot be transcribed counts as meant', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops().turnTaken();
    call.take();
    call.hear({ type: 'conversation.item.input_audio_transcription.failed', item_id: 'speech' });
    expect(call.takeTypes()).toContain('flush');
  });

  test('[C10] a reply whose words never come cuts the old answer when the clock runs out', () => {
    const call = Dialogue.live()
      .answer('r1', 3000)
      .speechStarts()
      .speechStops()
      .turnTaken()
      .answer('r2', 500);
    call.take();
    call.tell({ type: 'timer', name: 'interruption' });
    expect(call.takeTypes()).toEqual(['clear-timer', 'flush', 'play', 'finish']);
  });

  test('[C10] a reply to half of what is said is taken back when the rest comes', () => {
    const call = Dialogue.live()
      .answer('r1', 3000)
      .speechStarts()
      .speechStops()
      .turnTaken()
      .beginAnswer('r2', 500);
    call.take();
    call.speechStarts('more');
    expect(call.take().map((action) => (action.type === 'send' ? action.event.type : action.type))).toEqual([
      'response.cancel',
      'conversation.item.delete',
      'hold',
      'set-timer',
    ]);
    call
      .finishAnswer('r2', 'cancelled')
      .speechStops('more')
      .turnTaken('more')
      .understood('Stop, please.', 'more');
    expect(call.takeTypes()).toEqual(['set-timer', 'set-timer', 'clear-timer', 'flush']);
  });

  test('[C10] an answer that takes its time cuts the old one when the clock runs out', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops().turnTaken();
    call.hear({ type: 'response.created', response: { id: 'r2' } });
    call.take();
    call.tell({ type: 'timer', name: 'interruption' });
    expect(call.takeTypes()).toEqual(['clear-timer', 'flush']);
    call.beginAnswer('r2', 100);
    expect(call.takeTypes()).toEqual(['play']);
  });
});

describe('an interruption that was nothing', () => {
  test('[C11] no words: the answer goes on, and nothing is told to Azure', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops().turnTaken();
    call.take();
    call.understood('  ');
    expect(call.takeTypes()).toEqual(['clear-timer', 'resume']);
    expect(call.phase).toBe('speaking');
    expect(call.model.captions.map((it) => it.role)).toEqual(['assistant']);
  });

  test('[C11] no turn made of it: the answer goes on when the clock runs out', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops();
    call.take();
    call.tell({ type: 'timer', name: 'interruption' });
    expect(call.takeTypes()).toContain('resume');
  });

  test('[C11][C14] an answer already begun to a cough is cancelled and never heard', () => {
    const call = Dialogue.live().answer('r1', 3000).speechStarts().speechStops().turnTaken();
    call.hear({ type: 'response.created', response: { id: 'r2' } });
    call.take();
    call.understood('');
    expect(call.take()).toEqual([
      { type: 'send', event: { type: 'response.cancel', response_id: 'r2' } },
      { type: 'clear-timer', name: 'interruption' },
      { type: 'resume' },
    ]);
    call.beginAnswer('r2', 500);
    expect(call.takeTypes()).toEqual([]);
  });

  test('[C11][C19] a whole reply to a cough is forgotten, in the conversation and in the captions', () => {
    const call = Dialogue.live()
      .answer('r1', 3000)
      .speechStarts()
      .speechStops()
      .turnTaken()
      .answer('r2', 500);
    call.take();
    call.understood('');
    expect(call.take()).toEqual([
      { type: 'send', event: { type: 'conversation.item.delete', item_id: 'item-of-r2' } },
      { type: 'clear-timer', name: 'interruption' },
      { type: 'resume' },
    ]);
    const ids = { response_id: 'r2', item_id: 'item-of-r2' };
    call.hear({ type: 'response.output_audio_transcript.done', ...ids, transcript: 'What was that?' });
    expect(call.model.captions.map((it) => it.id)).toEqual(['item-of-r1']);
    expect(call.phase).toBe('speaking');
  });

  test('[C11] the words of an earlier turn decide nothing', () => {
    const call = Dialogue.live().turnTaken('before').answer('r1', 3000).speechStarts();
    call.take();
    call.understood('What was said before.', 'before');
    expect(call.takeTypes()).toEqual([]);
    call.understood('', 'before');
    expect(call.takeTypes()).toEqual([]);
  });
});

test('[C12] speech while nothing plays cuts nothing and sends nothing', () => {
  const call = Dialogue.live().speechStarts().speechStops().turnTaken().understood('Hello');
  expect(call.takeTypes()).toEqual([]);
  call.answer('r1', 1000).tell({ type: 'part-ended', part: 1 });
  call.take();
  call.speechStarts('again').speechStops('again').turnTaken('again').understood('Next', 'again');
  expect(call.takeTypes()).toEqual([]);
});

test('[C12] speech over an answer that Azure cancels before it sounds has nothing left to hold', () => {
  const call = Dialogue.live().turnTaken('before').beginAnswer('r1', 0).speechStarts();
  call.take();
  call.finishAnswer('r1', 'cancelled');
  expect(call.takeTypes()).toEqual(['finish', 'clear-timer', 'resume']);
  call.speechStops().turnTaken();
  expect(call.takeTypes()).toEqual([]);
  expect(call.phase).toBe('thinking');
});

test('[C13] the milliseconds told stay within what was received', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: -100, max: 9000, noNaN: true }),
      (ms, heardMs) => {
        const call = Dialogue.live().beginAnswer('r1', ms).speechStarts();
        call.tell({ type: 'timer', name: 'interruption' }).take();
        call.tell({ type: 'flushed', heard: [{ part: 1, heardMs }] });
        const expected = Math.max(0, Math.min(ms, Math.floor(heardMs)));
        expect(call.takeSent()).toEqual([truncateAt(expected)]);
      },
    ),
  );
});

test('[C13] an answer heard to its end, or never begun, is not truncated', () => {
  const heard = Dialogue.live()
    .answer('r1', 1000)
    .speechStarts()
    .tell({ type: 'timer', name: 'interruption' });
  heard.take();
  expect(heard.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 1000 }] }).takeSent()).toEqual([]);

  const unbegun = Dialogue.live()
    .beginAnswer('r1', 0)
    .speechStarts()
    .tell({ type: 'timer', name: 'interruption' });
  unbegun.take();
  expect(unbegun.tell({ type: 'flushed', heard: [{ part: 1, heardMs: 0 }] }).takeSent()).toEqual([]);
});

test('[C14] sound of a cut answer that comes late is dropped, and its new parts too', () => {
  const call = Dialogue.live()
    .beginAnswer('r1', 1000)
    .speechStarts()
    .tell({ type: 'timer', name: 'interruption' });
  call.take();
  call.sound(500);
  call.beginAnswer('r1', 500).finishAnswer('r1', 'cancelled');
  expect(call.takeTypes()).toEqual([]);
  call.answer('r2', 300);
  expect(call.takeTypes()).toEqual(['play', 'finish']);
});

test('[C14] the rest of an answer that was held and not cut still plays', () => {
  const call = Dialogue.live().beginAnswer('r1', 1000).speechStarts();
  call.take();
  call.sound(500).speechStops().turnTaken().understood('');
  expect(call.takeTypes()).toEqual(['play', 'set-timer', 'set-timer', 'clear-timer', 'resume']);
});

test('[C9][C11][C14] whatever comes in whatever order, the speaker is held only while someone speaks over an answer', () => {
  const ids = fc.constantFrom('r1', 'r2', 'r3');
  const items = fc.constantFrom('u1', 'u2');
  const steps: readonly fc.Arbitrary<(call: Dialogue) => Dialogue>[] = [
    ids.map((id) => (call) => call.beginAnswer(id, 100)),
    ids.map((id) => (call) => call.beginAnswer(id, 0)),
    ids.map((id) => (call) => call.finishAnswer(id)),
    ids.map((id) => (call) => call.finishAnswer(id, 'cancelled')),
    items.map((id) => (call) => call.speechStarts(id)),
    items.map((id) => (call) => call.speechStops(id)),
    items.map((id) => (call) => call.turnTaken(id)),
    items.map((id) => (call) => call.understood('', id)),
    items.map((id) => (call) => call.understood('words', id)),
    fc.constant((call) => call.sound(100)),
    fc.constant((call) => call.tell({ type: 'stop-answer' })),
    fc.constant((call) => call.tell({ type: 'typed', id: 'm', text: 'typed' })),
    fc.constant((call) => call.tell({ type: 'timer', name: 'interruption' })),
    fc.integer({ min: 1, max: 6 }).map((part) => (call) => call.tell({ type: 'part-ended', part })),
    fc
      .integer({ min: 1, max: 6 })
      .map((part) => (call) => call.tell({ type: 'flushed', heard: [{ part, heardMs: 50 }] })),
  ];
  fc.assert(
    fc.property(fc.array(fc.oneof(...steps), { maxLength: 40 }), (script) => {
      const call = Dialogue.live();
      let isHeld = false;
      for (const step of script) {
        step(call);
        for (const { type } of call.take()) {
          if (type === 'hold') isHeld = true;
          if (type === 'resume' || type === 'flush') isHeld = false;
        }
        const { call: state } = call.model;
        expect(isHeld).toBe(state.name === 'live' && state.turn.interruption.name !== 'none');
      }
    }),
    { numRuns: 2000 },
  );
});

test('[C15] sound belongs to the audio part announced last, and a part of text takes none', () => {
  const call = Dialogue.live().sound(100).beginAnswer('r1', 100).beginAnswer('r2', 100);
  call.hear({
    type: 'response.content_part.added',
    response_id: 'r2',
    item_id: 'item-of-r2',
    content_index: 1,
    part: { type: 'text' },
  });
  call.sound(100);
  const parts = call.take().flatMap((action) => (action.type === 'play' ? [action.part] : []));
  expect(parts).toEqual([1, 2, 2]);
});

test('[C26] Escape stops an answer, and does nothing without one', () => {
  const call = Dialogue.live().tell({ type: 'stop-answer' });
  expect(call.takeTypes()).toEqual([]);
  call.beginAnswer('r1', 1000).take();
  call.tell({ type: 'stop-answer' });
  expect(call.take()).toEqual([
    { type: 'send', event: { type: 'response.cancel', response_id: 'r1' } },
    { type: 'clear-timer', name: 'interruption' },
    { type: 'flush' },
  ]);
  expect(call.finishAnswer('r1', 'cancelled').phase).toBe('listening');
});
