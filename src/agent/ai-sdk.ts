/**
 * The only file that knows the AI SDK, which is heavy: nobody imports it but with a dynamic `import()`, when the first
 * message of a chat is answered. One call is one step: the loop, the money and the tools are ours.
 */
import { createAzure } from '@ai-sdk/azure';
import {
  jsonSchema,
  streamText,
  type FinishReason,
  type LanguageModelUsage,
  type ModelMessage,
  type TextStreamPart,
  type ToolSet,
} from 'ai';
import type { ChatTarget } from './chat-target.ts';
import type { Usage } from './run.ts';
import type { Declaration } from './tool.ts';

/** What one step is given. */
export interface StepRequest {
  readonly target: ChatTarget;
  readonly instructions: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly Declaration[];
  readonly mostOutputTokens: number | null;
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
}

/** What one step brings, in order. `finish` is last; without it the step did not come to its end. */
export type StepPart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'call';
      readonly callId: string;
      readonly name: string;
      readonly input: unknown;
      readonly isReadable: boolean;
    }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'finish'; readonly reason: StepEnd };

/** How the model ended a step by itself. */
export type StepEnd = 'stop' | 'length' | 'content_filter' | 'calls';

const ENDS: Readonly<Partial<Record<FinishReason, StepEnd>>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'calls',
};

// Its warnings would go to the console past our log, with words of the request in them.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** Makes one step. Ends early, without `finish`, when the request failed or was stopped; never throws for these. */
export async function* takeStep(request: StepRequest): AsyncGenerator<StepPart> {
  const { target, tools, mostOutputTokens } = request;
  const azure = createAzure({
    baseURL: `${target.endpoint}/openai/v1`,
    apiKey: target.apiKey,
    fetch: request.fetch,
  });
  const { stream } = streamText({
    model: azure.chat(target.chatDeployment),
    instructions: request.instructions,
    messages: [...request.messages],
    tools: Object.fromEntries(tools.map((tool) => [tool.name, toSdkTool(tool)])),
    // A retry would wait behind our back, and spend what the purse does not know of.
    maxRetries: 0,
    abortSignal: request.signal,
    // `max_tokens` is refused by reasoning models, and which model a deployment's name stands for is not known.
    providerOptions: {
      openai: mostOutputTokens === null ? {} : { maxCompletionTokens: mostOutputTokens },
    },
    onError: () => undefined,
  });
  try {
    for await (const part of stream) {
      if (part.type === 'error' || part.type === 'abort') return;
      yield* toStepParts(part);
    }
  } catch {
    // Whoever watches the request knows why it broke.
  }
}

function toStepParts(part: TextStreamPart<ToolSet>): readonly StepPart[] {
  if (part.type === 'text-delta') return part.text === '' ? [] : [{ type: 'text', text: part.text }];
  if (part.type === 'tool-call') {
    const { toolCallId: callId, toolName: name, input, invalid } = part;
    return [{ type: 'call', callId, name, input, isReadable: !invalid }];
  }
  if (part.type !== 'finish-step') return [];
  const usage = toUsage(part.usage);
  const reason = ENDS[part.finishReason];
  return [
    ...(usage ? [{ type: 'usage', usage } as const] : []),
    ...(reason ? [{ type: 'finish', reason } as const] : []),
  ];
}

function toSdkTool({ description, parameters }: Declaration) {
  return { description, inputSchema: jsonSchema<Record<string, unknown>>(parameters) };
}

function toUsage({ inputTokens, inputTokenDetails, outputTokens }: LanguageModelUsage): Usage | null {
  if (inputTokens === undefined || outputTokens === undefined) return null;
  return { input: inputTokens, cached: inputTokenDetails.cacheReadTokens ?? 0, output: outputTokens };
}
