import { expect, it } from 'vitest';
import { asks, chats, textHeard } from '../workerd/chats.ts';

it('[T1] smoke', async () => {
  const alice = await chats();
  const answer = await asks(alice, 'My name is Ada.');
  expect(textHeard(alice)).toBe(answer['content']);
  await alice.hears('usage');
  expect((await asks(alice, 'What is my name?'))['content']).toBe('Your name is Ada.');
  console.log(JSON.stringify(alice.heard.slice(0, 6)), alice.types());
  alice.hangsUp();
  expect((await alice.ends()).code).toBe(1000);
});
