/** Who I am, before a call: a token of the deployment's own, else the session the browser has, else a guest's; and the end of it. */
import { record, text } from './fields.ts';
import { askForToken } from './token-source.ts';
import { inSeconds, problems, type Notice, type ProblemName } from './problems.ts';

/** What the door said: who I am now, or why I may not come in. */
export type SignIn =
  | { readonly name: 'in'; readonly isGuest: boolean }
  | {
      readonly name: 'refused';
      readonly notice: Notice;
      readonly isUnreachable: boolean;
      /** It will say the same again, until somebody does something about it. */
      readonly isFinal: boolean;
    };

const ADDRESS = '/api/session';

const byStatus: Readonly<Record<number, ProblemName>> = {
  401: 'signInNeeded',
  403: 'refused',
  429: 'tooManyRequests',
  503: 'unavailable',
};

const PATIENCE_MS = 10_000;

/** Signs in where needed. Never rejects. */
export async function signIn(): Promise<SignIn> {
  const token = await askForToken();
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  try {
    // It also tells who I am already; asking that first would cost a round trip and put a 401 on every guest's console.
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(ADDRESS, { method: 'POST', headers, signal });
    const body: unknown = await answer.json().catch(() => null);
    if (answer.ok) return { name: 'in', isGuest: record(body)['guest'] !== false };
    const notice = refusal(answer, text(record(body), 'code'));
    const isFinal = answer.status === 401 || answer.status === 403;
    return { name: 'refused', notice, isUnreachable: false, isFinal };
  } catch {
    return { name: 'refused', notice: problems.unreachable, isUnreachable: true, isFinal: false };
  }
}

/** Signs out, which ends every call of this account. False when the door could not be asked. Never rejects. */
export async function signOut(): Promise<boolean> {
  try {
    const answer = await fetch(ADDRESS, { method: 'DELETE', signal: AbortSignal.timeout(PATIENCE_MS) });
    // Whom the door does not know is signed out already.
    return answer.ok || answer.status === 401;
  } catch {
    return false;
  }
}

/** A refusal, by the stable code that RFC 9457 lets it carry, else by its status. */
function refusal({ status, headers }: Response, code: string): Notice {
  if (code === 'not_configured') return problems.notConfigured;
  const problem = problems[byStatus[status] ?? 'unavailable'];
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  return inSeconds(problem, Number.isNaN(seconds) ? null : seconds);
}
