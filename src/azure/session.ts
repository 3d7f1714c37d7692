import { isRecord, type WireEvent } from './wire.ts';

/** What the operator decides about a session; the rest is the client's to choose. */
export interface Operator {
  readonly instructions: string;
  readonly voice: string;
  readonly transcriptionDeployment: string;
  /** True: a client can neither change nor see instructions, tools and model. */
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
