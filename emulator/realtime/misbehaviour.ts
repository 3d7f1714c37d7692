/** What a socket does instead of passing an event on, by its deployment's behaviour. Pure; the socket carries it out. */
import { durationMs } from '../../src/protocol/audio-format.ts';
import type { Behaviour } from '../deployments.ts';
import type { ServerEvent } from './server-events.ts';

/** How much of an answer is heard before `drops-mid-sentence` drops. */
const DROP_AFTER_AUDIO_MS = 1_000;

/** A text frame that is no JSON. */
export const MALFORMED_FRAME = '{"type":"response.output_audio.delta","delta":';

/** What this socket has sent so far. */
export interface Sent {
  readonly answerAudioMs: number;
  readonly hasUpdated: boolean;
  /** Pieces of the running answer. */
  readonly pieces: number;
}

/** Nothing sent yet. */
export const nothingSent: Sent = { answerAudioMs: 0, hasUpdated: false, pieces: 0 };

/** What to do with an event that is about to be sent. */
export type Deed = 'send' | 'swallow' | 'send, then drop' | 'send, then malformed';

/** Says what to do with the next event, and what has been sent then. */
export function misbehave(behaviour: Behaviour, event: ServerEvent, sent: Sent): readonly [Deed, Sent] {
  const after = remember(event, sent);
  return [deeds[behaviour.name]?.(sent, after) ?? 'send', after];
}

/** The behaviours that show in what is sent; the others show elsewhere. */
const deeds: { readonly [Name in Behaviour['name']]?: (before: Sent, after: Sent) => Deed } = {
  stall: (before) => (before.hasUpdated ? 'swallow' : 'send'),
  'drop mid answer': (_, after) => (after.answerAudioMs >= DROP_AFTER_AUDIO_MS ? 'send, then drop' : 'send'),
  malformed: (before, after) => (before.pieces === 0 && after.pieces === 1 ? 'send, then malformed' : 'send'),
};

function remember(event: ServerEvent, sent: Sent): Sent {
  if (event.type === 'session.updated') return { ...sent, hasUpdated: true };
  if (event.type === 'response.created') return { ...sent, answerAudioMs: 0, pieces: 0 };
  if (event.type === 'response.output_text.delta') return { ...sent, pieces: sent.pieces + 1 };
  if (event.type !== 'response.output_audio.delta') return sent;
  const heardMs = durationMs(Buffer.byteLength(event.delta, 'base64'));
  return { ...sent, answerAudioMs: sent.answerAudioMs + heardMs, pieces: sent.pieces + 1 };
}
