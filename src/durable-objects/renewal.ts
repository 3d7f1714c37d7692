import { objectName } from '../identity/object-name.ts';
import { verifyToken } from '../identity/tokens.ts';
import type { Account } from './account.ts';
import type { Renewal } from './call-plan.ts';
import { limitsFor, type Configuration } from './configuration.ts';
import { credentialEnd } from './session-clock.ts';

/** Whose token this is: what it is good for from now on, or why it is not that of the object of this name. */
export async function renewalBy(
  token: string,
  { identity, limits }: Configuration,
  { account, name }: { readonly account: Account; readonly name: string },
): Promise<Renewal> {
  const verdict = await verifyToken(token, identity);
  if (verdict.outcome === 'unavailable') {
    return {
      outcome: 'refused',
      message: 'This token cannot be verified right now; try again in a few seconds.',
    };
  }
  if (verdict.outcome === 'refused' || account.isRevoked(verdict.user)) {
    return { outcome: 'refused', message: 'This token is not valid.' };
  }
  const { user } = verdict;
  if ((await objectName(identity.authSecret, user)) !== name) {
    return { outcome: 'refused', message: 'This token is somebody else’s.' };
  }
  return {
    outcome: 'renewed',
    limits: limitsFor(limits, user.limits),
    overrides: user.limits,
    credentialAt: credentialEnd(user),
  };
}
