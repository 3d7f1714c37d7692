/** Where chat requests arrive, on the v1 path and the dated one, and where their answers leave. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FaultDesk } from '../fault-desk.ts';
import { readBody } from '../http/body.ts';
import { type Routes, toUrl } from '../http/routes.ts';
import { randomBase62 } from '../ids.ts';
import type { Settings } from '../options.ts';
import { ChatAllowance } from './allowance.ts';
import { answerTo, answerTokens } from './answer.ts';
import { type Admitted, type ChatPath, examineBody, examineKnock } from './chat-admission.ts';
import { chatHeaders } from './chat-headers.ts';
import { type ChatRefusal, rateLimited, tooLarge, withStatus } from './chat-refusals.ts';
import { promptTokens, toChatUsage } from './chat-usage.ts';
import { toCompletion } from './completion.ts';
import { Delivery } from './delivery.ts';
import { type Stream, toFrames } from './frames.ts';
import { modelBehind } from './models.ts';
import { PromptCache } from './prompt-cache.ts';

/** The most that is read; 2,048 messages of the greatest length would be more than a process can hold. */
const LARGEST_BODY_BYTES = 32 * 1024 * 1024;

const FINGERPRINT = 'fp_emulator01';

/** What `GET /emulator/stats` tells of chats. */
export interface ChatStats {
  /** Requests that came, refused ones too. */
  readonly chat_requests: number;
  /** Answers that are under way. */
  readonly chats_open: number;
  /** The latest request that was let in; null before the first. */
  readonly last_chat: LastChat | null;
}

/** What is remembered of a request. `tools` are their names, `roles` those of its messages. */
export interface LastChat {
  readonly deployment: string;
  readonly api_version: string | null;
  readonly stream: boolean;
  readonly roles: readonly string[];
  readonly tools: readonly string[];
}

/** A request and where its answer goes. */
interface Visit {
  readonly path: ChatPath;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The chats of one emulator. */
export class ChatDesk {
  readonly #settings: Settings;
  readonly #faults: FaultDesk;
  readonly #allowance = new ChatAllowance();
  readonly #cache = new PromptCache();
  #requests = 0;
  #open = 0;
  #last: LastChat | null = null;

  constructor(settings: Settings, faults: FaultDesk) {
    this.#settings = settings;
    this.#faults = faults;
  }

  /** The two paths. */
  routes(): Routes {
    const at = (path: ChatPath): Routes[string] => ({
      POST: (request, response) => this.#receive({ path, request, response }),
    });
    return {
      '/openai/v1/chat/completions': at('v1'),
      '/openai/deployments/:deployment/chat/completions': at('dated'),
    };
  }

  stats(): ChatStats {
    return { chat_requests: this.#requests, chats_open: this.#open, last_chat: this.#last };
  }

  async #receive(visit: Visit): Promise<void> {
    this.#requests += 1;
    const { path, request, response } = visit;
    const knock = { path, url: toUrl(request), headers: request.headers };
    const known = examineKnock(knock, this.#settings.apiKey);
    if (!known.ok) return this.#refuse(visit, known.refusal);
    const body = await readBody(request, LARGEST_BODY_BYTES);
    if (body === null) return this.#refuse(visit, tooLarge);
    if (response.destroyed) return;
    const admission = examineBody(known.value, body, () => this.#takeFault(known.value.apiVersion));
    if (!admission.ok) return this.#refuse(visit, admission.refusal, admission.deployment);
    await this.#answer(visit, admission.value);
  }

  #takeFault(apiVersion: string | null): ChatRefusal | null {
    const status = this.#faults.takeRefusal();
    if (status !== null) return withStatus(status, apiVersion);
    return this.#faults.takeRateLimit() ? rateLimited(apiVersion) : null;
  }

  #refuse({ request, response }: Visit, refusal: ChatRefusal, deployment: string | null = null): void {
    const allowance = this.#allowance.spend(deployment === null ? 0 : 1, 0, Date.now());
    const text = JSON.stringify({ error: refusal.error });
    response.writeHead(refusal.status, {
      ...chatHeaders({ request: request.headers, deployment, allowance }),
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...refusal.headers,
    });
    response.end(text);
  }

  #answer({ request, response }: Visit, admitted: Admitted): Promise<void> {
    const { asked, behaviour, deployment, apiVersion } = admitted;
    this.#last = {
      deployment,
      api_version: apiVersion,
      stream: asked.stream ?? false,
      roles: asked.messages.map((message) => message.role),
      tools: (asked.tools ?? []).map((tool) => tool.function.name),
    };
    const answer = answerTo(asked, { now: new Date(), isFiltered: behaviour.name === 'filter completion' });
    const cached = this.#cache.recall(deployment, asked);
    const stream = toStream(admitted, cached, answerTokens(answer));
    const most = asked.max_completion_tokens ?? asked.max_tokens ?? 0;
    const allowance = this.#allowance.spend(1, stream.usage.prompt_tokens + most, Date.now());
    const delivery = new Delivery(response, {
      behaviour,
      headers: chatHeaders({ request: request.headers, deployment, allowance }),
      pace: this.#settings.pace,
      thinkMs: this.#thinkMs(admitted),
      onEnd: () => {
        this.#open -= 1;
        leave();
      },
    });
    this.#open += 1;
    const leave = this.#faults.enter(delivery);
    const delivered = asked.stream
      ? delivery.stream(toFrames(answer, stream))
      : delivery.write(toCompletion(answer, stream), answerTokens(answer));
    // Half an answer that cannot go on is cut, never left hanging.
    return delivered.catch(() => void response.destroy());
  }

  #thinkMs({ behaviour }: Admitted): number {
    const { pace, thinkMs, slowDialMs, slowFirstAudioMs } = this.#settings;
    if (behaviour.name === 'slow answer') return slowDialMs;
    return (behaviour.name === 'slow first piece' ? slowFirstAudioMs : thinkMs) * pace;
  }
}

function toStream({ asked, behaviour, deployment }: Admitted, cached: number, tokens: number): Stream {
  const choices = asked.n ?? 1;
  return {
    id: `chatcmpl-${randomBase62(29)}`,
    created: Math.floor(Date.now() / 1000),
    model: modelBehind(deployment),
    fingerprint: FINGERPRINT,
    behaviour,
    choices,
    usage: toChatUsage(promptTokens(asked), cached, tokens * choices),
    includesUsage: asked.stream_options?.include_usage ?? false,
    isObfuscated: asked.stream_options?.include_obfuscation ?? true,
    hasLogprobs: asked.logprobs ?? false,
  };
}
