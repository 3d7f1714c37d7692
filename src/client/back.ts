/** A call whose socket was lost goes on over another one. Pure. */
import type { CallEvent, Live, Model } from './model.ts';
import type { Lost } from './outbox.ts';
import { problems, type Notice } from './problems.ts';
import type { Step } from './step.ts';
import { abandoned } from './follow-turn.ts';
import { tellWarning } from './warnings.ts';

/** Less than this that was lost of what was said is not worth a word, in milliseconds. */
const WORTH_TELLING_MS = 200;

/** The call is back: as it was, or another one in its conversation, which owes nothing of what the last one did. */
export function back(model: Model, call: Live, { way, lost }: Extract<CallEvent, { type: 'back' }>): Step {
  const { turn, actions } = way === 'anew' ? abandoned(call.turn) : { turn: call.turn, actions: [] };
  const notice = noticeOf(lost) ?? model.notice;
  return { model: { ...model, notice, call: { ...call, isAway: false, turn } }, actions };
}

function noticeOf({ soundMs, hasWords }: Lost): Notice | null {
  if (hasWords) return problems.wordsLost;
  return soundMs < WORTH_TELLING_MS
    ? null
    : (tellWarning({ code: 'audio_dropped', droppedMs: soundMs }, 0)?.notice ?? null);
}
