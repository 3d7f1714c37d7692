/** What the steps of a chat's answer are charged, whoever gives it and however it ends. */
import { expect, it } from 'vitest';
import { chatPrice, type ChatPrice } from '../../src/azure/chat-prices.ts';
import { Account } from '../../src/durable-objects/account.ts';
import { ChatPurse } from '../../src/durable-objects/chat-purse.ts';
import { Meter } from '../../src/durable-objects/meter.ts';
import { LIMITS } from '../workerd/calls.ts';
import { MemoryStorage } from '../workerd/memory-storage.ts';

function priceOf(deployment: string | null): ChatPrice {
  const price = chatPrice('gpt-4o', '2026-11-25');
  const times = deployment === 'dear' ? 10 : 1;
  return { ...price, input: price.input * times, output: price.output * times };
}

/** A purse at whose second deployment words cost ten times as much. */
function purse(): ChatPurse {
  const account = new Account(new MemoryStorage(), Date.now());
  const meter = new Meter(account, 'vs_1', { limits: LIMITS, sessions: () => 1 });
  return new ChatPurse({ meter, priceOf, name: 'answer' }, () => undefined);
}

it('[F10][J34] a step that nobody waits for any more costs what the deployment that gave it costs', () => {
  const [cheap, dear] = [purse(), purse()];
  for (const [one, deployment] of [
    [cheap, null],
    [dear, 'dear'],
  ] as const) {
    const grant = one.open({ inputBytes: 400 });
    one.answers(grant?.id ?? '', deployment);
    one.wrote('One, two, three.');
    one.abandon();
  }
  expect(cheap.spent().nanoUsd).toBeGreaterThan(0);
  expect(dear.spent()).toEqual({ tokens: cheap.spent().tokens, nanoUsd: cheap.spent().nanoUsd * 10 });
});
