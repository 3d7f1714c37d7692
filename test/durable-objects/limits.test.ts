import { describe, expect, it } from 'vitest';
import { PaperCall } from './paper-call.ts';
import { type Line, begun, told, typesOf } from './paper-talk.ts';

describe('requests', () => {
  it('[K1] the frame that is one too many ends the call with the words and the seconds', () => {
    const call = new PaperCall('json', { requestsPerMinute: 5 }).opens();
    for (let i = 0; i < 5; i += 1) call.browserSends({ type: 'input_audio_buffer.clear' });
    call.waits(20_000);
    call.said();
    call.browserSends({ type: 'input_audio_buffer.clear' });
    expect(call.reason()).toBe('Rate limit exceeded, try again in 40 seconds');
    expect(call.said()).toMatchObject([
      ['browser', { error: { code: 'rate_limited', message: 'Rate limit exceeded' } }],
      ['end', 'tooMany'],
    ]);
  });

  it.each([
    ['a ping', { type: 'gateway.ping' }],
    ['a frame that is refused', { type: 'no.such.event' }],
    ['a frame that is no JSON', 'nonsense'],
    ['a renewal', { type: 'gateway.auth', token: 'x' }],
  ])('[K1] %s is a request', (_, frame) => {
    const call = new PaperCall('binary', { requestsPerMinute: 1 }).opens();
    call.browserSends(frame);
    call.browserSends({ type: 'input_audio_buffer.clear' });
    expect(call.said().at(-1)).toEqual(['end', 'tooMany']);
  });

  it('[K1] sound is none', () => {
    const call = new PaperCall('binary', { requestsPerMinute: 1 }).opens();
    for (let i = 0; i < 100; i += 1) call.browserSends(new ArrayBuffer(960));
    expect(call.state.name).toBe('open');
  });

  it('[K1] an answer that voice detection begins is one, an answer that was asked for is not one more', () => {
    const call = new PaperCall('json', { requestsPerMinute: 2 }).opens();
    call.browserSends({ type: 'response.create' });
    call.azureSends(begun('asked for'));
    call.azureSends(begun('spoken'));
    expect(call.state.name).toBe('open');
    call.azureSends(begun('one too many'));
    expect(call.said().at(-1)).toEqual(['end', 'tooMany']);
  });
});

describe('sound too fast', () => {
  const second = new ArrayBuffer(48_000);

  it('[K5] what comes faster than it may waits with the event behind it, and the person is told', () => {
    const call = new PaperCall('binary').opens();
    for (let i = 0; i < 12; i += 1) call.browserSends(second);
    call.browserSends({ type: 'input_audio_buffer.commit' });
    const before = call.said() as Line[];
    expect(before.filter(([at]) => at === 'azure')).toHaveLength(10);
    expect(before.filter(([at]) => at === 'browser')).toMatchObject([
      ['browser', { type: 'gateway.warning', code: 'audio_held_back', held_ms: 1_000 }],
    ]);
    call.waits(1_000);
    expect(typesOf(told(call, 'azure'))).toEqual([
      'input_audio_buffer.append',
      'input_audio_buffer.append',
      'input_audio_buffer.commit',
    ]);
  });

  it('[K6] what cannot wait any more is dropped, counted and told', () => {
    const call = new PaperCall('binary').opens();
    for (let i = 0; i < 45; i += 1) call.browserSends(second);
    call.waits(60_000);
    const lines = call.said() as Line[];
    expect(lines.filter(([at]) => at === 'azure')).toHaveLength(40);
    expect(lines).toContainEqual(['log', 'dropped', 5_000]);
    expect(lines.filter(([, frame]) => frame['code'] === 'audio_dropped')).toMatchObject([
      ['browser', { dropped_ms: 5_000 }],
    ]);
  });

  it('[K13] sound in an item is sound as well', () => {
    const call = new PaperCall('json').opens();
    const audio = 'A'.repeat(960_000);
    const content = [{ type: 'input_audio', audio }];
    const item = { type: 'message', role: 'user', content };
    call.browserSends({ type: 'conversation.item.create', item });
    call.browserSends({ type: 'conversation.item.create', item });
    expect(told(call, 'azure')).toHaveLength(1);
    call.waits(10_000);
    expect(told(call, 'azure')).toHaveLength(1);
  });
});
