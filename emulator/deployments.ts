/** Which deployments exist. A name that starts with `gpt-` is a good one; the names below misbehave, each in one way. */

/** How a deployment behaves. */
export type Behaviour =
  | { readonly name: 'ordinary' }
  | { readonly name: 'refuse'; readonly status: number }
  | { readonly name: 'slow dial' }
  | { readonly name: 'drop at once' }
  | { readonly name: 'close at once'; readonly code: number }
  | { readonly name: 'drop mid answer' }
  | { readonly name: 'expire soon' }
  | { readonly name: 'rate limit' }
  | { readonly name: 'slow first audio' }
  | { readonly name: 'stall' }
  | { readonly name: 'malformed' }
  | { readonly name: 'reject updates' }
  | { readonly name: 'fail responses'; readonly code: 'insufficient_quota' | 'server_error' }
  | { readonly name: 'filter content' }
  | { readonly name: 'hear meaning' }
  | { readonly name: 'transcribe'; readonly manner: 'first' | 'last' | 'fails' };

/** Every misbehaving deployment, and what it is for. */
export const behaviours = {
  'refuses-401': { doc: 'refuses the upgrade as a wrong key is', does: { name: 'refuse', status: 401 } },
  'refuses-403': {
    doc: 'refuses the upgrade as a blocked network is',
    does: { name: 'refuse', status: 403 },
  },
  'refuses-404': {
    doc: 'refuses the upgrade as an unknown deployment is',
    does: { name: 'refuse', status: 404 },
  },
  'refuses-429': { doc: 'refuses the upgrade with retry-after-ms', does: { name: 'refuse', status: 429 } },
  'refuses-500': {
    doc: 'refuses the upgrade as a broken service does',
    does: { name: 'refuse', status: 500 },
  },
  'slow-dial': {
    doc: 'takes the connection and answers the upgrade 30 s later',
    does: { name: 'slow dial' },
  },
  'drops-at-once': {
    doc: 'upgrades, then cuts the connection before any event',
    does: { name: 'drop at once' },
  },
  'closes-1011': {
    doc: 'greets, reports a server error and closes with 1011',
    does: { name: 'close at once', code: 1011 },
  },
  'drops-mid-sentence': {
    doc: 'cuts the connection, with no close frame, after 1 s of answer audio',
    does: { name: 'drop mid answer' },
  },
  'expires-in-30s': {
    doc: 'ends the session after 30 s as Azure does after 60 min',
    does: { name: 'expire soon' },
  },
  'rate-limited': { doc: 'fails every response with a rate limit', does: { name: 'rate limit' } },
  'slow-first-audio': {
    doc: 'lets an answer wait 5 s for its first sound',
    does: { name: 'slow first audio' },
  },
  stalls: { doc: 'says nothing any more after the first session.updated', does: { name: 'stall' } },
  malformed: {
    doc: 'sends a text frame that is no JSON in the middle of every answer',
    does: { name: 'malformed' },
  },
  'no-quota': {
    doc: 'fails every response, since the quota is used up',
    does: { name: 'fail responses', code: 'insufficient_quota' },
  },
  'server-error': {
    doc: 'fails every response with a server error',
    does: { name: 'fail responses', code: 'server_error' },
  },
  'content-filter': {
    doc: 'stops every response as the content filter does',
    does: { name: 'filter content' },
  },
  'semantic-vad-works': {
    doc: 'reports speech and lets it interrupt with semantic_vad too',
    does: { name: 'hear meaning' },
  },
  'transcribes-first': {
    doc: 'transcribes what was said before it answers',
    does: { name: 'transcribe', manner: 'first' },
  },
  'transcribes-last': {
    doc: 'transcribes what was said after it answered',
    does: { name: 'transcribe', manner: 'last' },
  },
  'transcription-fails': {
    doc: 'fails every transcription and answers all the same',
    does: { name: 'transcribe', manner: 'fails' },
  },
  'rejects-session-update': { doc: 'refuses every session.update', does: { name: 'reject updates' } },
} as const satisfies Record<string, { readonly doc: string; readonly does: Behaviour }>;

/** What a name stands for: `conversation` can be talked with, `transcription` exists but cannot. */
export type Deployment =
  | { readonly kind: 'conversation'; readonly behaviour: Behaviour }
  | { readonly kind: 'transcription' }
  | { readonly kind: 'unknown' };

const GOOD_NAME = /^gpt-/;

/** Models that hear or translate, and do not converse: `gpt-realtime-whisper`, `gpt-4o-transcribe`… */
const TRANSCRIPTION_NAME = /whisper|transcribe|translate/;

const ordinary: Deployment = { kind: 'conversation', behaviour: { name: 'ordinary' } };

/** Finds a deployment. Names are case-sensitive, as on Azure. */
export function findDeployment(name: string): Deployment {
  if (isBehaviour(name)) return { kind: 'conversation', behaviour: behaviours[name].does };
  if (TRANSCRIPTION_NAME.test(name)) return { kind: 'transcription' };
  return GOOD_NAME.test(name) ? ordinary : { kind: 'unknown' };
}

function isBehaviour(name: string): name is keyof typeof behaviours {
  return Object.hasOwn(behaviours, name);
}
