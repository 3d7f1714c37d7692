import { isRecord, parseEvent, type WireEvent } from './wire.ts';

/** What the operator decides about a session; the rest is the client's to choose. */
export interface Operator {
  readonly instructions: string;
  readonly voice: string;
  readonly transcriptionDeployment: string;
  /** True: a client cannot change instructions, tools and model, nor see instructions and tools. */
  readonly isLocked: boolean;
}

type Fields = Record<string, unknown>;

const PCM = { type: 'audio/pcm', rate: 24_000 };

/** The first frame upstream: everything the operator decides, with voice detection and transcription switched on. */
export function openingUpdate(operator: Operator, eventId: string): string {
  const session = {
    type: 'realtime',
    output_modalities: ['audio'],
    instructions: operator.instructions,
    tools: [],
    audio: {
      input: {
        format: PCM,
        transcription: { model: operator.transcriptionDeployment },
        turn_detection: { type: 'server_vad' },
      },
      output: { format: PCM, voice: operator.voice },
    },
  };
  return JSON.stringify({ type: 'session.update', event_id: eventId, session });
}

/**
 * What is asked for when Azure refuses the opening update, since one bad key throws away the whole of it: the
 * instructions alone, without which no call may start.
 */
export function fallbackUpdate(operator: Operator, eventId: string): string {
  const session = { type: 'realtime', instructions: operator.instructions };
  return JSON.stringify({ type: 'session.update', event_id: eventId, session });
}

// The fields that stay a client's own in a locked session, as a tree: true passes the value, a tree goes deeper. Formats
// are missing on purpose: the gateway reads sound as PCM16 at 24 kHz.
type Choices = { readonly [field: string]: true | Choices };

const SESSION_CHOICES = {
  output_modalities: true,
  max_output_tokens: true,
  audio: {
    input: {
      turn_detection: true,
      noise_reduction: true,
      transcription: { language: true },
    },
    output: { voice: true, speed: true },
  },
} satisfies Choices;

const RESPONSE_CHOICES = {
  conversation: true,
  input: true,
  output_modalities: true,
  max_output_tokens: true,
  metadata: true,
  audio: { output: { voice: true } },
} satisfies Choices;

/**
 * A client's `session.update` as it may reach Azure: in a locked session only the client's own choices, with the
 * operator's transcription model put back beside a chosen language; unlocked, everything but the model.
 */
export function mergeSessionUpdate(event: WireEvent, operator: Operator): WireEvent {
  const asked = isRecord(event['session']) ? event['session'] : {};
  if (!operator.isLocked) {
    const { model: _model, ...session } = asked;
    return { ...event, session };
  }
  const session = pick(asked, SESSION_CHOICES);
  const transcription = at(session, ['audio', 'input', 'transcription']);
  if (transcription) transcription['model'] = operator.transcriptionDeployment;
  return { ...event, session: { type: 'realtime', ...session } };
}

/** A client's `response.create` as it may reach Azure: locked, without instructions, tools or a system voice. */
export function mergeResponseCreate(event: WireEvent, operator: Operator): WireEvent {
  const asked = event['response'];
  if (!operator.isLocked || !isRecord(asked)) return event;
  return { ...event, response: pick(asked, RESPONSE_CHOICES) };
}

/** True when an item would speak to the model as the operator does, or as nobody known. `input` lists of `response.create` hold items too. */
export function isSystemItem(item: unknown): boolean {
  const role = isRecord(item) ? (item['role'] ?? 'user') : 'user';
  return role !== 'user' && role !== 'assistant';
}

/** `session.created` or `session.updated` as a client may see it: without what the operator keeps to itself. */
export function scrubSession(event: WireEvent, operator: Operator): WireEvent {
  const session = event['session'];
  if (!isRecord(session)) return event;
  const isOperators = operator.isLocked || session['instructions'] === operator.instructions;
  if (!isOperators) return event;
  const { prompt: _prompt, ...rest } = session;
  return { ...event, session: { ...rest, instructions: '', tools: [] } };
}

/** A `response.created` or `response.done` as a client may see it; Azure's own hold nothing of the operator's today. */
export function scrubResponse(frame: string, operator: Operator): string {
  // A key stands between plain quotes; what somebody said has its quotes escaped.
  if (!operator.isLocked || !KEPT_KEY.test(frame)) return frame;
  const event = parseEvent(frame);
  const response = event?.['response'];
  if (!isRecord(response)) return frame;
  const { instructions: _instructions, tools: _tools, prompt: _prompt, ...rest } = response;
  return JSON.stringify({ ...event, response: rest });
}

const KEPT_KEY = /"(?:instructions|tools|prompt)" ?:/;

/** An `error` as a client may see it: one about the operator's own fields says only that it is one. */
export function scrubError(event: WireEvent, operator: Operator): WireEvent {
  const error = event['error'];
  if (!operator.isLocked || !isRecord(error)) return event;
  const { param, message } = error;
  const isKept = typeof param === 'string' && /^session\.(?:instructions|tools|prompt)/.test(param);
  const isQuoted = typeof message === 'string' && message.includes(operator.instructions);
  if (!isKept && !isQuoted) return event;
  return { ...event, error: { ...error, message: 'Azure refused a setting of the operator.', param: null } };
}

/** Whether a session answers what the person says without being asked to: voice detection that creates responses. */
export function isSelfAnswering(event: WireEvent): boolean {
  const session = isRecord(event['session']) ? event['session'] : {};
  const detection = at(session, ['audio', 'input', 'turn_detection']);
  return detection !== null && detection['create_response'] !== false;
}

function pick(from: Fields, choices: Choices): Fields {
  const picked: Fields = {};
  for (const [field, choice] of Object.entries(choices)) {
    if (!Object.hasOwn(from, field)) continue;
    const value = from[field];
    if (choice === true) picked[field] = value;
    else if (isRecord(value)) picked[field] = pick(value, choice);
  }
  return picked;
}

function at(from: Fields, path: readonly string[]): Fields | null {
  let here: unknown = from;
  for (const step of path) here = isRecord(here) ? here[step] : null;
  return isRecord(here) ? here : null;
}
