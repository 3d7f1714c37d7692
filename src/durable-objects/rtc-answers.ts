/** What a user's object answers to somebody who wants to talk by WebRTC. Between object and door only. */
import type { DialRefusal } from './dial-refusal.ts';
import { limitCodeOf, waitSecondsOf } from './endings.ts';
import type { Ending } from './relay-state.ts';

/** What came of an offer. */
export type RtcAnswer =
  | {
      readonly outcome: 'started';
      readonly sessionId: string;
      readonly conversationId: string;
      /** Azure's own. */
      readonly sdp: string;
    }
  /** The conversation to continue is not this user's. */
  | { readonly outcome: 'no-conversation' }
  | RtcRefusal;

/** What came of asking for a key. Times in Unix seconds. */
export type KeyAnswer =
  | {
      readonly outcome: 'made';
      readonly id: string;
      readonly value: string;
      readonly expiresAt: number;
      readonly model: string;
      readonly voice: string;
      /** Where to post an offer with it. */
      readonly callsUrl: string;
    }
  /** The operator gives no keys away, or none to whom a budget applies. */
  | { readonly outcome: 'not-allowed' }
  | RtcRefusal;

/** Why nobody may talk now. */
export type RtcRefusal =
  | { readonly outcome: 'revoked' }
  | {
      readonly outcome: 'limited';
      readonly code: 'rate_limited' | 'too_many_connections' | 'budget_spent';
      readonly retryAfterSeconds: number;
    }
  | { readonly outcome: 'azure'; readonly refusal: DialRefusal }
  /** Signed out, or ended by an administrator, before Azure had answered. */
  | { readonly outcome: 'ended' };

/** The refusal of somebody whom a limit keeps out. */
export function limitedBy(ending: Ending): RtcRefusal {
  const code = limitCodeOf(ending);
  return { outcome: 'limited', code, retryAfterSeconds: waitSecondsOf(ending) };
}
