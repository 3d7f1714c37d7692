import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Stable codes of the door's refusals; a program may rely on them, a person reads the title. */
export const problems = {
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  upgrade_required: { status: 426, title: 'This address speaks WebSocket' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  invalid_credential: { status: 401, title: 'This credential is not valid' },
  credential_in_url: { status: 401, title: 'A credential never goes into an address' },
  guests_not_allowed: { status: 401, title: 'Guests are not let in here: sign in with a token' },
  origin_not_allowed: { status: 403, title: 'This origin is not allowed' },
  admin_only: { status: 403, title: 'Only an administrator may do this' },
  invalid_request: { status: 400, title: 'This request is not of the form it should have' },
  rate_limited: { status: 429, title: 'Rate limit exceeded' },
  not_configured: { status: 503, title: 'Azure OpenAI is not configured' },
  unavailable: { status: 503, title: 'Not available for a moment' },
  internal: { status: 500, title: 'Something broke on our side' },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;

/** The code of a refusal. */
export type ProblemCode = keyof typeof problems;

const CHALLENGE = 'Bearer realm="voxgate"';
const RETRY_AFTER_SECONDS = 5;

/** What a refusal may say beside its code. `retryAfterSeconds` goes with 429 and 503 (5 unless told). */
export interface ProblemFacts {
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
}

/** A refusal as RFC 9457 tells it, with the headers its status asks for. */
export function problem(
  code: ProblemCode,
  { detail, retryAfterSeconds = RETRY_AFTER_SECONDS }: ProblemFacts = {},
): Response {
  const { status, title } = problems[code];
  const body = { type: 'about:blank', title, status, code, ...(detail === undefined ? {} : { detail }) };
  const headers = new Headers({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  if (status === 401) {
    headers.set(
      'WWW-Authenticate',
      code === 'unauthenticated' ? CHALLENGE : `${CHALLENGE}, error="invalid_token"`,
    );
  }
  if (status === 429 || status === 503) headers.set('Retry-After', String(retryAfterSeconds));
  if (status === 426) headers.set('Upgrade', 'websocket');
  return new Response(JSON.stringify(body), { status, headers });
}
