/** Refusals of chat requests as Azure words them: the gateway's have a code and a message, the model's four fields. */
import { type HttpRefusal, refusalWithStatus } from '../http/refusals.ts';
import { blockedPrompt } from './content-filter.ts';

/** The body of an error. */
export type ErrorBody = Readonly<Record<string, unknown>> & {
  readonly code: string | null;
  readonly message: string;
};

/** An answer that is no completion. */
export interface ChatRefusal {
  readonly status: number;
  readonly error: ErrorBody;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a 429 tells a client to wait. */
const RETRY_AFTER_MS = 2_000;

const RATE_LIMITED = 429;

/** The version that messages name when the request named none. */
const V1 = 'v1';

/** A request that is wrong in itself: status 400, type `invalid_request_error`. */
export function invalidRequest(
  message: string,
  { param = null, code = null }: { readonly param?: string | null; readonly code?: string | null } = {},
): ChatRefusal {
  return { status: 400, error: { message, type: 'invalid_request_error', param, code } };
}

/** A refusal of the gateway in front of the model. */
export function fromGateway({ status, code, message, headers }: HttpRefusal): ChatRefusal {
  return { status, error: { code, message }, ...(headers && { headers }) };
}

/** What a refusal by status alone says, for faults and misbehaving deployments. */
export function withStatus(status: number, apiVersion: string | null): ChatRefusal {
  return status === RATE_LIMITED ? rateLimited(apiVersion) : fromGateway(refusalWithStatus(status));
}

/** Too many tokens a minute: names the operation, the version, the tier and the seconds to wait. */
export function rateLimited(apiVersion: string | null): ChatRefusal {
  const seconds = RETRY_AFTER_MS / 1000;
  return {
    status: RATE_LIMITED,
    error: {
      code: `${RATE_LIMITED}`,
      message: `Requests to the ChatCompletions_Create operation under Azure OpenAI API version ${apiVersion ?? V1} are over the token rate limit of the current S0 pricing tier. Please retry after ${seconds} seconds.`,
    },
    headers: {
      'retry-after': `${seconds}`,
      'retry-after-ms': `${RETRY_AFTER_MS}`,
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-requests': `${seconds}`,
      'x-ratelimit-reset-tokens': `${seconds}`,
    },
  };
}

/** A prompt that the content filter blocks. */
export function promptBlocked(): ChatRefusal {
  return { status: 400, error: blockedPrompt() };
}

/** A body that is too big to be read. */
export const tooLarge: ChatRefusal = {
  status: 413,
  error: { code: '413', message: 'The body of the request is too large.' },
};

/** More headers of one's own than the pipeline passes on. */
export const tooManyHeaders: ChatRefusal = {
  status: 431,
  error: { code: '431', message: 'Request Header Fields Too Large: at most 10 custom headers are allowed.' },
};

/** A deployment whose model does not chat. */
export function cannotChat(model: string): ChatRefusal {
  return {
    status: 400,
    error: {
      code: 'OperationNotSupported',
      message: `The chatCompletion operation does not work with the specified model, ${model}. Please choose another one.`,
    },
  };
}

/** An `api-version` that the v1 path does not know. */
export const versionNotSupported: ChatRefusal = {
  status: 400,
  error: { code: 'BadRequest', message: 'API version not supported' },
};
