import { expect, test } from 'vitest';
import type { ServerEvent } from '../../src/client/server-events.ts';
import { parseServerEvent } from '../../src/client/server-events.ts';
import { followPeer, freshTalk, type PeerTalk, type PeerWord } from '../../src/client/peer/peer-words.ts';
import { Dialogue } from './dialogue.ts';

/** A channel of a filtered call: what it says, what the page is told of it, and the page that is told. */
class Channel {
  now = 0;
  #talk: PeerTalk = freshTalk;
  #told: ServerEvent[] = [];
  readonly page = Dialogue.live();

  says(event: Readonly<Record<string, unknown>>): this {
    const type = String(event['type']);
    const parsed = parseServerEvent(JSON.stringify(event));
    if (parsed === null) return this;
    const isSpoken = type.startsWith('response.output_audio_');
    return this.#follow({ name: 'said', event: parsed, isSpoken, at: this.now });
  }

  words(response: string, delta: string, item = `item-of-${response}`): this {
    const type = 'response.output_audio_transcript.delta';
    return this.says({ type, response_id: response, item_id: item, delta });
  }

  written(response: string, text: string): this {
    const ids = { response_id: response, item_id: `item-of-${response}` };
    this.says({ type: 'response.output_text.delta', ...ids, delta: text });
    return this.says({ type: 'response.output_text.done', ...ids, text });
  }

  buffer(name: 'started' | 'stopped' | 'cleared', responseId: string): this {
    return this.#follow({ name, responseId, at: this.now });
  }

  hush(): this {
    return this.#follow({ name: 'hushed', at: this.now });
  }

  speaks(): this {
    return this.says({ type: 'input_audio_buffer.speech_started', item_id: 'speech' });
  }

  passes(ms: number): this {
    this.now += ms;
    return this;
  }

  /** The kinds of what was told since the last time. */
  take(): readonly string[] {
    return this.#told.splice(0).map(({ type }) => type);
  }

  /** The words of the last caption, up to where nobody heard them. */
  heard(): string {
    const caption = this.page.model.captions.at(-1);
    return caption?.text.slice(0, caption.unheardFrom ?? undefined) ?? '';
  }

  #follow(word: PeerWord): this {
    const { talk, events } = followPeer(this.#talk, word);
    this.#talk = talk;
    this.#told.push(...events);
    for (const event of events) this.page.tell({ type: 'server', event, at: this.now });
    return this;
  }
}

function userSpoke(): Readonly<Record<string, unknown>> {
  const content = [{ type: 'input_audio', transcript: null }];
  return {
    type: 'conversation.item.added',
    item: { id: 'speech', type: 'message', role: 'user', content },
  };
}

test('[C50] the states follow what is said, and the sound of the answer', () => {
  const channel = new Channel();
  const { page } = channel;
  channel.speaks().says({ type: 'input_audio_buffer.speech_stopped', item_id: 'speech' });
  expect(page.phase).toBe('listening');
  channel.says(userSpoke());
  expect(page.phase).toBe('thinking');
  channel.words('r1', 'one two ');
  expect(page.phase).toBe('thinking');
  channel.buffer('started', 'r1').words('r1', 'three');
  expect(page.phase).toBe('speaking');
  channel.passes(900).buffer('stopped', 'r1');
  expect(page.phase).toBe('listening');
  expect(channel.heard()).toBe('one two three');
  expect(page.model.captions.map(({ role }) => role)).toEqual(['user', 'assistant']);
});

test('[C50] an answer whose sound comes before its words is one answer', () => {
  const channel = new Channel();
  channel.buffer('started', 'r1').words('r1', 'one').buffer('stopped', 'r1');
  expect(channel.take()).toEqual([
    'response.created',
    'answer.playing',
    'answer.delta',
    'answer.over',
    'response.done',
  ]);
});

test('[C50] speech over an answer cuts it at once, and its words are marked from where nobody heard them', () => {
  const channel = new Channel();
  channel
    .words('r1', 'one two three four five six')
    .buffer('started', 'r1')
    .passes(65 * 14)
    .speaks();
  expect(channel.page.phase).toBe('listening');
  expect(channel.heard()).toBe('one two three ');
  // The word that Azure may or may not say of it changes nothing, and nothing is sent: Azure knows.
  channel.passes(50).buffer('cleared', 'r1').buffer('stopped', 'r1');
  expect(channel.heard()).toBe('one two three ');
  expect(channel.page.takeTypes()).toEqual([]);
});

test('[C50] words of a cut answer that come late are not heard, and begin no new answer', () => {
  const channel = new Channel();
  channel.words('r1', 'one two ').buffer('started', 'r1').passes(200).speaks();
  expect(channel.heard()).toBe('one ');
  channel.take();
  channel.words('r1', 'three four').buffer('started', 'r1');
  expect(channel.take()).toEqual(['answer.delta']);
  expect(channel.heard()).toBe('one ');
  expect(channel.page.phase).toBe('listening');
});

test('[C50] cleared without speech cuts as well', () => {
  const channel = new Channel();
  channel.words('r1', 'one two three').buffer('started', 'r1').passes(300).buffer('cleared', 'r1');
  expect(channel.heard()).toBe('one ');
  expect(channel.page.phase).toBe('listening');
});

test('[C50] an answer that was made and never sounded was not heard at all', () => {
  const channel = new Channel();
  channel.words('r1', 'one two three').passes(300).speaks();
  expect(channel.heard()).toBe('');
});

test('[C50] of an answer with two items the first comes first', () => {
  const channel = new Channel();
  channel.words('r1', 'one two ', 'a').words('r1', 'three four five', 'b').buffer('started', 'r1');
  channel.passes(65 * (8 + 6)).speaks();
  const [first, second] = channel.page.model.captions;
  expect([first?.unheardFrom, second?.unheardFrom]).toEqual([8, 6]);
});

test('[C50] a written answer is over with its last word, and is read, not heard', () => {
  const channel = new Channel();
  channel.written('r1', 'one two');
  expect(channel.take()).toEqual(['response.created', 'answer.delta', 'answer.done', 'response.done']);
  expect(channel.page.phase).toBe('listening');
  channel.speaks();
  expect(channel.heard()).toBe('one two');
});

test('[C50] what an unfiltered channel says besides is not told twice, and plays nothing', () => {
  const channel = new Channel();
  const ids = { response_id: 'r1', item_id: 'item-of-r1' };
  channel.says({ type: 'session.created', session: {} });
  channel.says({ type: 'response.created', response: { id: 'r1' } });
  channel.says({ type: 'response.content_part.added', ...ids, content_index: 0, part: { type: 'audio' } });
  channel.words('r1', 'one').buffer('started', 'r1');
  channel.says({ type: 'response.output_audio.done', ...ids });
  channel.says({ type: 'response.done', response: { id: 'r1', status: 'completed' } });
  expect(channel.page.phase).toBe('speaking');
  channel.buffer('stopped', 'r1');
  expect(channel.take()).toEqual([
    'response.created',
    'answer.delta',
    'answer.playing',
    'response.done',
    'answer.over',
  ]);
  channel.says({ type: 'response.created', response: { id: 'r2' } });
  channel.says({ type: 'response.done', response: { id: 'r2', status: 'failed' } });
  expect(channel.page.phase).toBe('listening');
  expect(channel.page.model.notice?.text).toContain('could not answer');
});

function made(responseId: string, rest: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { type: 'response.done', response: { id: responseId, status: 'completed', output: [], ...rest } };
}

const CALL = {
  id: 'item_c1',
  type: 'function_call',
  call_id: 'c1',
  name: 'changeBackgroundColor',
  arguments: '{"color":"green"}',
};

test('[C50] who tells first begins an answer, and its sound ends it, in whatever order the two ways tell', () => {
  const channel = new Channel();
  const { page } = channel;
  channel.words('r1', 'one two').says({ type: 'response.created', response: { id: 'r1' } });
  channel.says(made('r1'));
  // Its sound is on its way.
  expect(page.phase).toBe('speaking');
  channel.buffer('started', 'r1').buffer('stopped', 'r1');
  expect(page.phase).toBe('listening');
  expect(channel.take()).toEqual([
    'response.created',
    'answer.delta',
    'answer.playing',
    'response.done',
    'answer.playing',
    'answer.over',
  ]);
  // Before any word, and behind all sound.
  channel.says({ type: 'response.created', response: { id: 'r2' } }).says(made('r2'));
  channel.words('r2', 'three').buffer('started', 'r2');
  expect(page.phase).toBe('speaking');
  channel.buffer('stopped', 'r2').says({ type: 'response.created', response: { id: 'r2' } });
  expect(page.phase).toBe('listening');
  channel.words('r3', 'four').buffer('started', 'r3').buffer('stopped', 'r3').says(made('r3'));
  expect(page.phase).toBe('listening');
  expect(page.model.captions.map(({ text }) => text)).toEqual(['one two', 'three', 'four']);
});

test('[C50] words of an answer that was cancelled begin no other when they come late', () => {
  const channel = new Channel();
  channel
    .says({ type: 'response.created', response: { id: 'r1' } })
    .says(made('r1', { status: 'cancelled' }));
  channel.words('r1', 'one').buffer('started', 'r1');
  expect(channel.page.phase).toBe('listening');
});

test('[JC10] what an answer by WebRTC calls is carried out once it is made, while it still sounds, and after it was cut', () => {
  const channel = new Channel();
  const { page } = channel;
  const run = {
    type: 'run-tool',
    callId: 'c1',
    name: 'changeBackgroundColor',
    arguments: { color: 'green' },
  };
  channel
    .words('r1', 'Here you are')
    .buffer('started', 'r1')
    .says(made('r1', { output: [CALL] }));
  expect(page.take()).toEqual([run]);
  expect(page.phase).toBe('speaking');
  page.tell({ type: 'tool-ran', callId: 'c1', output: { success: true } });
  expect(page.takeSent().map(({ type }) => type)).toEqual(['conversation.item.create', 'response.create']);
  channel.buffer('stopped', 'r1');
  expect(page.phase).toBe('thinking');
  channel.words('r2', 'Done').buffer('started', 'r2').passes(100).speaks();
  channel.says(made('r2', { output: [{ ...CALL, id: 'item_c2', call_id: 'c2' }] }));
  expect(page.take()).toEqual([{ ...run, callId: 'c2' }]);
});

test('[C52] Escape cancels the answer and flushes it; silence is told as a cut', () => {
  const channel = new Channel();
  const { page } = channel;
  channel.words('r1', 'one two three').buffer('started', 'r1').passes(300);
  page.tell({ type: 'stop-answer' });
  expect(page.take()).toMatchObject([
    { type: 'send', event: { type: 'response.cancel', response_id: 'r1' } },
    { type: 'clear-timer' },
    { type: 'flush' },
  ]);
  channel.hush();
  expect(page.phase).toBe('listening');
  expect(channel.heard()).toBe('one ');
});

test('[C52] what is typed over an answer is shown at once, and goes up when that is cut', () => {
  const channel = new Channel();
  const { page } = channel;
  channel.words('r1', 'one two three').buffer('started', 'r1').passes(300);
  page.tell({ type: 'typed', id: 't1', text: 'never mind' });
  expect(page.takeSent().map(({ type }) => type)).toEqual(['response.cancel']);
  channel.hush();
  expect(page.takeSent().map(({ type }) => type)).toEqual(['conversation.item.create', 'response.create']);
  page.tell({ type: 'flushed', heard: [] });
  expect(page.takeSent()).toEqual([]);
  expect(page.phase).toBe('thinking');
});

test('[C52] where no answer shows, what was typed meanwhile goes up', () => {
  const channel = new Channel();
  const { page } = channel;
  channel.says(userSpoke());
  page.tell({ type: 'typed', id: 't1', text: 'hello?' });
  expect(page.takeSent()).toEqual([]);
  page.tell({ type: 'server', event: { type: 'answer.over' }, at: 0 });
  expect(page.takeSent().map(({ type }) => type)).toEqual(['conversation.item.create', 'response.create']);
});
