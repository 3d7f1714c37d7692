import { abortAllDurableObjects } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { everythingIn, newObjectName, NOON, said, withMemory } from '../workerd/memories.ts';

const NOWHERE = 'conv_00000000000000000000000000000000';
const FIRST = { after: null, limit: 100 };

it('[H1] a conversation has an unguessable id, and is listed when somebody said something in it, the latest first', () =>
  withMemory((memory) => {
    const ids = [memory.begin(NOON), memory.begin(NOON + 1000), memory.begin(NOON + 2000)];
    for (const id of ids) expect(id).toMatch(/^conv_[0-9a-f]{32}$/);
    const [first = '', second = ''] = ids;
    expect(memory.find(first)).toEqual({
      id: first,
      title: '',
      created_at: NOON / 1000,
      updated_at: NOON / 1000,
      message_count: 0,
    });
    expect(memory.list(FIRST)).toEqual({ items: [], next: null });
    memory.keep(second, said('second', { saidAt: NOON + 3000 }));
    memory.keep(first, said('first', { saidAt: NOON + 4000 }));
    const kept = memory.keep(first, said('again', { saidAt: NOON + 3500 }));
    expect(kept?.conversation).toMatchObject({
      title: 'again',
      message_count: 2,
      updated_at: NOON / 1000 + 4,
    });
    expect(memory.list(FIRST).items.map(({ id }) => id)).toEqual([first, second]);
  }));

it('[H1] lists come in pages that miss nothing and repeat nothing', () =>
  withMemory((memory) => {
    const ids = Array.from({ length: 7 }, (_, index) => {
      const id = memory.begin(NOON);
      memory.keep(id, said('hello', { saidAt: NOON + Math.floor(index / 3) }));
      return id;
    });
    const seen: string[] = [];
    let after = null;
    do {
      const { items, next } = memory.list({ after, limit: 2 });
      seen.push(...items.map(({ id }) => id));
      after = next;
    } while (after !== null);
    expect(seen).toEqual(ids.toReversed());
  }));

it('[H2] a message is kept with its tool calls; kept again, it changes where it stands', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    const call = {
      call_id: 'c1',
      name: 'weather',
      arguments: { city: 'Bern' },
      output: null,
      is_error: false,
    };
    const answer = said('', { role: 'assistant', status: 'answering', saidAt: NOON + 1, toolCalls: [call] });
    memory.keep(id, said('How is it?', { clientId: 'mine' }));
    memory.keep(id, answer);
    memory.keep(id, said('And now?', { saidAt: NOON + 2 }));
    const output = { degrees: 21 };
    memory.keep(id, {
      ...answer,
      content: 'Sunny.',
      status: 'complete',
      saidAt: NOON + 9999,
      toolCalls: [{ ...call, output }],
    });
    expect(memory.open(id, FIRST)?.messages.map(({ content }) => content)).toEqual([
      'How is it?',
      'Sunny.',
      'And now?',
    ]);
    expect(memory.message(id, answer.id)).toEqual({
      id: answer.id,
      role: 'assistant',
      mode: 'text',
      content: 'Sunny.',
      status: 'complete',
      created_at: Math.floor((NOON + 1) / 1000),
      tool_calls: [{ ...call, output }],
    });
    expect(memory.find(id)?.message_count).toBe(3);
    expect(memory.messageOfClient(id, 'mine')?.content).toBe('How is it?');
    expect(memory.messageOfClient(id, 'yours')).toBeNull();
    expect(memory.last(id)?.content).toBe('And now?');
  }));

it('[H2] what is not there is told by null, whatever is wanted of it', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    const other = memory.begin(NOON);
    const message = said('here');
    memory.keep(id, message);
    expect(memory.find(NOWHERE)).toBeNull();
    expect(memory.keep(NOWHERE, said('lost'))).toBeNull();
    expect(memory.message(other, message.id)).toBeNull();
    expect(memory.last(other)).toBeNull();
    expect(memory.open(NOWHERE, FIRST)).toBeNull();
    expect(memory.rename(NOWHERE, 'title')).toBeNull();
    expect(memory.delete(NOWHERE)).toBe(false);
    expect(memory.takeBack(NOWHERE, message.id)).toBe(false);
    expect(memory.takeBack(other, message.id)).toBe(false);
    expect(memory.recall(NOWHERE, 1000)).toEqual({ summary: null, messages: [], forgotten: [] });
    memory.note(NOWHERE, said('lost too'));
    expect(memory.list(FIRST).items).toHaveLength(1);
  }));

it('[H3] messages stand in the order in which they were said, and those of one moment as they came', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    memory.keep(id, said('3', { saidAt: NOON + 2 }));
    memory.keep(id, said('1', { saidAt: NOON + 1 }));
    memory.note(id, said('2', { saidAt: NOON + 1 }));
    memory.keep(id, said('0', { saidAt: NOON }));
    expect(memory.open(id, FIRST)?.messages.map(({ content }) => content)).toEqual(['0', '1', '2', '3']);
  }));

it('[H4] what a call noted can be read at once, and is there once however often its object is lost', async () => {
  const name = newObjectName();
  const note = said('noted', { id: 'vs_1.item_1', mode: 'voice' });
  const id = await withMemory((memory, storage) => {
    const conversation = memory.begin(NOON);
    memory.note(conversation, note);
    memory.note(conversation, { ...note, content: 'noted twice' });
    // A second instance that finds what the first had not folded.
    expect([...storage.kv.list({ prefix: 'journal/' })]).toHaveLength(2);
    expect(memory.find(conversation)?.message_count).toBe(1);
    expect([...storage.kv.list({ prefix: 'journal/' })]).toHaveLength(0);
    memory.note(conversation, { ...note, content: 'noted thrice', saidAt: NOON + 5 });
    memory.note(conversation, said('and more', { saidAt: NOON + 1 }));
    return conversation;
  }, name);
  await abortAllDurableObjects();
  await withMemory((memory, storage) => {
    expect([...storage.kv.list({ prefix: 'journal/' })]).toHaveLength(0);
    expect(memory.open(id, FIRST)?.messages.map(({ content }) => content)).toEqual([
      'noted thrice',
      'and more',
    ]);
    memory.note(id, said('later', { saidAt: NOON + 2 }));
    expect(memory.last(id)?.content).toBe('later');
  }, name);
});

it('[H4] a note is written without holding anything back, and reads nothing', () =>
  withMemory((memory, storage) => {
    const id = memory.begin(NOON);
    const options: unknown[] = [];
    const put = storage.put.bind(storage);
    storage.put = ((...all: unknown[]) => {
      options.push(all[2]);
      return Reflect.apply(put, storage, all);
    }) as typeof storage.put;
    memory.note(id, said('quick'));
    expect(options).toEqual([{ allowUnconfirmed: true }]);
  }));

it('[H5] a title is the beginning of the first thing the person said, cut at a word, until they give one', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    memory.keep(id, said('Welcome!', { role: 'assistant', saidAt: NOON }));
    expect(memory.find(id)?.title).toBe('');
    const second = said('the second thing', { saidAt: NOON + 9 });
    expect(memory.keep(id, second)).toMatchObject({ hasNewTitle: true });
    const late = said('  My name\nis Ada, and this goes on for much longer than a title ever should. ', {
      saidAt: NOON + 5,
    });
    expect(memory.keep(id, late)).toMatchObject({
      hasNewTitle: true,
      conversation: { title: 'My name is Ada, and this goes on for much longer than a…' },
    });
    expect(memory.keep(id, said('more', { saidAt: NOON + 10 }))).toMatchObject({ hasNewTitle: false });
    expect(memory.rename(id, 'Ada')?.title).toBe('Ada');
    expect(memory.keep(id, { ...late, content: 'Hello' })).toMatchObject({
      hasNewTitle: false,
      conversation: { title: 'Ada' },
    });
  }));

it('[H6] a message is taken back with all that came after it, and a title or summary made of it', () =>
  withMemory((memory, storage) => {
    const id = memory.begin(NOON);
    const first = said('first quince');
    memory.keep(id, first);
    memory.keep(id, said('answer medlar', { role: 'assistant', saidAt: NOON + 1 }));
    const last = said('third', { saidAt: NOON + 2 });
    memory.keep(id, last);
    memory.summarize(id, { text: 'They spoke of quinces.', until: first.id });
    expect(memory.takeBack(id, last.id)).toBe(true);
    expect(memory.find(id)).toMatchObject({ title: 'first quince', message_count: 2 });
    expect(memory.takeBack(id, first.id)).toBe(true);
    expect(memory.takeBack(id, first.id)).toBe(false);
    expect(memory.find(id)).toMatchObject({ title: '', message_count: 0 });
    expect(memory.search('quince', FIRST_HITS).results).toEqual([]);
    expect(everythingIn(storage)).not.toMatch(/quince|medlar/);
    expect(memory.keep(id, said('anew'))).toMatchObject({ hasNewTitle: true });
  }));

const FIRST_HITS = { after: null, limit: 100 };

it.for([
  [40, 900],
  [250, 500],
  [500, 250],
] as const)(
  '[H12] of a conversation of %i messages, beside %i others, nothing is left when it is deleted',
  ([mine, others]) =>
    withMemory((memory, storage) => {
      const id = memory.begin(NOON);
      const other = memory.begin(NOON);
      storage.transactionSync(() => {
        for (let index = 0; index < mine; index += 1) memory.keep(id, said(`quince${index} shared`));
        for (let index = 0; index < others; index += 1) memory.keep(other, said(`medlar${index} shared`));
      });
      memory.rename(other, 'Loganberries');
      memory.rename(id, 'Rowanberries');
      memory.summarize(id, { text: 'All about sorbus', until: memory.last(id)?.id ?? '' });
      const call = { call_id: 'c', name: 'loquat', arguments: {}, output: 'bletted', is_error: false };
      memory.note(id, said('heard of quincejam', { role: 'assistant', toolCalls: [call] }));
      const secret = /quince|rowan|sorbus|loquat|bletted/i;
      expect(everythingIn(storage)).toMatch(secret);
      expect(memory.delete(id)).toBe(true);
      const left = everythingIn(storage);
      expect(left).not.toMatch(secret);
      expect(left).not.toContain(id);
      expect(memory.search(`medlar${others - 1}`, FIRST_HITS).results).toHaveLength(1);
      expect(memory.search('logan', FIRST_HITS).results).toHaveLength(1);
      expect(memory.search('shared', { after: null, limit: 1000 }).results).toHaveLength(others);
      // The index is as it was before: what goes later goes at once.
      expect(memory.delete(other)).toBe(true);
      expect(everythingIn(storage)).not.toMatch(/medlar|logan|shared/i);
      // A note that comes late finds nowhere to go.
      memory.note(id, said('quince again'));
      expect(memory.find(id)).toBeNull();
      expect(everythingIn(storage)).not.toMatch(secret);
    }),
);

it('[H13] a message longer than its row can hold is a mistake of whoever let it in; what a tool said is cut', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    const longest = '漢'.repeat(100_000);
    memory.keep(id, said(longest));
    expect(memory.last(id)?.content).toBe(longest);
    expect(() => memory.keep(id, said(`${longest}.`))).toThrow(RangeError);
    expect(() => memory.note(id, said(`${longest}.`))).toThrow(RangeError);
    const output = '"'.repeat(1_000_000);
    const answer = said('漢'.repeat(300_000), {
      role: 'assistant',
      saidAt: NOON + 1,
      toolCalls: Array.from({ length: 4 }, (_, index) => ({
        call_id: `c${index}`,
        name: 'dump',
        arguments: { index },
        output,
        is_error: false,
      })),
    });
    memory.note(id, answer);
    const kept = memory.last(id);
    expect(kept?.content).toBe(answer.content);
    expect(kept?.tool_calls.map((call) => call.arguments)).toEqual([0, 1, 2, 3].map((index) => ({ index })));
    expect(kept?.tool_calls[3]?.output).toMatch(/… \(cut: 2000002 characters\)$/);
    expect(memory.find(id)?.message_count).toBe(2);
  }));
