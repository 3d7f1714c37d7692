/** What the model is given of a long conversation, and who pays for it. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { objectName } from '../../src/identity/object-name.ts';
import { TEST_SECRET } from '../support/tokens.ts';
import { newPerson, tokenWith } from '../workerd/calls.ts';
import { asks, chats } from '../workerd/chats.ts';
import { openMemory, said } from '../workerd/memories.ts';

it('[T19] what no longer fits is summed up after an answer, and known from then on', async () => {
  const person = newPerson();
  const stub = env.USERS.getByName(await objectName(TEST_SECRET, { issuer: 'voxgate', subject: person }));
  const conversation = await runInDurableObject(stub, (_, { storage }) => {
    const memory = openMemory(storage);
    const id = memory.begin(Date.now());
    memory.keep(id, said('My name is Ada.'));
    for (let count = 0; count < 6; count += 1) memory.keep(id, said(`Word ${'x'.repeat(9_000)}`));
    return id;
  });
  const alice = await chats({ token: await tokenWith(person, {}), conversation });
  expect(await asks(alice, 'What is my name?')).toMatchObject({ content: 'I do not know your name yet.' });
  await expect
    .poll(() =>
      runInDurableObject(stub, (_, { storage }) => openMemory(storage).recall(conversation, 12_000).summary),
    )
    .toContain('Ada');
  expect(await asks(alice, 'What is my name?')).toMatchObject({ content: 'Your name is Ada.' });
  alice.hangsUp();
});
