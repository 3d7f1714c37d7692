/**
 * Every way a socket of ours ends, as data: the code, what it means, and what the other side should do next.
 * Codes below 4000 are RFC 6455's; those from 4000 mirror the HTTP status that says the same.
 */

/** What a client should do after a close: nothing, return at once, return later, or sign in first. */
export type ComeBack = 'no' | 'at-once' | 'with-backoff' | 'after-seconds' | 'when-reset' | 'sign-in';

export const closeCodes = {
  over: { code: 1000, reason: 'The call is over', comeBack: 'no' },
  goingAway: { code: 1001, reason: 'Going away', comeBack: 'at-once' },
  tooBig: { code: 1009, reason: 'Frame too big', comeBack: 'no' },
  notAllowed: { code: 4400, reason: 'Kept sending what is not allowed', comeBack: 'no' },
  unauthenticated: { code: 4401, reason: 'Signed out', comeBack: 'sign-in' },
  budgetSpent: { code: 4402, reason: 'Budget spent', comeBack: 'when-reset' },
  forbidden: { code: 4403, reason: 'Not allowed here', comeBack: 'no' },
  idle: { code: 4408, reason: 'Idle too long', comeBack: 'at-once' },
  takenOver: { code: 4409, reason: 'Another connection took over', comeBack: 'no' },
  tooMany: { code: 4429, reason: 'Too many', comeBack: 'after-seconds' },
  upstreamFailed: { code: 4502, reason: 'Azure refused or broke', comeBack: 'with-backoff' },
  upstreamUnreachable: { code: 4503, reason: 'Azure unreachable', comeBack: 'with-backoff' },
} as const satisfies Record<string, { code: number; reason: string; comeBack: ComeBack }>;

/** The name of a documented end. */
export type CloseName = keyof typeof closeCodes;

/** What to do after a close with `code`. An undocumented code (1006, a proxy's own) means the network: come back. */
export function comeBackAfter(code: number): ComeBack {
  const known = Object.values(closeCodes).find((entry) => entry.code === code);
  return known?.comeBack ?? 'with-backoff';
}
