import { describe, expect, it } from 'vitest';
import { readChatFrame } from '../../src/durable-objects/chat-frame.ts';
import { CHAT_FRAME_UNITS } from '../../src/protocol/limits.ts';

function read(frame: object | string | ArrayBuffer): unknown {
  const isRaw = typeof frame === 'string' || frame instanceof ArrayBuffer;
  return readChatFrame(isRaw ? frame : JSON.stringify(frame));
}

describe('messages', () => {
  it.each([
    [{ content: 'hi' }, true],
    [{ text: 'hi' }, true],
    [{ type: 'message', content: 'hi' }, false],
    [{ type: 'message', text: 'hi', other: 1 }, false],
    [{ type: null, content: 'hi', id: null, conversation_id: null }, true],
  ])('[T5] %j says hi', (frame, isBare) => {
    expect(read(frame)).toEqual({ kind: 'event', event: { type: 'message', content: 'hi' }, isBare });
  });

  it('[T4] a message of 100,000 characters is one, however it is escaped; one more is not, and neither is a million', () => {
    const content = 'ü'.repeat(100_000);
    const escaped = `{"content":"${'\\u00fc'.repeat(100_000)}"}`;
    expect(read(escaped)).toMatchObject({ kind: 'event', event: { content } });
    const tooLong = { kind: 'refused', complaint: { code: 'message_too_long', id: 'm1' } };
    expect(read({ content: `${content}x`, id: 'm1' })).toMatchObject(tooLong);
    expect(read({ content: 'x'.repeat(1_000_000), id: 'm1' })).toMatchObject(tooLong);
  });

  it('[T4] half of a character is not kept', () => {
    expect(read('{"content":"a\\ud83d"}')).toMatchObject({ event: { content: 'a\ufffd' } });
  });
});

describe('refusals', () => {
  const bad: [string, string | ArrayBuffer | object, string][] = [
    ['text that is no JSON', '{"content"', 'invalid_json'],
    ['JSON that is no object', '["hi"]', 'invalid_event'],
    ['an object that says nothing', {}, 'invalid_event'],
    ['a binary frame', new ArrayBuffer(4), 'invalid_event'],
    ['an unknown type', { type: 'shout', content: 'hi' }, 'invalid_value'],
    ['a type of Object.prototype', { type: 'toString' }, 'invalid_value'],
    ['a message without content', { type: 'message' }, 'missing_required_parameter'],
    ['content that is no text', { content: 7 }, 'invalid_value'],
    ['blank content', { content: ' \n' }, 'invalid_value'],
    ['an id too long', { content: 'hi', id: 'x'.repeat(65) }, 'invalid_value'],
    ['an id that is no text', { content: 'hi', id: 7 }, 'invalid_value'],
    ['a conversation that is none', { content: 'hi', conversation_id: 7 }, 'invalid_value'],
    ['replaces that is none', { content: 'hi', replaces: {} }, 'invalid_value'],
    ['a resume of nothing', { type: 'resume' }, 'missing_required_parameter'],
    ['half a character received', { type: 'resume', conversation_id: 'c', received: 0.5 }, 'invalid_value'],
    ['less than nothing received', { type: 'resume', conversation_id: 'c', received: -1 }, 'invalid_value'],
    ['a result without its call', { type: 'tool_result', output: 1 }, 'missing_required_parameter'],
    ['a result without output', { type: 'tool_result', call_id: 'c' }, 'missing_required_parameter'],
    ['an auth without a token', { type: 'auth' }, 'missing_required_parameter'],
    ['a result too big', { type: 'tool_result', call_id: 'c', output: 'x'.repeat(65_536) }, 'frame_too_big'],
    [
      'the same in other letters',
      { type: 'tool_result', call_id: 'c', output: '字'.repeat(22_000) },
      'frame_too_big',
    ],
  ];

  it.each(bad)('[T4] %s is refused in words', (_, frame, code) => {
    expect(read(frame)).toMatchObject({
      kind: 'refused',
      complaint: { code, message: expect.stringMatching(/\.$/) },
    });
  });

  it('[T4] what is so big that it is not read ends the chat', () => {
    expect(read('x'.repeat(CHAT_FRAME_UNITS + 1))).toMatchObject({ kind: 'too-big' });
  });
});

it('[T4] every other event is read as it is written', () => {
  const events = [
    { type: 'resume', conversation_id: 'c', message_id: 'm', received: 7 },
    { type: 'resume', conversation_id: 'c' },
    { type: 'cancel' },
    { type: 'tool_result', call_id: 'c', output: null },
    { type: 'auth', token: 't' },
    { type: 'ping' },
  ];
  for (const event of events) expect(read(event)).toEqual({ kind: 'event', event, isBare: false });
});
