import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { Agenda } from '../../src/durable-objects/agenda.ts';
import { newObjectName, NOON } from '../workerd/memories.ts';

function withAgenda(work: (agenda: Agenda, storage: DurableObjectStorage) => Promise<void>): Promise<void> {
  return runInDurableObject(env.USERS.getByName(newObjectName()), (_, { storage }) =>
    work(new Agenda(storage), storage),
  );
}

/** In the future, or the alarm would ring while the test is looking. */
const LATER = Date.now() + 24 * 60 * 60 * 1000;

it('[H18] the alarm is set to the earliest of the dates, and to none when there are none', () =>
  withAgenda(async (agenda, storage) => {
    agenda.set('retention', LATER + 2000);
    expect(await storage.getAlarm()).toBe(LATER + 2000);
    agenda.set('chat-ends', LATER + 1000);
    agenda.set('leftovers', LATER + 3000);
    expect(await storage.getAlarm()).toBe(LATER + 1000);
    agenda.setBy('retention', LATER + 5000);
    expect(agenda.dateOf('retention')).toBe(LATER + 2000);
    agenda.set('chat-ends', null);
    expect(await storage.getAlarm()).toBe(LATER + 2000);
    // Another instance of the object finds what was set.
    expect(new Agenda(storage).dateOf('leftovers')).toBe(LATER + 3000);
    agenda.set('retention', null);
    agenda.set('leftovers', null);
    expect(await storage.getAlarm()).toBeNull();
    expect([...storage.kv.list()]).toEqual([]);
  }));

it('[H18] what is due is done, at its new date again, and what is not due waits', () =>
  withAgenda(async (agenda, storage) => {
    const done: string[] = [];
    agenda.set('retention', NOON);
    agenda.set('leftovers', NOON);
    agenda.set('chat-ends', LATER);
    await agenda.run(NOON, {
      retention: () => (done.push('retention'), LATER + 1),
      leftovers: async () => (done.push('leftovers'), null),
      'chat-ends': () => (done.push('chat-ends'), null),
    });
    expect(done.toSorted()).toEqual(['leftovers', 'retention']);
    expect(agenda.dateOf('retention')).toBe(LATER + 1);
    expect(agenda.dateOf('leftovers')).toBeNull();
    expect(await storage.getAlarm()).toBe(LATER);
  }));

it('[H18] an alarm that rang too early rings again', () =>
  withAgenda(async (agenda, storage) => {
    agenda.set('retention', LATER);
    await storage.deleteAlarm();
    await agenda.run(NOON, {});
    expect(await storage.getAlarm()).toBe(LATER);
  }));

it('[H18] one that fails keeps no other from being done, and is tried again after ten minutes', () =>
  withAgenda(async (agenda) => {
    const done: string[] = [];
    agenda.set('chat-ends', NOON);
    agenda.set('retention', NOON);
    await agenda.run(NOON, {
      'chat-ends': () => {
        throw new TypeError('broken');
      },
      retention: () => (done.push('retention'), null),
    });
    expect(done).toEqual(['retention']);
    expect(agenda.dateOf('chat-ends')).toBe(NOON + 600_000);
  }));
