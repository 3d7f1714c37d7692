/** Everything that can go wrong, as a sentence and the one thing to do about it. */
import { writeWait } from './notation.ts';

/** What the button beside a notice does. `start` is the main button's own job, so it needs no second one. */
export type Remedy = 'none' | 'start' | 'open-microphone' | 'open-sound' | 'reload' | 'reconnect';

/** How long to wait, where nobody knows better. */
const LATER = 'in a little while';

/** A sentence for the person and what they can do. */
export interface Notice {
  readonly text: string;
  readonly remedy: Remedy;
}

export const problems = {
  microphoneDenied: {
    text: 'The microphone is blocked. Allow it in the address bar to talk, or just type.',
    remedy: 'open-microphone',
  },
  microphoneMissing: {
    text: 'No microphone was found. Plug one in to talk, or just type.',
    remedy: 'open-microphone',
  },
  microphoneBusy: {
    text: 'Another program is using the microphone. Close it there to talk, or just type.',
    remedy: 'open-microphone',
  },
  microphoneInsecure: {
    text: 'Browsers allow the microphone on https pages only. Open this page over https to talk, or just type.',
    remedy: 'none',
  },
  microphoneLost: {
    text: 'The microphone was unplugged. Plug it in again to talk, or just type.',
    remedy: 'open-microphone',
  },
  microphoneSilent: {
    text: 'Your microphone sends no sound at all. Check that it is not switched off.',
    remedy: 'none',
  },
  microphonePaused: {
    text: 'The microphone is taken by something else for a moment, a phone call perhaps. Just type meanwhile.',
    remedy: 'none',
  },
  uplinkTooSlow: {
    text: 'Your connection is too slow: some of what you just said was lost. Say it again.',
    remedy: 'none',
  },
  answerTooLong: { text: 'The answer was too long to keep: its end was left out.', remedy: 'none' },
  microphoneAway: {
    text: 'The call goes on. Turn the microphone on again to hear and be heard, or just type.',
    remedy: 'open-microphone',
  },
  soundAsleep: {
    text: 'The call goes on. Your browser plays and hears nothing until you click or type.',
    remedy: 'open-sound',
  },
  soundBlocked: { text: 'This browser cannot play the voice. A current one can.', remedy: 'reload' },
  signInNeeded: {
    text: 'Only people with an account can talk here. Sign in, then start again.',
    remedy: 'start',
  },
  refused: { text: 'This page may not open a call here. Ask whoever runs it.', remedy: 'none' },
  notConfigured: {
    text: 'Azure OpenAI is not configured. Whoever runs this page has to name it.',
    remedy: 'start',
  },
  unreachable: {
    text: 'The gateway cannot be reached. Check your connection and start again.',
    remedy: 'start',
  },
  unavailable: {
    text: `The gateway is not available at the moment. Start again ${LATER}.`,
    remedy: 'start',
  },
  wordsLost: {
    text: 'Some of what you wrote may have got lost with the connection. See whether it is answered, or write it again.',
    remedy: 'none',
  },
  waitedTooLong: {
    text: 'The connection was away for too long, so the call is over. Start again to go on.',
    remedy: 'start',
  },
  connectionLost: { text: 'The connection was lost. Start again to go on.', remedy: 'start' },
  tooSlow: { text: `The gateway does not answer. Start again ${LATER}.`, remedy: 'start' },
  goingAway: { text: 'The call was ended from the other side. Start again to go on.', remedy: 'start' },
  tooBig: { text: 'That was too much at once. Start again with something shorter.', remedy: 'start' },
  notAllowed: { text: 'The call was closed because of what this page sent. Reload it.', remedy: 'reload' },
  signedOut: { text: 'You signed out in another window. Start again to sign in.', remedy: 'start' },
  signInExpired: { text: 'Your sign-in ran out. Start again to sign in.', remedy: 'start' },
  budgetSpent: { text: "Today's allowance is used up. Come back when it starts anew.", remedy: 'none' },
  idle: {
    text: 'The call ended because nobody said anything for long. Start again when you like.',
    remedy: 'start',
  },
  longest: { text: 'The call lasted as long as one may. Start again to go on.', remedy: 'start' },
  endedByAdmin: {
    text: 'Whoever runs this page ended the call. Ask them before you start again.',
    remedy: 'none',
  },
  takenOver: { text: 'This call went on in another window. Close that one to talk here.', remedy: 'start' },
  tooMany: { text: `That was too much at once. Start again ${LATER}.`, remedy: 'start' },
  tooManyRequests: {
    text: `You asked for a lot in a short time. Start again ${LATER}.`,
    remedy: 'start',
  },
  tooManyCalls: {
    text: 'As many calls are open as you may have. End one, then start again.',
    remedy: 'start',
  },
  upstreamFailed: { text: `The assistant broke off. Start again ${LATER}.`, remedy: 'start' },
  upstreamRefused: {
    text: `The assistant takes no call right now. Start again ${LATER}.`,
    remedy: 'start',
  },
  upstreamUnreachable: {
    text: `The assistant cannot be reached. Start again ${LATER}.`,
    remedy: 'start',
  },
  signOutFailed: {
    text: `You are still signed in: the gateway cannot be reached. Try again ${LATER}.`,
    remedy: 'none',
  },
} as const satisfies Record<string, Notice>;

/** The name of a problem. */
export type ProblemName = keyof typeof problems;

/** The same problem with the time to wait, in seconds, where that is known. */
export function inSeconds(notice: Notice, seconds: number | null): Notice {
  if (seconds === null) return notice;
  return { ...notice, text: notice.text.replace(LATER, `in ${writeWait(seconds * 1000)}`) };
}

/** Errors that are races lost by milliseconds: what they complain about has happened already. */
const races: ReadonlySet<string> = new Set([
  'response_cancel_not_active',
  'conversation_already_has_active_response',
  'item_truncate_invalid_item_id',
  'item_already_truncated',
  'item_delete_invalid_item_id',
  'input_audio_buffer_commit_empty',
  'unsupported_content_type',
]);

/** What to tell about an `error` event that did not end the call; null when there is nothing worth telling. */
export function errorNotice(code: string, message: string): Notice | null {
  if (races.has(code) || message === '' || /audio_end_ms/.test(message)) return null;
  return { text: message, remedy: 'none' };
}
