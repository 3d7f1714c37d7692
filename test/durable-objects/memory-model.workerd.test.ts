import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KeptMessage } from '../../src/durable-objects/store/memory.ts';
import type { SqlMemory } from '../../src/durable-objects/store/sql-memory.ts';
import { titleOf } from '../../src/durable-objects/store/title.ts';
import { everythingIn, newObjectName, NOON, openMemory, said } from '../workerd/memories.ts';

/** A conversation in the simplest words: a list that is sorted when somebody looks. */
interface Told {
  title: string | null;
  /** In the order in which they were first kept. */
  readonly messages: KeptMessage[];
}

/** What a memory should know. */
class Model {
  readonly conversations = new Map<string, Told>();

  keep(id: string, message: KeptMessage): void {
    const told = this.conversations.get(id);
    const index = told?.messages.findIndex((each) => each.id === message.id) ?? -1;
    const before = told?.messages[index];
    if (told && before) told.messages[index] = { ...message, saidAt: before.saidAt };
    else told?.messages.push(message);
  }

  takeBack(id: string, messageId: string): boolean {
    const told = this.conversations.get(id);
    const ordered = this.ordered(id);
    const index = ordered.findIndex((each) => each.id === messageId);
    if (!told || index === -1) return false;
    const gone = new Set(ordered.slice(index));
    told.messages.splice(0, Infinity, ...told.messages.filter((each) => !gone.has(each)));
    return true;
  }

  erase(id: string, messageId: string): void {
    const told = this.conversations.get(id);
    told?.messages.splice(0, Infinity, ...told.messages.filter((each) => each.id !== messageId));
  }

  ordered(id: string): readonly KeptMessage[] {
    return (this.conversations.get(id)?.messages ?? []).toSorted((a, b) => a.saidAt - b.saidAt);
  }

  titleOf(id: string): string {
    const own = this.conversations.get(id)?.title ?? null;
    const first = this.ordered(id).find(({ role, content }) => role === 'user' && content !== '');
    return own ?? titleOf(first?.content ?? '');
  }

  finds(word: string): string[] {
    return [...this.conversations.values()].flatMap(({ messages, title }) => [
      ...messages.filter(({ content }) => content.split(' ').includes(word)).map(({ id }) => id),
      ...(title?.split(' ').includes(word) ? ['title'] : []),
    ]);
  }
}

const WORDS = ['quince', 'medlar', 'rowan', '梨', 'é'];
const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((words) => words.join(' '));
const where = { conversation: fc.nat({ max: 3 }), message: fc.nat({ max: 9 }) };
const message = fc.record({
  ...where,
  content: text,
  at: fc.nat({ max: 4 }),
});

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('keep' as const), message }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('note' as const), message }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('takeBack' as const), ...where }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('erase' as const), ...where }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rename' as const), ...where, title: text }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), ...where }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface World {
  readonly memory: SqlMemory;
  readonly model: Model;
  readonly storage: DurableObjectStorage;
}

function take({ memory, model, storage }: World, todo: Exclude<Step, { do: 'abort' }>): void {
  const ids = [...model.conversations.keys()];
  const idAt = (n: number): string => ids[n % Math.max(ids.length, 1)] ?? 'conv_nowhere';
  switch (todo.do) {
    case 'begin':
      model.conversations.set(memory.begin(NOON), { title: null, messages: [] });
      return;
    case 'keep':
    case 'note': {
      const { conversation, message: nth, content, at } = todo.message;
      // Who says a thing never changes.
      const role = nth % 2 === 0 ? 'user' : 'assistant';
      const id = idAt(conversation);
      const one = said(content, { id: `m${conversation}.${nth}`, role, saidAt: NOON + at });
      if (todo.do === 'note') memory.note(id, one);
      else expect(memory.keep(id, one) === null).toBe(!model.conversations.has(id));
      model.keep(id, one);
      return;
    }
    case 'takeBack': {
      const messageId = `m${todo.conversation}.${todo.message}`;
      const id = idAt(todo.conversation);
      expect(memory.takeBack(id, messageId)).toBe(model.takeBack(id, messageId));
      return;
    }
    case 'erase': {
      const id = idAt(todo.conversation);
      memory.erase(id, `m${todo.conversation}.${todo.message}`);
      model.erase(id, `m${todo.conversation}.${todo.message}`);
      return;
    }
    case 'rename': {
      const told = model.conversations.get(idAt(todo.conversation));
      expect(memory.rename(idAt(todo.conversation), todo.title) !== null).toBe(told !== undefined);
      if (told) told.title = todo.title;
      return;
    }
    case 'delete':
      expect(memory.delete(idAt(todo.conversation))).toBe(
        model.conversations.delete(idAt(todo.conversation)),
      );
      return;
    case 'look':
      look(memory, model, storage);
  }
}

function look(memory: SqlMemory, model: Model, storage: DurableObjectStorage): void {
  for (const id of model.conversations.keys()) {
    const opened = memory.open(id, { after: null, limit: 100 });
    const ordered = model.ordered(id);
    expect(opened?.messages.map((each) => [each.id, each.content])).toEqual(
      ordered.map((each) => [each.id, each.content]),
    );
    expect(opened?.conversation).toMatchObject({ title: model.titleOf(id), message_count: ordered.length });
  }
  const listed = memory.list({ after: null, limit: 100 }).items.map(({ id }) => id);
  const spoken = [...model.conversations].filter(([, { messages }]) => messages.length > 0);
  expect(listed.toSorted()).toEqual(spoken.map(([id]) => id).toSorted());
  const gone: string[] = [];
  for (const word of WORDS) {
    const { results } = memory.search(word, { after: null, limit: 100 });
    const found = results.map(({ message_id }) => message_id ?? 'title');
    expect(found.toSorted()).toEqual(model.finds(word).toSorted());
    // What is nowhere any more is not even in what was written down of it.
    if (found.length === 0 && word.length > 1) gone.push(word);
  }
  // The index writes down what was taken out of it when a transaction ends, or another begins.
  const held = storage.transactionSync(() => everythingIn(storage));
  expect(gone.filter((word) => held.includes(word))).toEqual([]);
}

/** Steps between two aborts are taken by one instance of the object. */
async function live(name: string, model: Model, steps: readonly Step[]): Promise<void> {
  const cut = steps.findIndex((todo) => todo.do === 'abort');
  const now = cut === -1 ? steps : steps.slice(0, cut);
  await runInDurableObject(env.USERS.getByName(name), (_, { storage }) => {
    const memory = openMemory(storage);
    for (const todo of now) if (todo.do !== 'abort') take({ memory, model, storage }, todo);
    if (cut === -1) look(memory, model, storage);
  });
  if (cut === -1) return;
  await abortAllDurableObjects();
  await live(name, model, steps.slice(cut + 1));
}

it('[H24] whatever happens, what is told is what a list in memory would tell', async () => {
  let lives = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
      await live(newObjectName(), new Model(), steps);
      lives += 1;
    }),
    { numRuns: 60 },
  );
  expect(lives).toBe(60);
}, 60_000);
