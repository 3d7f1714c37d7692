import type { RtcRefusal } from '../durable-objects/rtc-answers.ts';
import { azureProblem } from './azure-refusal.ts';
import { problem } from './problem.ts';

/** The refusal of somebody who may not talk by WebRTC now. */
export function rtcProblem(refusal: RtcRefusal): Response {
  switch (refusal.outcome) {
    case 'revoked':
    case 'ended':
      // Nobody is signed out, or ended by an administrator, and goes on asking with the same right.
      return problem(refusal.outcome === 'revoked' ? 'invalid_credential' : 'unavailable');
    case 'limited':
      return problem(refusal.code, { retryAfterSeconds: refusal.retryAfterSeconds });
    case 'azure':
      return azureProblem(refusal.refusal);
  }
}
