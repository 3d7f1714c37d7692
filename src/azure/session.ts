import { declared, isOperators, type OperatorTool } from './operator-tools.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** What the operator decides about a session; the rest is the client's to choose. */
export interface Operator {
  readonly instructions: string;
  readonly voice: string;
  readonly transcriptionDeployment: string;
  /** True: a client can neither change nor see instructions, tools and model. */
  readonly isLocked: boolean;
  /** What the model may call, as far as that is known. */
  readonly tools: readonly OperatorTool[];
}

type Fields = Record<string, unknown>;

const PCM = { type: 'audio/pcm', rate: 24_000 };

/** What a client asked for and Azure took, of all its updates together. */
export type Chosen = Readonly<Fields>;

/**
 * The first frame upstream: everything the operator decides, with voice detection and transcription switched on, and over
 * it what the client has chosen in a session before this one.
 */
export function openingUpdate(operator: Operator, eventId: string, chosen: Chosen = {}): string {
  const session = {
    type: 'realtime',
    output_modalities: ['audio'],
    ...ownWords(operator),
    audio: {
      input: {
        format: PCM,
        transcription: { model: operator.transcriptionDeployment },
        turn_detection: { type: 'server_vad' },
      },
      output: { format: PCM, voice: operator.voice },
    },
  };
  return JSON.stringify({
    type: 'session.update',
    event_id: eventId,
    session: withUpdate(session, chosen),
  });
}

/** The session of a WebRTC call as it is minted: Azure agrees on the sound with the browser, and nothing is said before. */
export function callSession(operator: Operator, { model, voice }: CallWish): Chosen {
  return {
    type: 'realtime',
    model,
    output_modalities: ['audio'],
    ...ownWords(operator),
    audio: {
      input: {
        transcription: { model: operator.transcriptionDeployment },
        turn_detection: { type: 'server_vad' },
      },
      output: { voice: voice ?? operator.voice },
    },
  };
}

/** What a WebRTC call begins with. `voice` null: the operator's. */
export interface CallWish {
  readonly model: string;
  readonly voice: string | null;
}

/** What a client that speaks to Azure by itself could have changed: said again, together with `held`. */
export function wordsUpdate(operator: Operator, eventId: string, held: Chosen): string {
  const { transcriptionDeployment: model, isLocked } = operator;
  const words = isLocked ? { ...ownWords(operator), audio: { input: { transcription: { model } } } } : {};
  return JSON.stringify({
    type: 'session.update',
    event_id: eventId,
    session: { type: 'realtime', ...words, ...held },
  });
}

/** Our own update, of nothing but the tools. */
export function toolsUpdate({ tools }: Operator, eventId: string): string {
  const session = { type: 'realtime', tools: declared(tools) };
  return JSON.stringify({ type: 'session.update', event_id: eventId, session });
}

/** Whether a session is still the operator's, where it is locked: its instructions, no other tools, and what is said written down. */
export function keepsWords({ session }: WireEvent, operator: Operator): boolean {
  if (!operator.isLocked || !isRecord(session)) return true;
  const { instructions, tools, prompt } = session;
  const input = at(session, ['audio', 'input']) ?? {};
  const isTold = typeof instructions !== 'string' || instructions.trim() === operator.instructions.trim();
  const isOwn = !Array.isArray(tools) || tools.every((tool) => isOperators(tool, operator.tools));
  return isTold && isOwn && (prompt ?? null) === null && input['transcription'] !== null;
}

function ownWords({ instructions, tools }: Operator): Chosen {
  return { instructions, tools: declared(tools) };
}

/**
 * Settings after an update, as Azure understands one: what is absent stays, null takes away, and another kind of a thing
 * (of voice detection) begins from its own defaults.
 */
export function withUpdate(settings: Chosen, update: Chosen): Chosen {
  const changed = Object.entries(update).map(([name, value]): [string, unknown] => {
    const known = settings[name];
    const isSameKind = isRecord(known) && isRecord(value) && isKind(known, value['type']);
    return [name, isSameKind ? withUpdate(known, value) : value];
  });
  return { ...settings, ...Object.fromEntries(changed) };
}

function isKind(settings: Fields, type: unknown): boolean {
  return type === undefined || settings['type'] === undefined || type === settings['type'];
}

/** When a session ends by itself, in Unix milliseconds; null when Azure does not say. */
export function expiryOf(event: WireEvent): number | null {
  const seconds = isRecord(event['session']) ? event['session']['expires_at'] : null;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : null;
}

/**
 * What is asked for when Azure refuses the opening update, since one bad key throws away the whole of it: the
 * instructions alone, without which no call may start.
 */
export function fallbackUpdate(operator: Operator, eventId: string): string {
  const session = { type: 'realtime', instructions: operator.instructions };
  return JSON.stringify({ type: 'session.update', event_id: eventId, session });
}

/** Whether a session hears by itself when the person speaks: without it a client commits its sound. */
export function isDetecting(event: WireEvent): boolean {
  const session = isRecord(event['session']) ? event['session'] : {};
  return at(session, ['audio', 'input', 'turn_detection']) !== null;
}

/** Whether a session answers what the person says without being asked to: voice detection that creates responses. */
export function isSelfAnswering(event: WireEvent): boolean {
  const session = isRecord(event['session']) ? event['session'] : {};
  const detection = at(session, ['audio', 'input', 'turn_detection']);
  return detection !== null && detection['create_response'] !== false;
}

function at(from: Fields, path: readonly string[]): Fields | null {
  let here: unknown = from;
  for (const step of path) here = isRecord(here) ? here[step] : null;
  return isRecord(here) ? here : null;
}
