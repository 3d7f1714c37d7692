/** The HTTP side of calls: keys for browsers, SDP exchange, hang-up. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { hasKey } from '../http/admission.ts';
import { readBody } from '../http/body.ts';
import { type HttpRefusal, toHttp, unauthorized } from '../http/refusals.ts';
import { type Handler, type Routes, send, sendRefusal, toUrl } from '../http/routes.ts';
import type { Settings } from '../options.ts';
import { callNotFound, type Calls } from './calls.ts';
import type { Grant } from './ephemeral-keys.ts';

const MINT_PATH = '/openai/v1/realtime/client_secrets';
const CALLS_PATH = '/openai/v1/realtime/calls';

const LARGEST_SESSION_BYTES = 1_048_576;
const LARGEST_OFFER_BYTES = 65_536;

const BEARER = /^Bearer +(?<key>\S+)$/i;
const EPHEMERAL = /^ek_/;

const ephemeralNeeded: HttpRefusal = {
  status: 401,
  code: '401',
  message: 'This path takes no resource key: an ephemeral token is required.',
};
const ephemeralUnknown: HttpRefusal = {
  status: 401,
  code: '401',
  message: 'The ephemeral token is unknown or expired.',
};
const notSdp: HttpRefusal = {
  status: 400,
  code: 'invalid_content_type',
  message: 'The offer must be sent as application/sdp.',
};
const onlyForPhones: HttpRefusal = {
  status: 400,
  code: 'invalid_call',
  message: 'Only a SIP call can be accepted, rejected or referred; this one came over WebRTC.',
};
const tooLarge: HttpRefusal = { status: 413, code: '413', message: 'The body is too large.' };

/** `client_secrets`, `calls` and what can be done to a call. */
export function callRoutes(calls: Calls, settings: Settings): Routes {
  const withKey =
    (handler: Handler): Handler =>
    (request, response) => {
      const isKnown = hasKey({ url: toUrl(request), headers: request.headers }, settings.apiKey);
      return isKnown ? handler(request, response) : sendRefusal(response, unauthorized);
    };
  const refer = withKey((request, response) =>
    sendRefusal(response, calls.has(callIdOf(request)) ? onlyForPhones : callNotFound),
  );
  return {
    [MINT_PATH]: { POST: withKey((request, response) => mint(calls, request, response)) },
    [CALLS_PATH]: {
      POST: (request, response) => exchange(calls, request, response),
      OPTIONS: (_request, response) => answerPreflight(response),
    },
    [`${CALLS_PATH}/:id/hangup`]: {
      POST: withKey((request, response) => hangUp(calls, request, response)),
    },
    [`${CALLS_PATH}/:id/accept`]: { POST: refer },
    [`${CALLS_PATH}/:id/reject`]: { POST: refer },
    [`${CALLS_PATH}/:id/refer`]: { POST: refer },
  };
}

async function mint(calls: Calls, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, LARGEST_SESSION_BYTES);
  if (body === null) return sendRefusal(response, tooLarge);
  const minted = calls.mint(body);
  if (minted.ok) send(response, 200, minted.value);
  else refuse(response, minted.refusal);
}

async function exchange(calls: Calls, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Browsers post the offer themselves, from whatever page they are on.
  response.setHeader('access-control-allow-origin', '*');
  const sdp = await readBody(request, LARGEST_OFFER_BYTES);
  const pass = findGrant(calls, request);
  if (!pass.ok) return sendRefusal(response, pass.refusal);
  if (sdp === null) return sendRefusal(response, tooLarge);
  if (!request.headers['content-type']?.startsWith('application/sdp')) return sendRefusal(response, notSdp);
  const url = toUrl(request);
  const isFiltered = url.searchParams.get('webrtcfilter') === 'on';
  const started = await calls.start(pass.grant, { sdp, isFiltered });
  if (!started.ok) return refuse(response, started.refusal);
  const { id, answer } = started.value;
  response.writeHead(201, {
    'content-type': 'application/sdp',
    'content-length': Buffer.byteLength(answer),
    location: `http://${request.headers.host ?? 'localhost'}${CALLS_PATH}/${id}`,
  });
  response.end(answer);
}

function findGrant(
  calls: Calls,
  request: IncomingMessage,
): { readonly ok: true; readonly grant: Grant } | { readonly ok: false; readonly refusal: HttpRefusal } {
  const bearer = request.headers.authorization?.match(BEARER)?.groups?.['key'];
  if (bearer !== undefined && EPHEMERAL.test(bearer)) {
    const grant = calls.findGrant(bearer);
    return grant ? { ok: true, grant } : { ok: false, refusal: ephemeralUnknown };
  }
  return { ok: false, refusal: ephemeralNeeded };
}

function answerPreflight(response: ServerResponse): void {
  response.writeHead(200, {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-allow-methods': 'POST, OPTIONS',
    'content-length': 0,
  });
  response.end();
}

async function hangUp(calls: Calls, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const ended = await calls.hangUp(callIdOf(request));
  if (!ended.ok) return sendRefusal(response, ended.refusal);
  response.writeHead(200, { 'content-length': 0 });
  response.end();
}

/** `…/calls/ID/hangup`. */
function callIdOf(request: IncomingMessage): string {
  return toUrl(request).pathname.split('/').at(-2) ?? '';
}

/** A refusal that may blame a field. */
function refuse(response: ServerResponse, refusal: HttpRefusal & { readonly param?: string | null }): void {
  const { status, code, message, param } = refusal;
  if (param === undefined) return sendRefusal(response, refusal);
  const { headers } = toHttp(refusal);
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'content-length') response.setHeader(name, value);
  }
  send(response, status, { error: { message, type: 'invalid_request_error', code, param } });
}
