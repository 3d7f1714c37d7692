import { expect, it } from 'vitest';
import { chatCost, chatPrice, chatPrices } from '../../src/azure/chat-prices.ts';

const DAY = '2026-11-25';

it.each([
  ['gpt-4o', 'gpt-4o'],
  ['gpt-4o-2024-11-20', 'gpt-4o'],
  ['GPT-4o-mini-eu', 'gpt-4o-mini'],
  ['gpt-4.1', 'gpt-4.1'],
  ['gpt-4.1-nano', 'gpt-4.1-nano'],
  ['gpt-5', 'gpt-5'],
  ['gpt-5.1', 'gpt-5'],
  ['gpt-5-mini', 'gpt-5-mini'],
  ['gpt-5.4-mini', 'gpt-5.4-mini'],
])('[J34] %s is charged as %s', (deployment, family) => {
  expect(chatPrice(deployment, DAY).family).toBe(family);
});

it('[J34] a price counts from its first day; an unknown deployment is charged as the dearest', () => {
  expect(chatPrice('gpt-5.4', '2026-03-04').family).toBe('gpt-5');
  const most = Math.max(...chatPrices.map(({ input, output }) => input + output));
  for (const { input, output } of [chatPrice('our-own', DAY), chatPrice('gpt-5', '2024-01-01')]) {
    expect(input + output).toBe(most);
  }
});

it('[J34] a step costs what its tokens cost, cached ones at the cached price, to the nano-dollar', () => {
  // 300 x 2.5 + 700 x 1.25 + 50 x 10, in millionths of a dollar.
  const usage = { input: 1_000, cached: 700, output: 50 };
  expect(chatCost(usage, chatPrice('gpt-4o', DAY))).toEqual({ tokens: 1_050, nanoUsd: 2_125_000 });
  expect(chatCost({ input: 10, cached: 20, output: 0 }, chatPrice('gpt-4o', DAY)).nanoUsd).toBe(12_500);
});
