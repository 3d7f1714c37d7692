import { describe, expect, it } from 'vitest';
import { end } from '../../src/durable-objects/relay-state.ts';
import { operator, PaperCall } from './paper-call.ts';

const append = '{"type":"input_audio_buffer.append","audio":"AAECAw=="}';
const sound = new Uint8Array([0, 1, 2, 3]);
const asked = expect.objectContaining({ type: 'session.update' });

function part(itemId: string, type = 'audio'): object {
  return {
    type: 'response.content_part.added',
    item_id: itemId,
    content_index: 0,
    part: { type, transcript: '' },
  };
}

function delta(itemId: string): object {
  return { type: 'response.output_audio.delta', item_id: itemId, content_index: 0, delta: 'AAECAw==' };
}

describe('opening', () => {
  it('[R1] the operator’s session.update is the first frame Azure gets', () => {
    const call = new PaperCall();
    call.browserSends(append);
    call.browserSends({ type: 'response.create' });
    call.connects();
    expect(call.said()).toEqual([['azure', asked]]);
  });

  it('[R2] what the browser sent early goes up in its order once Azure has updated the session', () => {
    const call = new PaperCall();
    call.browserSends(sound.buffer);
    call.browserSends({ type: 'response.create' });
    call.connects();
    call.browserSends(append);
    call.azureSends({ type: 'session.created', session: { id: 'sess_1' } });
    expect(call.said()).toEqual([['azure', asked]]);
    call.azureSends({ type: 'session.updated', session: { id: 'sess_1', voice: 'alloy' } });
    expect(call.said()).toMatchObject([
      ['browser', { type: 'session.created' }],
      ['azure', { type: 'input_audio_buffer.append' }],
      ['azure', { type: 'response.create' }],
      ['azure', { type: 'input_audio_buffer.append' }],
    ]);
  });

  it('[R2] the browser sees one session.created, with the session as it became, and no update it did not ask for', () => {
    const call = new PaperCall('json');
    call.connects();
    call.azureSends({
      type: 'session.created',
      event_id: 'event_1',
      session: { voice: 'old', instructions: 'persona' },
    });
    call.said();
    call.azureSends({
      type: 'session.updated',
      event_id: 'event_2',
      session: { voice: 'new', instructions: 'secret' },
    });
    expect(call.said()).toEqual([
      [
        'browser',
        {
          type: 'session.created',
          event_id: 'event_1',
          session: { voice: 'new', instructions: '', tools: [] },
        },
      ],
    ]);
  });

  it.each([
    ['binary', { type: 'gateway.warning', code: 'audio_dropped', dropped_ms: 1_000 }],
    ['json', { type: 'error', error: { code: 'audio_dropped' } }],
  ] as const)('[R3] on the %s lane sound that could not be held is counted and told', (lane, told) => {
    const call = new PaperCall(lane);
    const second = JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(64_000) });
    for (let i = 0; i < 3; i += 1) call.browserSends(second);
    call.connects();
    call.azureSends({ type: 'session.updated', session: {} });
    const said = call.said();
    expect(said).toContainEqual(['log', 'dropped', 1_000]);
    expect(said).toContainEqual(['browser', expect.objectContaining({ type: told.type })]);
    expect(said.filter((line) => JSON.stringify(line).includes('audio_dropped'))).toMatchObject([
      ['browser', told],
    ]);
  });

  it('[R3] a control frame that finds no room before Azure is ready is refused in words', () => {
    const call = new PaperCall();
    const content = [{ type: 'input_text', text: 'x'.repeat(60_000) }];
    const long = { type: 'conversation.item.create', item: { type: 'message', role: 'user', content } };
    for (let i = 0; i < 22; i += 1) call.browserSends(long);
    expect(call.said()).toMatchObject([['browser', { type: 'error', error: { code: 'not_ready' } }]]);
  });

  it('[R4] an opening update that Azure refuses is tried once more with the instructions alone', () => {
    const call = new PaperCall();
    call.connects();
    const first = call.said()[0] as [string, { event_id: string }];
    call.azureSends({ type: 'error', error: { code: 'invalid_value', event_id: first[1].event_id } });
    const [logged, second] = call.said() as [unknown, [string, { event_id: string; session: object }]];
    expect(logged).toEqual(['log', 'invalid_value', 'session.update']);
    expect(second[1].session).toEqual({ type: 'realtime', instructions: operator.instructions });
    call.azureSends({ type: 'error', error: { code: 'invalid_value', event_id: second[1].event_id } });
    expect(call.said()).toMatchObject([
      ['log', 'invalid_value', 'session.update'],
      ['browser', { type: 'error', error: { code: 'upstream_refused' } }],
      ['end', 'upstreamFailed'],
    ]);
  });
});

describe('up', () => {
  it('[R5] an append goes up as it stands, and binary sound as the append it means', () => {
    const call = new PaperCall().opens();
    call.browserSends(append);
    call.browserSends(sound.buffer);
    expect(call.said()).toEqual([
      ['azure', JSON.parse(append)],
      ['azure', JSON.parse(append)],
    ]);
  });

  it('[R6] every other event is written anew and numbered, so that no key of the client’s text survives unseen', () => {
    const call = new PaperCall().opens();
    call.browserSends(
      '{"type":"response.cancel","type":"response.create","response":{"instr\\u0075ctions":"x"}}',
    );
    expect(call.said()).toEqual([
      ['browser', expect.objectContaining({ code: 'fields_left_out', fields: ['response.instructions'] })],
      ['azure', { type: 'response.create', response: {}, event_id: 'vg_1.response.create' }],
    ]);
  });

  it('[R6] an append in an unusual form is written in the usual one', () => {
    const call = new PaperCall().opens();
    call.browserSends(
      '{"audio":"AAEC","type":"input_audio_buffer.append","extra":{"type":"session.update"}}',
    );
    expect(call.said()).toEqual([['azure', { type: 'input_audio_buffer.append', audio: 'AAEC' }]]);
  });

  it('[R6] an event id of the client’s stays its own', () => {
    const call = new PaperCall().opens();
    call.browserSends({ type: 'response.cancel', event_id: 'mine' });
    expect(call.said()).toEqual([['azure', { type: 'response.cancel', event_id: 'mine' }]]);
  });

  const bad: [string, string | ArrayBuffer | object, string, string | null][] = [
    ['text that is not JSON', 'nonsense', 'invalid_json', null],
    ['JSON that is not an object', '[1]', 'invalid_event', 'type'],
    ['an object without a type', {}, 'invalid_event', 'type'],
    ['an unknown type', { type: 'session.destroy' }, 'invalid_value', 'type'],
    ['a server’s event', { type: 'response.done' }, 'invalid_value', 'type'],
    ['an event_id that is not text', { type: 'response.cancel', event_id: 7 }, 'invalid_value', 'event_id'],
    [
      'an event_id too long',
      { type: 'response.cancel', event_id: 'x'.repeat(513) },
      'invalid_value',
      'event_id',
    ],
    ['an append without audio', { type: 'input_audio_buffer.append' }, 'invalid_audio', 'audio'],
    [
      'an append that is not base64',
      { audio: 'ü', type: 'input_audio_buffer.append' },
      'invalid_audio',
      'audio',
    ],
    ['an update without a session', { type: 'session.update' }, 'missing_required_parameter', 'session'],
    ['half a sample', new ArrayBuffer(3), 'invalid_audio', null],
    ['an empty binary frame', new ArrayBuffer(0), 'invalid_audio', null],
    ['an item that is none', { type: 'conversation.item.create', item: [] }, 'invalid_value', 'item'],
    ['a response that is none', { type: 'response.create', response: [] }, 'invalid_value', 'response'],
    ['an event_id of ours', { type: 'response.cancel', event_id: 'vg_1.x' }, 'invalid_value', 'event_id'],
    [
      'a system item',
      { type: 'conversation.item.create', item: { role: 'system' } },
      'session_locked',
      'item.role',
    ],
    [
      'a system item in a response',
      { type: 'response.create', response: { input: [{ role: 'system' }] } },
      'session_locked',
      'response.input',
    ],
  ];

  it.each(bad)('[R7] %s is refused in words, and the call goes on', (_, frame, code, param) => {
    const call = new PaperCall().opens();
    call.browserSends(frame);
    expect(call.said()).toMatchObject([
      ['browser', { type: 'error', error: { type: 'invalid_request_error', code, param } }],
    ]);
    call.browserSends(append);
    expect(call.said()).toHaveLength(1);
  });

  it('[R7] the refusal names the client’s event when it has a name', () => {
    const call = new PaperCall().opens();
    call.browserSends({ type: 'session.destroy', event_id: 'mine' });
    expect(call.said()).toMatchObject([['browser', { error: { event_id: 'mine' } }]]);
  });

  it('[R7] a binary frame on the JSON lane is refused', () => {
    const call = new PaperCall('json').opens();
    call.browserSends(sound.buffer);
    expect(call.said()).toMatchObject([['browser', { error: { code: 'invalid_event' } }]]);
  });

  it('[R8] the tenth refused frame within a minute ends the call', () => {
    const call = new PaperCall().opens();
    for (let i = 0; i < 9; i += 1) call.browserSends('nonsense');
    expect(call.said()).toHaveLength(9);
    call.browserSends('nonsense');
    expect(call.said()).toMatchObject([
      ['browser', { error: { code: 'invalid_json' } }],
      ['browser', { error: { code: 'too_many_refused_frames' } }],
      ['end', 'notAllowed'],
    ]);
  });

  it('[R8] nine refused frames a minute never do', () => {
    const call = new PaperCall().opens();
    for (let minute = 0; minute < 5; minute += 1) {
      for (let i = 0; i < 9; i += 1) call.browserSends('nonsense');
      call.waits(60_000);
    }
    expect(call.state.name).toBe('open');
  });

  const big: [string, string | ArrayBuffer][] = [
    [
      'audio text over 1 MiB',
      JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(1024 * 1024) }),
    ],
    ['a binary frame over 1 MiB', new ArrayBuffer(1024 * 1024 + 2)],
    ['control text over 64 KiB', JSON.stringify({ type: 'response.create', metadata: 'x'.repeat(65_536) })],
    [
      'control text whose bytes are over 64 KiB',
      JSON.stringify({ type: 'response.create', metadata: 'ü'.repeat(33_000) }),
    ],
  ];

  it.each(big)('[R9] %s ends the call with 1009 and says why', (_, frame) => {
    const call = new PaperCall().opens();
    call.browserSends(frame);
    expect(call.said()).toMatchObject([
      ['browser', { error: { code: 'frame_too_big' } }],
      ['end', 'tooBig'],
    ]);
  });

  it('[R9] audio just under its limit passes, in an item too', () => {
    const call = new PaperCall('json').opens();
    call.browserSends(
      JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(1024 * 1024 - 64) }),
    );
    call.waits(60_000);
    const content = [{ type: 'input_audio', audio: 'A'.repeat(500_000) }];
    call.browserSends({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    expect(call.said().map((line) => (line as string[])[0])).toEqual(['azure', 'azure']);
    const binary = new PaperCall().opens();
    binary.browserSends(new ArrayBuffer(1024 * 1024));
    expect(binary.said()).toHaveLength(1);
  });

  it('[R10] a ping is answered by us on the lane that knows it, and is no event elsewhere', () => {
    const call = new PaperCall().opens();
    call.browserSends({ type: 'gateway.ping' });
    expect(call.said()).toEqual([['browser', { type: 'gateway.pong', upstream_ms: null }]]);
    const plain = new PaperCall('json').opens();
    plain.browserSends({ type: 'gateway.ping' });
    expect(plain.said()).toMatchObject([['browser', { error: { code: 'invalid_value' } }]]);
  });
});

describe('down', () => {
  it('[R11] on the binary lane a delta of the announced part is the sound alone', () => {
    const call = new PaperCall().opens();
    call.azureSends(part('item_1'));
    call.azureSends(delta('item_1'));
    expect(call.said()).toEqual([
      ['browser', part('item_1')],
      ['browser', sound],
    ]);
  });

  it('[R11] a delta of any other part travels as text, so that it is never heard in the wrong place', () => {
    const call = new PaperCall().opens();
    call.azureSends(delta('item_1'));
    call.azureSends(part('item_1'));
    call.azureSends(part('item_2', 'text'));
    call.azureSends(delta('item_2'));
    call.azureSends(delta('item_1'));
    const told = call.said().map((line) => (line as [string, unknown])[1]);
    expect(told).toEqual([delta('item_1'), part('item_1'), part('item_2', 'text'), delta('item_2'), sound]);
  });

  it('[R12] on the JSON lane frames come down as Azure wrote them, unknown ones too', () => {
    const call = new PaperCall('json').opens();
    const frames = [
      part('item_1'),
      delta('item_1'),
      { type: 'response.something.new', x: [1] },
      { type: 'response.done' },
    ];
    for (const frame of frames) call.azureSends(frame);
    expect(call.said()).toEqual(frames.map((frame) => ['browser', frame]));
  });

  it('[R13] a session comes down without the operator’s instructions and tools, whatever its spelling', () => {
    const call = new PaperCall('json').opens();
    call.azureSends({
      type: 'session.updated',
      session: { instructions: operator.instructions, tools: [1] },
    });
    call.azureSends(`{ "session": {"instructions": "${operator.instructions}"}, "type": "session.updated" }`);
    expect(JSON.stringify(call.said())).not.toContain(operator.instructions);
  });

  it('[R14] an error that answers an event we numbered comes down without that number', () => {
    const call = new PaperCall('json').opens();
    call.azureSends({
      type: 'error',
      error: { code: 'response_cancel_not_active', event_id: 'vg_3.response.cancel' },
    });
    call.azureSends({ type: 'error', error: { code: 'invalid_value', event_id: 'mine' } });
    expect(call.said()).toEqual([
      ['log', 'response_cancel_not_active', 'response.cancel'],
      ['browser', { type: 'error', error: { code: 'response_cancel_not_active', event_id: null } }],
      ['log', 'invalid_value', 'unknown'],
      ['browser', { type: 'error', error: { code: 'invalid_value', event_id: 'mine' } }],
    ]);
  });

  it.each(['nonsense', '', '{"no":"type"}'])(
    '[R15] an Azure that sends %j has broken, and the browser is told',
    (frame) => {
      const call = new PaperCall().opens();
      call.azureSends(frame);
      expect(call.said()).toMatchObject([
        ['browser', { error: { code: 'upstream_lost' } }],
        ['end', 'upstreamFailed'],
      ]);
    },
  );
});

describe('what Azure owes and refuses', () => {
  const detection = { audio: { input: { turn_detection: { type: 'server_vad' } } } };

  it('[R20] an answer is owed from the end of speech until it begins, when voice detection creates it', () => {
    const call = new PaperCall().opens();
    const owes = () => call.state.name === 'open' && call.state.isReplyOwed;
    call.azureSends({ type: 'input_audio_buffer.speech_stopped' });
    expect(owes()).toBe(false);
    call.azureSends({ type: 'session.updated', session: detection });
    call.azureSends({ type: 'input_audio_buffer.speech_started' });
    call.azureSends({ type: 'input_audio_buffer.speech_stopped' });
    expect(owes()).toBe(true);
    call.azureSends({ type: 'input_audio_buffer.committed' });
    expect(owes()).toBe(true);
    call.azureSends({ type: 'response.created', response: {} });
    expect(owes()).toBe(false);
  });

  it('[R8] appends that Azure refuses count like frames that we refuse', () => {
    const call = new PaperCall('json').opens();
    const bad = { type: 'error', error: { code: 'invalid_value', param: 'audio', event_id: null } };
    for (let i = 0; i < 10; i += 1) call.azureSends(bad);
    expect(call.said().at(-1)).toEqual(['end', 'notAllowed']);
  });

  it('[R13] no error of Azure’s quotes the operator, before the session is open or after', () => {
    const quoting = { code: 'x', message: `bad: ${operator.instructions}`, param: 'session.instructions' };
    const call = new PaperCall('json');
    call.connects();
    call.said();
    call.azureSends({ type: 'error', error: quoting });
    call.azureSends({ type: 'session.updated', session: {} });
    call.azureSends({ type: 'error', error: { ...quoting, event_id: 'vg_0.session.update' } });
    call.azureSends({ type: 'response.created', response: { id: 'r', instructions: operator.instructions } });
    const said = JSON.stringify(call.said());
    expect(said).not.toContain(operator.instructions);
    expect(said).toContain('Azure refused a setting of the operator.');
  });
});

describe('ending', () => {
  it('[R16] a call ends once, whatever still arrives', () => {
    const call = new PaperCall().opens();
    const first = end(call.state, { as: 'over', complaint: null });
    expect(first.actions).toEqual([{ do: 'end', as: 'over', reason: null }]);
    call.state = first.state;
    call.browserSends(append);
    call.browserSends('nonsense');
    call.azureSends({ type: 'response.done' });
    call.connects();
    expect(call.said()).toEqual([]);
    expect(end(call.state, { as: 'upstreamFailed', complaint: null }).actions).toEqual([]);
  });
});
