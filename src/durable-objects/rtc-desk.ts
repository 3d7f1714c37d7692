/** The way in for who talks by WebRTC: a call that we post for its browser, or a key with which it goes to Azure itself. */
import { callSession } from '../azure/session.ts';
import { callsAddress, mintKey } from '../azure/rtc.ts';
import type { User } from '../identity/user.ts';
import { hasBudget } from './budget.ts';
import { isLockedFor, limitsFor, type Configuration } from './configuration.ts';
import { dialRefusalOf } from './dial-refusal.ts';
import type { Guest } from './house.ts';
import { rtcOpeningFor } from './opening.ts';
import { limitedBy, type KeyAnswer, type RtcAnswer } from './rtc-answers.ts';
import type { UserSessions } from './user-sessions.ts';

/** A browser's offer, and the conversation that it continues; null begins one. */
export interface Offered {
  readonly sdp: string;
  readonly conversationId: string | null;
}

/** What a key is to be good for. Null: as the operator has it. */
export interface KeyWish {
  readonly model: string | null;
  readonly voice: string | null;
}

/** Who lets in, under which configuration, and when. */
export interface Desk {
  readonly sessions: UserSessions;
  readonly configuration: Configuration;
  readonly now: number;
}

/** Has Azure answer an offer, once somebody looks on. Nobody is answered before, and no call is left when nobody is. */
export async function startRtcCall(
  { sessions, configuration, now }: Desk,
  user: User,
  { sdp, conversationId }: Offered,
): Promise<RtcAnswer> {
  const proof = { kind: 'user', user } as const;
  if (sessions.identify(proof, now) === null) return { outcome: 'revoked' };
  const opening = rtcOpeningFor(proof, conversationId);
  if (!sessions.knows(opening)) return { outcome: 'no-conversation' };
  const guest: Guest = { user, configuration, now };
  const objection = sessions.objection(guest);
  if (objection) return limitedBy(objection);
  const begun = sessions.calls().openRtc(sdp, opening, guest);
  const reached = await begun.call.connect();
  if (reached.outcome !== 'connected') {
    const wasEnded = reached.outcome === 'unreachable' && reached.reason === 'aborted';
    return wasEnded ? { outcome: 'ended' } : { outcome: 'azure', refusal: dialRefusalOf(reached) };
  }
  const { sessionId } = begun.call.describe();
  const answer = begun.line.answer();
  if (answer === null || !begun.isThere()) return { outcome: 'ended' };
  return { outcome: 'started', sessionId, conversationId: begun.conversationId, sdp: answer };
}

/** Has Azure make a key. What is said with it nobody here hears: it is not for whom a budget holds, unless the operator says so. */
export async function makeRtcKey(
  { sessions, configuration, now }: Desk,
  user: User,
  wish: KeyWish,
): Promise<KeyAnswer> {
  if (sessions.identify({ kind: 'user', user }, now) === null) return { outcome: 'revoked' };
  const guest: Guest = { user, configuration, now };
  const objection = sessions.objection(guest);
  if (objection) return limitedBy(objection);
  if (!mayHaveKey(user, configuration)) return { outcome: 'not-allowed' };
  const seats = sessions.keys();
  const sessionId = seats.take(guest);
  const { operator, routes } = configuration;
  const model = isLockedFor(user, operator) ? null : wish.model;
  const found = await sessions
    .dialer()
    .find(
      routes,
      { signal: new AbortController().signal, patience: 'none' },
      async ({ endpoint, realtimeDeployment }, headers, { signal }) => {
        const session = callSession(operator, { model: model ?? realtimeDeployment, voice: wish.voice });
        return mintKey({ endpoint, headers }, session, signal);
      },
    );
  if (found.outcome !== 'connected') {
    seats.end(sessionId, { as: 'upstreamFailed', complaint: null });
    return { outcome: 'azure', refusal: dialRefusalOf(found) };
  }
  const { value, route } = found;
  return {
    outcome: 'made',
    id: value.sessionId === '' ? sessionId : value.sessionId,
    value: value.value,
    expiresAt: value.expiresAt,
    model: model ?? route.realtimeDeployment,
    voice: wish.voice ?? operator.voice,
    callsUrl: callsAddress(route.endpoint),
  };
}

/** Whether somebody may go to Azure by themselves, where nobody counts what they spend. */
export function mayHaveKey(
  { limits }: User,
  { ephemeralKeys, limits: operatorLimits }: Configuration,
): boolean {
  if (ephemeralKeys !== 'unbudgeted') return ephemeralKeys === 'always';
  return !hasBudget(limitsFor(operatorLimits, limits));
}
