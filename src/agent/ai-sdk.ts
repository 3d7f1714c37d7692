/**
 * The only file that knows the AI SDK, which is heavy: nobody imports it but with a dynamic `import()`, when the first
 * message of a chat is answered. Its provider for Azure makes one step; the loop, the money and the tools are ours.
 */
import { createAzure, type AzureOpenAIProvider } from '@ai-sdk/azure';
import type { ChatTarget } from './chat-target.ts';
import type { Usage } from './run.ts';
import type { Declaration } from './tool.ts';

type Model = ReturnType<AzureOpenAIProvider['chat']>;
type ModelRequest = Parameters<Model['doStream']>[0];
type ModelPart =
  Awaited<ReturnType<Model['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never;

type Finish = Extract<ModelPart, { type: 'finish' }>;

/** A message as a model is given it. */
export type ModelMessage = ModelRequest['prompt'][number];

/** What one step is given. */
export interface StepRequest {
  readonly target: ChatTarget;
  /** The instructions first. */
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

const ENDS: Readonly<Record<string, StepEnd>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'calls',
};

/** Makes one step. Ends early, without `finish`, when the request failed or was stopped; never throws for these. */
export async function* takeStep(request: StepRequest): AsyncGenerator<StepPart> {
  try {
    const { stream } = await modelOf(request).doStream({
      prompt: [...request.messages],
      tools: request.tools.map(toModelTool),
      abortSignal: request.signal,
      // `max_tokens` is refused by reasoning models, and which model a deployment's name stands for is not known.
      providerOptions: {
        openai: request.mostOutputTokens === null ? {} : { maxCompletionTokens: request.mostOutputTokens },
      },
    });
    for await (const part of stream) {
      if (part.type === 'error') return;
      yield* toStepParts(part);
    }
  } catch {
    // Whoever watches the request knows why it broke.
  }
}

function modelOf({ target, fetch }: StepRequest): Model {
  const { endpoint, apiKey, chatDeployment } = target;
  return createAzure({ baseURL: `${endpoint}/openai/v1`, apiKey, fetch }).chat(chatDeployment);
}

function toStepParts(part: ModelPart): readonly StepPart[] {
  if (part.type === 'text-delta') return part.delta === '' ? [] : [{ type: 'text', text: part.delta }];
  if (part.type === 'tool-call') {
    const { toolCallId: callId, toolName: name, input } = part;
    return [{ type: 'call', callId, name, ...readInput(input) }];
  }
  if (part.type !== 'finish') return [];
  const usage = toUsage(part.usage);
  const reason = ENDS[part.finishReason.unified];
  return [
    ...(usage ? [{ type: 'usage', usage } as const] : []),
    ...(reason ? [{ type: 'finish', reason } as const] : []),
  ];
}

/** A model that calls a tool without arguments may write nothing at all. */
function readInput(json: string): { readonly input: unknown; readonly isReadable: boolean } {
  try {
    return { input: json.trim() === '' ? {} : JSON.parse(json), isReadable: true };
  } catch {
    return { input: json, isReadable: false };
  }
}

function toModelTool({ name, description, parameters }: Declaration) {
  return { type: 'function', name, description, inputSchema: parameters } as const;
}

function toUsage({ inputTokens, outputTokens }: Finish['usage']): Usage | null {
  if (inputTokens.total === undefined || outputTokens.total === undefined) return null;
  return { input: inputTokens.total, cached: inputTokens.cacheRead ?? 0, output: outputTokens.total };
}
