/** Sessions that only transcribe: what may be written into one, and how it is shown. */
import * as v from 'valibot';

import type { Refusal } from './invalid.ts';
import type { SessionConfig, SessionIdentity } from './session-config.ts';
import { audioInput, transcriptionInclude, type TurnDetection } from './session-schema.ts';

/** The `session` of a `session.update` on a transcription socket. */
export const transcriptionUpdate = v.strictObject({
  type: v.literal('transcription'),
  include: v.optional(transcriptionInclude),
  audio: v.optional(v.strictObject({ input: v.optional(audioInput) })),
});

/** Whether a session converses or only transcribes. */
export type SessionKind = 'realtime' | 'transcription';

/** A transcription session as `session.created` and `session.updated` show it. */
export function viewTranscription(config: SessionConfig, identity: SessionIdentity) {
  const { turn_detection: detection, ...input } = config.input;
  return {
    type: 'transcription',
    object: 'realtime.transcription_session',
    id: identity.id,
    expires_at: identity.expiresAt,
    audio: { input: { ...input, turn_detection: detection && withoutAnswering(detection) } },
    include: config.include,
  } as const;
}

/** What a transcription session answers to whoever asks it for an answer. */
export const answersNothing: Refusal = {
  code: 'invalid_value',
  message: 'A transcription session makes no responses.',
  param: 'type',
};

/** There are no answers here that speech could create or interrupt. */
function withoutAnswering(detection: TurnDetection): TurnDetection {
  const { create_response: _create, interrupt_response: _interrupt, ...rest } = detection;
  return rest;
}
