/** What breaks a run, in words for the person and in a line for the operator. Pure. */
import type { Fields } from '../observe/fields.ts';
import type { LogEvent } from '../observe/log.ts';
import type { Fate } from './line.ts';
import type { RunError } from './run.ts';

const WORDS: Readonly<Record<RunError['code'], string>> = {
  content_filter:
    'I cannot answer this message: a filter for harmful content stopped it. Please put it another way.',
  budget_spent: 'What may be spent today is spent. Please come back tomorrow.',
  upstream_refused: 'The service that answers did not take the message. Please try again later.',
  upstream_throttled: 'The service that answers is busy. Please try again in a moment.',
  upstream_lost: 'The answer broke off before it was complete. Please try again.',
  upstream_unreachable: 'The service that answers could not be reached. Please try again in a moment.',
  internal: 'Something went wrong on our side. Please try again.',
};

const TOO_MANY_REQUESTS = 429;

/** The error of a code, in our words. */
export function runError(code: RunError['code'], retryAfterMs: number | null = null): RunError {
  return { code, message: WORDS[code], retryAfterMs };
}

/** The error of a step that did not come to its end, by where its request stood. */
export function errorOf(fate: Fate): RunError {
  switch (fate.name) {
    case 'dialling':
      return runError('upstream_unreachable');
    case 'answering':
    case 'given up':
      return runError('upstream_lost');
    case 'refused':
      if (fate.isFiltered) return runError('content_filter');
      return fate.status === TOO_MANY_REQUESTS
        ? runError('upstream_throttled', fate.retryAfterMs)
        : runError('upstream_refused', fate.retryAfterMs);
  }
}

/** The line of the log about such a step: Azure's own status and code where it refused, else ours. */
export function lineAbout(fate: Fate): readonly [LogEvent, Fields] {
  if (fate.name !== 'refused') return ['azure.error', { mode: 'text', code: errorOf(fate).code }];
  const { status, code } = fate;
  return ['azure.refused', { mode: 'text', status, ...(code === null ? {} : { code }) }];
}
