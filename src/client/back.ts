/** A call whose socket was lost goes on over another one. Pure. */
import { BYTES_PER_MS, BYTES_PER_SAMPLE } from '../protocol/audio-format.ts';
import { withoutRunning, type Caption } from './captions.ts';
import { inConversation } from './conversation.ts';
import type { Left } from './gateway-listener.ts';
import type { Handover } from './handover.ts';
import type { Heard } from './heard.ts';
import { freshTurn, isSettled } from './turn.ts';
import type { CallEvent, Live, Model } from './model.ts';
import type { Lost } from './outbox.ts';
import { noPageCalls } from './page-calls.ts';
import { problems, type Notice } from './problems.ts';
import { waitingNotice } from './endings.ts';
import { stay, type Step } from './step.ts';
import { abandoned } from './follow-turn.ts';
import { tellWarning } from './warnings.ts';

/** Less than this that was lost of what was said is not worth a word, in milliseconds. */
const WORTH_TELLING_MS = 200;

/** The page was loaded again, and goes on with the call it was in. */
export function comeBackTo(model: Model, handover: Handover): Step {
  const { microphone, waiting, unwanted, ran, heard: heardBefore } = handover;
  const call: Live = {
    name: 'live',
    isAway: true,
    isAzureAway: false,
    typedAway: [],
    // It is on when it is open.
    microphone: microphone === 'muted' ? 'muted' : 'off',
    turn: { ...freshTurn, unwanted, heardBefore },
    waiting,
    tools: { ...noPageCalls, ran },
  };
  const here = inConversation(model, handover.pass.conversationId);
  return { model: { ...here, call, notice: null }, actions: [{ type: 'reopen', handover }] };
}

/** What this page hands on to the next. `heard` is how far the speaker is. */
export function handoverOf(
  { turn, microphone, waiting, tools: { ran } }: Live,
  left: Left,
  heard: Heard,
): Handover {
  const { unwanted } = turn;
  const bytes = turn.parts.map(({ number, itemId, receivedBytes, heardBytes }) => {
    if (number > heard.part) return [itemId, heardBytes] as const;
    const now = heardBytes + bytesIn(heard.heardMs);
    return [itemId, number < heard.part ? Number.MAX_SAFE_INTEGER : Math.min(receivedBytes, now)] as const;
  });
  return { ...left, microphone, waiting, unwanted, ran, heard: Object.fromEntries(bytes) };
}

/** Whether nothing is under way, so that a page that is loaded again need not hear again of what came so far. */
export function isAtRest({ turn }: Live, captions: readonly Caption[]): boolean {
  return isSettled(turn) && !captions.slice(-LAST).some(isOpen);
}

/** Among so many of the last entries is any that something is still to come of. */
const LAST = 6;

function isOpen({ isPending, tools }: Caption): boolean {
  return isPending || tools.some(({ state }) => state === 'running');
}

/** Whole samples. */
function bytesIn(ms: number): number {
  return Math.floor((ms * BYTES_PER_MS) / BYTES_PER_SAMPLE) * BYTES_PER_SAMPLE;
}

/** The socket of the call is lost. Why is told where coming back takes a while. */
export function away(model: Model, call: Live, { code, reason }: Extract<CallEvent, { type: 'away' }>): Step {
  const notice = waitingNotice({ code, reason, lastError: model.lastError }) ?? model.notice;
  return stay({ ...model, notice, call: { ...call, isAway: true } });
}

/** The call is back: as it was, or another one in its conversation, which owes nothing of what the last one did. */
export function back(model: Model, call: Live, { way, lost }: Extract<CallEvent, { type: 'back' }>): Step {
  const { turn, actions } = way === 'anew' ? abandoned(call.turn) : { turn: call.turn, actions: [] };
  // What was told while it was away is over.
  const left = way === 'anew' && model.notice?.remedy === 'none' ? null : model.notice;
  // Something to be done about the microphone is not talked over by sound that is lost anyhow.
  const isFree = lost.hasWords || left === null || left.remedy === 'none';
  const notice = (isFree ? noticeOf(lost) : null) ?? left;
  const isAzureAway = way === 'resume' && call.isAzureAway;
  // Another call knows nothing of what this one called.
  const tools = way === 'anew' ? noPageCalls : call.tools;
  const captions = way === 'anew' ? withoutRunning(model.captions) : model.captions;
  return {
    model: {
      ...model,
      captions,
      notice,
      call: { ...call, isAway: false, isAzureAway, typedAway: [], turn, tools },
    },
    actions,
  };
}

function noticeOf({ soundMs, hasWords }: Lost): Notice | null {
  if (hasWords) return problems.wordsLost;
  return soundMs < WORTH_TELLING_MS
    ? null
    : (tellWarning({ code: 'audio_dropped', droppedMs: soundMs }, 0)?.notice ?? null);
}
