import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as v from 'valibot';

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
  keys_not_given: {
    status: 403,
    title: 'No keys for Azure are given away here: post the offer to /api/calls',
  },
  budget_spent: { status: 402, title: 'The allowance of today is used up' },
  admin_only: { status: 403, title: 'Only an administrator may do this' },
  invalid_request: { status: 400, title: 'This request is not of the form it should have' },
  body_too_large: { status: 413, title: 'This request is larger than it may be' },
  unsupported_media_type: { status: 415, title: 'This address takes another type of body' },
  too_many_connections: { status: 429, title: 'Max connections exceeded' },
  rate_limited: { status: 429, title: 'Rate limit exceeded' },
  upstream_refused: { status: 502, title: 'Azure refused the call' },
  upstream_unreachable: { status: 503, title: 'Azure could not be reached' },
  not_configured: { status: 503, title: 'Azure OpenAI is not configured' },
  unavailable: { status: 503, title: 'Not available for a moment' },
  internal: { status: 500, title: 'Something broke on our side' },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;

/** The code of a refusal. */
export type ProblemCode = keyof typeof problems;

/** How a refusal is written, by RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';

/** The body of every refusal. */
export const problemDocument = v.strictObject({
  type: v.pipe(v.literal('about:blank'), v.description('The code says what there is to say.')),
  title: v.pipe(v.string(), v.description('The code in words; for people, and not stable.')),
  status: v.pipe(v.number(), v.integer(), v.description('The HTTP status, once more.')),
  code: v.pipe(v.picklist(codesOf(problems)), v.description('Stable; programs rely on it.')),
  detail: v.exactOptional(v.pipe(v.string(), v.description('What was wrong with this request.'))),
});

const CHALLENGE = 'Bearer realm="voxgate"';
const RETRY_AFTER_SECONDS = 5;

/** What a refusal may say beside its code. */
export interface ProblemFacts {
  readonly detail?: string;
  /** Goes with 402, 429 and 503; 5 unless told. */
  readonly retryAfterSeconds?: number;
  /** In place of the code's own. */
  readonly status?: ContentfulStatusCode;
  /** Goes with 405: the methods that the address takes. */
  readonly allow?: readonly string[];
}

/** A refusal as RFC 9457 tells it, with the headers its status asks for. */
export function problem(
  code: ProblemCode,
  {
    detail,
    retryAfterSeconds = RETRY_AFTER_SECONDS,
    status = problems[code].status,
    allow,
  }: ProblemFacts = {},
): Response {
  const { title } = problems[code];
  const said = detail === undefined ? {} : { detail };
  const body: v.InferOutput<typeof problemDocument> = { type: 'about:blank', title, status, code, ...said };
  const headers = new Headers({ 'Content-Type': PROBLEM_TYPE, 'Cache-Control': 'no-store' });
  if (status === 401) {
    headers.set(
      'WWW-Authenticate',
      code === 'unauthenticated' ? CHALLENGE : `${CHALLENGE}, error="invalid_token"`,
    );
  }
  if (status === 402 || status === 429 || status === 503)
    headers.set('Retry-After', String(retryAfterSeconds));
  if (status === 426) headers.set('Upgrade', 'websocket');
  if (allow !== undefined) headers.set('Allow', allow.join(', '));
  const refusal = new Response(JSON.stringify(body), { status, headers });
  codes.set(refusal, code);
  return refusal;
}

/** What each refusal says, for as long as somebody holds it. */
const codes = new WeakMap<Response, ProblemCode>();

/** The code of a refusal of ours; undefined for any other answer, and for a copy. */
export function codeOf(answer: Response): ProblemCode | undefined {
  return codes.get(answer);
}

function codesOf<Code extends string>(table: Readonly<Record<Code, unknown>>): Code[] {
  return Object.keys(table).filter((code): code is Code => code in table);
}
