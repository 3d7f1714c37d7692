/** Who I am, before a call: the session the browser has, else a guest's. */
import type { ProblemName } from './problems.ts';

const byStatus: Readonly<Record<number, ProblemName>> = {
  401: 'signInNeeded',
  403: 'refused',
  429: 'tooMany',
  503: 'unavailable',
};

const PATIENCE_MS = 10_000;

/** Signs in where needed. Null when it worked, else what to tell. Never rejects. */
export async function signIn(): Promise<ProblemName | null> {
  try {
    // It also tells who I am already; asking that first would cost a round trip and put a 401 on every guest's console.
    const answer = await fetch('/api/session', { method: 'POST', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) return null;
    const isConfigured = (await codeOf(answer)) !== 'not_configured';
    return isConfigured ? (byStatus[answer.status] ?? 'unavailable') : 'notConfigured';
  } catch {
    return 'unreachable';
  }
}

/** The stable code of a refusal, as RFC 9457 carries it; empty when there is none. */
async function codeOf(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null);
  const isProblem =
    typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
  return isProblem ? String(body.code) : '';
}
