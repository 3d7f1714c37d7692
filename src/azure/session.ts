import { isRecord, type WireEvent } from './wire.ts';

/** What the operator decides about a session; the rest is the client's to choose. */
export interface Operator {
  readonly instructions: string;
  readonly voice: string;
  readonly transcriptionDeployment: string;
  /** True: a client cannot change or see instructions, tools and model. */
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

/** True when an item would speak to the model as the operator does. `input` lists of `response.create` hold items too. */
export function isSystemItem(item: unknown): boolean {
  return isRecord(item) && (item['role'] === 'system' || item['role'] === 'developer');
}

/** `session.created` or `session.updated` as a client may see it: without what the operator keeps to itself. */
export function scrubSession(event: WireEvent, operator: Operator): WireEvent {
  const session = event['session'];
  if (!isRecord(session)) return event;
  const isOperators = operator.isLocked || session['instructions'] === operator.instructions;
  if (!isOperators) return event;
  return { ...event, session: { ...session, instructions: '', tools: [] } };
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
