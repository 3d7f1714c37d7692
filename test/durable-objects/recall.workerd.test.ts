import { expect, it } from 'vitest';
import type { SqlMemory } from '../../src/durable-objects/store/sql-memory.ts';
import { NOON, said, withMemory } from '../workerd/memories.ts';

/** A conversation of messages of 90 letters: 40 tokens each. Their ids are `m0`, `m1`… */
function talk(memory: SqlMemory, count: number): string {
  const id = memory.begin(NOON);
  for (let index = 0; index < count; index += 1) {
    const content = String(index).padEnd(90, '.');
    memory.keep(id, said(content, { id: `m${index}`, saidAt: NOON + index }));
  }
  return id;
}

function idsOf(messages: readonly { readonly id: string }[]): string[] {
  return messages.map(({ id }) => id);
}

it('[H7] a conversation that fits is recalled whole, without a summary', () =>
  withMemory((memory) => {
    const id = talk(memory, 5);
    memory.summarize(id, { text: 'They counted.', until: 'm1' });
    const recalled = memory.recall(id, 200);
    expect(recalled.summary).toBeNull();
    expect(idsOf(recalled.messages)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    expect(recalled.forgotten).toEqual([]);
  }));

it('[H7] of one that does not fit the end is recalled, and what nobody has summarized yet is told', () =>
  withMemory((memory) => {
    const id = talk(memory, 10);
    const before = memory.recall(id, 130);
    expect(before.summary).toBeNull();
    expect(idsOf(before.messages)).toEqual(['m7', 'm8', 'm9']);
    expect(idsOf(before.forgotten)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    memory.summarize(id, { text: 'They counted to six.', until: 'm6' });
    const after = memory.recall(id, 150);
    expect(after.summary).toBe('They counted to six.');
    expect(idsOf(after.messages)).toEqual(['m7', 'm8', 'm9']);
    expect(after.forgotten).toEqual([]);
    // Nothing that the summary stands for comes beside it, even where there is room.
    expect(idsOf(memory.recall(id, 290).messages)).toEqual(['m7', 'm8', 'm9']);
    memory.summarize(id, { text: 'nothing', until: 'nobody' });
    expect(memory.recall(id, 150).summary).toBe('They counted to six.');
  }));

it('[H7] the last message is recalled however long it is', () =>
  withMemory((memory) => {
    const id = talk(memory, 3);
    memory.keep(id, said('x'.repeat(9000), { id: 'long', saidAt: NOON + 99 }));
    expect(idsOf(memory.recall(id, 100).messages)).toEqual(['long']);
  }));

it('[H7] letters of three bytes and tool calls weigh what the model will have to read', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    memory.keep(id, said('漢'.repeat(90), { id: 'a' }));
    memory.keep(id, said('漢'.repeat(90), { id: 'b', saidAt: NOON + 1 }));
    expect(idsOf(memory.recall(id, 199).messages)).toEqual(['b']);
    expect(idsOf(memory.recall(id, 200).messages)).toEqual(['a', 'b']);
    const call = { call_id: 'c', name: 'dump', arguments: null, output: 'x'.repeat(900), is_error: false };
    memory.keep(id, said('', { id: 'c', role: 'assistant', saidAt: NOON + 2, toolCalls: [call] }));
    expect(idsOf(memory.recall(id, 200).messages)).toEqual(['c']);
  }));

it('[H8] what is to be summarized comes in parts that one summary can take', () =>
  withMemory((memory) => {
    const id = talk(memory, 1000);
    const parts: number[] = [];
    for (;;) {
      const { forgotten } = memory.recall(id, 1000);
      const last = forgotten.at(-1);
      if (!last) break;
      parts.push(forgotten.length);
      memory.summarize(id, { text: `until ${last.id}`, until: last.id });
    }
    expect(parts).toEqual([300, 300, 300, 76]);
    expect(memory.recall(id, 1000).summary).toBe('until m975');
  }));
