import { createAgent, type Agent } from '../agent/agent.ts';
import { chatPrice } from '../azure/chat-prices.ts';
import type { Configuration } from './configuration.ts';
import type { Pricing } from './chat-purse.ts';
import { askByWays } from './chat-ways.ts';
import type { Dialer } from './dialer.ts';
import { SUMMARY_INSTRUCTIONS } from './summary.ts';
import type { Toolbox } from './toolbox.ts';

/** Who answers, and what it costs. */
export interface Answerers {
  readonly agent: Agent;
  /** Sums up what no longer fits. */
  readonly summarizer: Agent;
  /** On a day, `YYYY-MM-DD`. */
  readonly price: (day: string) => Pricing;
}

/** Who answers a user's chats. Nothing of the AI SDK is loaded, and no tool server asked, before the first answer. */
export function answerersFor(
  configuration: Configuration,
  { dialer, toolbox }: { readonly dialer: Dialer; readonly toolbox: Toolbox },
): Answerers {
  const { target, operator } = configuration;
  const { instructions } = operator;
  const tools = toolbox.sources(configuration);
  const ask = askByWays(dialer, configuration);
  return {
    agent: createAgent({ instructions, tools, model: target, ask }),
    summarizer: createAgent({ instructions: SUMMARY_INSTRUCTIONS, model: target, ask }),
    price: (day) => (deployment) => chatPrice(deployment ?? target.chatDeployment, day),
  };
}
