/** How a deployment's behaviour and the emulator's settings shape one session, whatever carries it. Pure but for the clock. */
import type { Behaviour } from '../deployments.ts';
import { createId } from '../ids.ts';
import type { Settings } from '../options.ts';
import type { SessionOptions } from './session-options.ts';

/** The part of a session's options that follows from its deployment. */
export type PlannedSession = Pick<SessionOptions, 'identity' | 'dialect' | 'behaviour' | 'rejectsUpdates'>;

/** Plans a session that begins now; `lifeMs` is until it expires. */
export function planSession(
  settings: Settings,
  { model, behaviour }: { readonly model: string; readonly behaviour: Behaviour },
): { readonly session: PlannedSession; readonly lifeMs: number } {
  const { pace, thinkMs, slowFirstAudioMs, rateLimits, semanticVad, sessionMs, shortSessionMs } = settings;
  const lifeMs = behaviour.name === 'expire soon' ? shortSessionMs : sessionMs;
  const expiresAt = Math.floor((Date.now() + lifeMs) / 1000);
  return {
    lifeMs,
    session: {
      identity: { id: createId('sess'), model, expiresAt },
      dialect: {
        pace,
        thinkMs: behaviour.name === 'slow first audio' ? slowFirstAudioMs : thinkMs,
        rateLimits,
        semanticVad: behaviour.name === 'hear meaning' ? 'full' : semanticVad,
      },
      behaviour,
      rejectsUpdates: behaviour.name === 'reject updates',
    },
  };
}
