import { Hono } from 'hono';
import type { Context } from 'hono';
import * as v from 'valibot';
import type { Door } from '../door.ts';
import { withKnownUser } from '../middleware/identity.ts';
import { keyWish, type RtcKeyAnswer } from '../openapi/calls.ts';
import { problem } from '../problem.ts';
import { rtcProblem } from '../rtc-refusal.ts';
import { askUserOnce } from '../users.ts';

/** Keys with which a browser goes to Azure itself, as the key servers of the WebRTC samples give them away. */
export const rtcKeys = new Hono<Door>().post('/', withKnownUser, async (c) => {
  const { user, settings } = c.var;
  const read = v.safeParse(keyWish, await bodyOf(c));
  if (!read.success) {
    const detail = 'The body must be a JSON object; model and voice, if they are there, are names.';
    return problem('invalid_request', { detail });
  }
  const { model = null, voice = null } = read.output;
  const asked = await askUserOnce({ env: c.env, settings, user }, async (object) =>
    object.makeRtcKey(user, { model, voice }),
  );
  if (asked.outcome === 'unavailable') return problem('unavailable');
  const answer = asked.value;
  if (answer.outcome === 'not-allowed') return problem('keys_not_given');
  if (answer.outcome !== 'made') return rtcProblem(answer);
  const { value, expiresAt } = answer;
  c.header('Cache-Control', 'no-store');
  return c.json({
    id: answer.id,
    object: 'realtime.session',
    model: answer.model,
    voice: answer.voice,
    modalities: ['audio', 'text'],
    client_secret: { value, expires_at: expiresAt },
    value,
    expires_at: expiresAt,
    calls_url: answer.callsUrl,
  } satisfies RtcKeyAnswer);
});

/** No body at all asks for what the operator has. */
async function bodyOf(c: Context<Door>): Promise<unknown> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    // A list has fields too, to a schema of an object.
    return Array.isArray(body) ? undefined : body;
  } catch {
    return undefined;
  }
}
