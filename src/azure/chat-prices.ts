/** What Azure charges for chat, as data, and what a step of a chat costs. Pure. */
import { dearest, priceOf, type Dated, type Rate } from './prices.ts';
import { nanoUsd, type Amount } from './usage.ts';

/** What a family of chat models costs since a day; USD per million tokens. */
export interface ChatPrice extends Dated, Rate {
  readonly source: string;
}

/** Tokens as Azure reports them. Cached ones are part of the input, thoughts part of the output. */
export interface ChatUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const MODEL_PAGES = 'price map of litellm, azure/MODEL, as several projects carry it; read 2026-11';
const COPILOT =
  'price table in the documentation of GitHub Copilot, which charges what OpenAI does; read 2026-11';

/** Chat models by family. A family's name covers those of its members that have no line of their own. */
export const chatPrices: readonly ChatPrice[] = [
  { family: 'gpt-4o', since: '2024-10-01', input: 2.5, cached: 1.25, output: 10, source: MODEL_PAGES },
  {
    family: 'gpt-4o-mini',
    since: '2024-07-18',
    input: 0.15,
    cached: 0.075,
    output: 0.6,
    source: MODEL_PAGES,
  },
  { family: 'gpt-4.1', since: '2025-04-14', input: 2, cached: 0.5, output: 8, source: MODEL_PAGES },
  { family: 'gpt-4.1-mini', since: '2025-04-14', input: 0.4, cached: 0.1, output: 1.6, source: MODEL_PAGES },
  {
    family: 'gpt-4.1-nano',
    since: '2025-04-14',
    input: 0.1,
    cached: 0.025,
    output: 0.4,
    source: MODEL_PAGES,
  },
  { family: 'gpt-5', since: '2025-08-07', input: 1.25, cached: 0.125, output: 10, source: MODEL_PAGES },
  { family: 'gpt-5-mini', since: '2025-08-07', input: 0.25, cached: 0.025, output: 2, source: MODEL_PAGES },
  { family: 'gpt-5-nano', since: '2025-08-07', input: 0.05, cached: 0.005, output: 0.4, source: MODEL_PAGES },
  { family: 'gpt-5.2', since: '2025-12-11', input: 1.75, cached: 0.175, output: 14, source: COPILOT },
  { family: 'gpt-5.3', since: '2026-02-05', input: 1.75, cached: 0.175, output: 14, source: COPILOT },
  { family: 'gpt-5.4', since: '2026-03-05', input: 2.5, cached: 0.25, output: 15, source: COPILOT },
  { family: 'gpt-5.4-mini', since: '2026-03-17', input: 0.75, cached: 0.075, output: 4.5, source: COPILOT },
  { family: 'gpt-5.4-nano', since: '2026-03-17', input: 0.2, cached: 0.02, output: 1.25, source: COPILOT },
  { family: 'gpt-5.5', since: '2026-04-23', input: 5, cached: 0.5, output: 30, source: COPILOT },
  { family: 'gpt-5.6', since: '2026-06-01', input: 5, cached: 0.5, output: 30, source: COPILOT },
];

/** The price of a deployment on a day (`YYYY-MM-DD`); an unknown one is charged as the dearest. */
export function chatPrice(deployment: string, day: string): ChatPrice {
  return priceOf(chatPrices, deployment, day) ?? DEAREST;
}

/** What tokens cost. */
export function chatCost({ input, cached, output }: ChatUsage, price: ChatPrice): Amount {
  const hit = Math.min(cached, input);
  const usd = (input - hit) * price.input + hit * price.cached + output * price.output;
  return { tokens: input + output, nanoUsd: nanoUsd(usd) };
}

const DEAREST = dearest(chatPrices, ({ input, output }) => input + output);
