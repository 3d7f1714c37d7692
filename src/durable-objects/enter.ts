/** The way in: a session is opened, or taken up again, or whoever wants one is turned away. */
import type { BesideOpening, Opening, Return } from './opening.ts';
import { acceptBrowser, turnAway } from './browser-socket.ts';
import { dialRefusal } from './dial-refusal.ts';
import type { Guest } from './house.ts';
import type { Connection } from './upstreams.ts';
import type { Configuration } from './configuration.ts';
import type { UserSessions } from './user-sessions.ts';

/** What is known when somebody comes in. */
export interface Entrance {
  readonly configuration: Configuration;
  readonly now: number;
  /** The object stays for what is under way. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/**
 * Opens a call, whose browser is accepted at once and Azure dialled beside it, goes on with one, joins one, or opens a chat.
 * 101; 401 for a credential that was taken back or a ticket that is not good; 404 for a conversation or a call that is not
 * this user's.
 */
export function enter(
  sessions: UserSessions,
  opening: Opening,
  { configuration, now, waitUntil }: Entrance,
): Response | Promise<Response> {
  const user = sessions.identify(opening.proof, now);
  if (user === null) return new Response(null, { status: 401 });
  if (!sessions.knows(opening)) return new Response(null, { status: 404 });
  const guest = { user, configuration, now };
  if (opening.mode === 'beside') return joinCall(sessions, opening, guest);
  if (opening.mode === 'voice' && opening.resume !== null)
    return takeUp(sessions, { ...opening, resume: opening.resume }, guest);
  const objection = sessions.objection(guest);
  if (opening.mode === 'text') return sessions.chats().open(opening, guest, objection);
  const { browser, answer } = acceptBrowser(opening);
  if (objection) {
    turnAway(browser, objection);
    return answer;
  }
  const connecting = sessions.calls().open(browser, opening, guest).connect();
  if (opening.dropIn !== null) return afterDialling(connecting, answer);
  waitUntil(connecting);
  return answer;
}

async function takeUp(sessions: UserSessions, opening: Return, guest: Guest): Promise<Response> {
  const { browser, answer } = acceptBrowser(opening);
  await sessions.resume(browser, opening, guest);
  return answer;
}

/** A socket beside the sound is no session of its own: it costs a request, as whoever comes back to a call does. */
function joinCall(sessions: UserSessions, opening: BesideOpening, guest: Guest): Response {
  if (!sessions.calls().isOnAir(opening.sessionId, guest)) return new Response(null, { status: 404 });
  const { browser, answer } = acceptBrowser(opening);
  const objection = sessions.objectionToRequest(guest);
  if (objection) turnAway(browser, objection);
  else sessions.calls().attach(browser, opening);
  return answer;
}

/** A client that believes us to be Azure is let in when Azure has let us in. */
async function afterDialling(connecting: Promise<Connection>, answer: Response): Promise<Response> {
  const reached = await connecting;
  return reached.outcome === 'connected' ? answer : dialRefusal(reached);
}
