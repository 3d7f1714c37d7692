/** Which chat deployment answers an agent. */
import type { AzureTarget } from '../azure/target.ts';

/** Where the model of an agent is: the part of Azure's target that a chat needs. */
export type ChatTarget = Pick<AzureTarget, 'endpoint' | 'apiKey' | 'chatDeployment'>;
