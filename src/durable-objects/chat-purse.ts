/** Who pays for the steps of a chat's answer: each is promised before it is made, and settled by what Azure reports. */
import type { Grant, Purse, Used } from '../agent/run.ts';
import { chatCost, type ChatPrice } from '../azure/chat-prices.ts';
import { wordTokens } from '../azure/token-estimate.ts';
import { plus, NOTHING, type Amount } from '../azure/usage.ts';
import { affordableOutput, type BudgetView } from './budget.ts';
import type { Meter } from './meter.ts';
import { NANO_PER_TOKEN, SHORTEST_ANSWER_TOKENS } from './spending.ts';

/** The longest a step is let write where a budget has to pay for it, in tokens. */
export const LONGEST_STEP_TOKENS = 16_384;

/** What a step writes as a rule: some paragraphs. */
const USUAL_STEP_TOKENS = 300;

/** What words cost at a deployment; null: at the one that is asked first. */
export type Pricing = (deployment: string | null) => ChatPrice;

/** A step that was promised money and has not ended. */
interface Open {
  readonly inputTokens: number;
  /** Who answers; null while nobody does. */
  deployment: string | null;
  /** UTF-8 bytes that came so far. */
  bytes: number;
}

const utf8 = new TextEncoder();

/** One per answer. What it pays for is told to `onPaid`. */
export class ChatPurse implements Purse {
  readonly #meter: Meter;
  readonly #priceOf: Pricing;
  readonly #onPaid: () => void;
  readonly #name: string;
  readonly #open = new Map<string, Open>();
  #sequence = 0;
  #isAbandoned = false;
  #spent: Amount = NOTHING;

  /** `name`: no other answer of the session has it. */
  constructor(
    { meter, priceOf, name }: { readonly meter: Meter; readonly priceOf: Pricing; readonly name: string },
    onPaid: () => void,
  ) {
    this.#meter = meter;
    this.#priceOf = priceOf;
    this.#name = name;
    this.#onPaid = onPaid;
  }

  /** What the answer has cost so far. */
  spent(): Amount {
    return this.#spent;
  }

  /** A piece of the answer came: of a step that is cut, this is what is known. */
  wrote(text: string): void {
    for (const step of this.#open.values()) step.bytes += utf8.encode(text).byteLength;
  }

  /** Nobody waits for the answer any more: what is under way is settled now, and nothing is paid for later. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const [id, { deployment }] of this.#open) this.close(id, { usage: null, deployment });
  }

  readonly open = ({ inputBytes }: { readonly inputBytes: number }): Grant | null => {
    if (this.#isAbandoned) return null;
    const view = this.#meter.budget(Date.now());
    const inputTokens = wordTokens(inputBytes);
    const price = this.#priceOf(null);
    const cost = (output: number): Amount => chatCost({ input: inputTokens, cached: 0, output }, price);
    const fixed = cost(0);
    const each = { tokens: 1, nanoUsd: price.output * NANO_PER_TOKEN };
    const affordable = affordableOutput(view, { fixed, each });
    if (affordable < SHORTEST_ANSWER_TOKENS) return null;
    const longest = Math.min(affordable, LONGEST_STEP_TOKENS);
    this.#sequence += 1;
    const id = `${this.#name}-${this.#sequence}`;
    this.#open.set(id, { inputTokens, deployment: null, bytes: 0 });
    const likely = cost(Math.min(longest, USUAL_STEP_TOKENS));
    this.#meter.reserve(id, { most: cost(longest), likely });
    return { id, mostOutputTokens: limitsWords(view) ? longest : null };
  };

  readonly answers = (id: string, deployment: string | null): void => {
    const step = this.#open.get(id);
    if (step !== undefined) step.deployment = deployment;
  };

  /** A step that was cut is charged for what it read and what came of it; one of which nothing came, for nothing. */
  readonly close = (id: string, { usage, deployment }: Used): void => {
    const step = this.#open.get(id);
    if (step === undefined) return;
    this.#open.delete(id);
    if (usage === null && step.bytes === 0) return this.#meter.release(id);
    const used = usage ?? { input: step.inputTokens, cached: 0, output: wordTokens(step.bytes) };
    const amount = chatCost(used, this.#priceOf(deployment));
    this.#spent = plus(this.#spent, amount);
    this.#meter.settle(id, amount, Date.now());
    this.#onPaid();
  };
}

/** Minutes of voice are no limit to what is written. */
function limitsWords({ budgets }: BudgetView): boolean {
  return budgets.tokens !== null || budgets.nanoUsd !== null;
}
