/** Whether a checked `session.update` may be applied: rules that need more than the shape of the update. Pure. */
import type { Refusal } from './invalid.ts';
import type { SessionConfig } from './session-config.ts';
import type { SessionUpdate } from './session-schema.ts';

/** Models that think; the others refuse `reasoning`. */
const REASONING_MODELS = /^gpt-realtime-2/;

/** What the rules look at. */
export interface ChangeContext {
  readonly config: SessionConfig;
  readonly model: string;
  /** Whether the assistant has already been heard, which locks its voice. */
  readonly hasSpoken: boolean;
  /** True: nothing is accepted. */
  readonly rejectsUpdates: boolean;
}

/** A refusal; `isAnonymous` when Azure does not say which event caused it. */
export type ChangeRefusal = Refusal & { readonly isAnonymous: boolean };

/** Why an update is refused as a whole, or null. */
export function refuseChange(update: SessionUpdate, context: ChangeContext): ChangeRefusal | null {
  if (context.rejectsUpdates) {
    const message = 'This session cannot be updated.';
    return { code: 'invalid_value', message, param: 'session', isAnonymous: false };
  }
  const voice = update.audio?.output?.voice;
  const isNewVoice =
    voice !== undefined && JSON.stringify(voice) !== JSON.stringify(context.config.output.voice);
  if (isNewVoice && context.hasSpoken) {
    const message = 'The voice cannot be changed once the assistant has been heard.';
    return { code: 'cannot_update_voice', message, param: 'session.audio.output.voice', isAnonymous: false };
  }
  if (update.reasoning !== undefined && !REASONING_MODELS.test(context.model)) {
    const message = 'This model does not support reasoning.';
    return { code: 'invalid_value', message, param: null, isAnonymous: true };
  }
  return null;
}
