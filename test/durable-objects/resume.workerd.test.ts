/** A browser that was lost comes back to its call: through the door, as anybody would. */
import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { objectName } from '../../src/identity/object-name.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import { tokenFor } from '../support/tokens.ts';
import { calls, callsDirectly, knock, newPerson, tokenWith, typed } from '../workerd/calls.ts';
import { Caller } from '../workerd/caller.ts';

/** So long a call waits for its browser. */
const GRACE_MS = 30_000;

/** Somebody on a call, and what it takes to come back to it. */
async function talks(token: string): Promise<{ caller: Caller; resumeToken: string }> {
  const caller = await calls('voxgate.v1', token);
  const { resume_token: resumeToken } = await caller.hears('gateway.session');
  await caller.hears('session.created');
  return { caller, resumeToken: String(resumeToken) };
}

/** Comes back with this; told everything so far on `lost`, unless it got less. */
async function comesBack(
  token: string,
  { resumeToken, received }: { resumeToken: string; received: number },
): Promise<Caller> {
  const offered = `voxgate.v1, voxgate.resume.${resumeToken}`;
  const { webSocket, status, headers } = await knock(offered, token, `?received=${received}`);
  if (!webSocket) throw new Error(`refused with ${status}`);
  const chosen = headers.get('Sec-WebSocket-Protocol');
  if (chosen !== 'voxgate.v1') throw new Error(`answered ${chosen}`);
  return new Caller(webSocket);
}

/** How somebody who came back in vain is told. */
const REFUSED = ['resume_refused', 4409, 'Nothing to resume', 2];

/** The error's code, the close's code and reason, and how many things were heard. */
async function refusalOf(caller: Caller): Promise<unknown[]> {
  const told = await caller.hears('error');
  const { code, reason } = await caller.ends();
  return [Object(told['error']).code, code, reason, caller.heard.length];
}

async function socketsOpen(): Promise<number> {
  const stats: { sockets_open: number } = await (await fetch(`${env.AZURE_ENDPOINT}/emulator/stats`)).json();
  return stats.sockets_open;
}

/** Time goes by for this person's object: what is due is done in its own name. */
async function passes(person: string, ms: number): Promise<void> {
  const name = await objectName(env.AUTH_SECRET, { issuer: OWN_ISSUER, subject: person });
  await runInDurableObject(env.USERS.getByName(name), () => {
    vi.advanceTimersByTime(ms);
  });
}

/** Timers and the date stand still until they are moved. */
function stopsTheClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
}

/** Puts the phone down, and waits until nothing of it is left to be done. */
async function putsDown(caller: Caller, code = 1000): Promise<void> {
  caller.hangsUp(code);
  await caller.ends();
}

afterEach(() => {
  vi.useRealTimers();
});

describe('coming back', () => {
  it('[Q1][Q2] a browser that was lost comes back, gets what it missed, and the call goes on', async () => {
    const token = await tokenFor(newPerson());
    const { caller, resumeToken } = await talks(token);
    caller.says(typed('count to three'));
    caller.says({ type: 'response.create' });
    await caller.hears('response.created');
    const received = caller.heard.length;
    await putsDown(caller, 1001);
    const again = await comesBack(token, { resumeToken, received });
    expect(await again.hears('gateway.resumed')).toMatchObject({
      continuity: 'complete',
      received: 2,
      resume_token: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(again.types()[0]).toBe('gateway.resumed');
    await again.hears('response.done');
    const whole = [...caller.types().slice(0, received), ...again.types().slice(1)];
    expect(whole.filter((type) => type === 'response.created')).toHaveLength(1);
    expect(whole.filter((type) => type === 'response.output_audio.done')).toHaveLength(1);
    again.says({ type: 'gateway.ping' });
    await again.hears('gateway.pong');
    await putsDown(again);
  });

  it('[Q2] what is replayed is what was missed: every frame of an answer, its sound as it was', async () => {
    const token = await tokenFor(newPerson());
    const { caller, resumeToken } = await talks(token);
    caller.says(typed('count to five'));
    caller.says({ type: 'response.create' });
    await caller.hears('gateway.usage');
    caller.says({ type: 'gateway.ping' });
    await caller.hears('gateway.pong');
    const answer = caller.heard.slice();
    // It says that it got the beginning only, and is still there: another device, or a network that tells nobody.
    const again = await comesBack(token, { resumeToken, received: 4 });
    const resumed = await again.hears('gateway.resumed');
    expect(resumed).toMatchObject({ replayed: answer.length - 4 });
    await again.hears('gateway.pong');
    expect(again.heard.slice(1)).toEqual(answer.slice(4));
    await putsDown(again);
  });

  it('[Q7] a good token while the other socket is still there takes the call over', async () => {
    const token = await tokenFor(newPerson());
    const { caller, resumeToken } = await talks(token);
    const again = await comesBack(token, { resumeToken, received: caller.heard.length });
    expect(await caller.hears('error')).toMatchObject({ error: { code: 'taken_over' } });
    expect((await caller.ends()).code).toBe(4409);
    await again.hears('gateway.resumed');
    again.says({ type: 'gateway.ping' });
    await again.hears('gateway.pong');
    await putsDown(again);
  });

  it('[Q5] each token works once, and each return brings the next', async () => {
    const token = await tokenFor(newPerson());
    const { caller, resumeToken } = await talks(token);
    let received = caller.heard.length;
    await putsDown(caller, 1001);
    let next = resumeToken;
    for (let count = 0; count < 3; count += 1) {
      const again = await comesBack(token, { resumeToken: next, received });
      const resumed = await again.hears('gateway.resumed');
      expect(resumed['resume_token']).not.toBe(next);
      next = String(resumed['resume_token']);
      again.says({ type: 'gateway.ping' });
      await again.hears('gateway.pong');
      received += again.heard.length;
      await putsDown(again, 3001);
    }
    const last = await comesBack(token, { resumeToken: next, received });
    expect(await last.hears('gateway.resumed')).toMatchObject({ received: 3, replayed: 0 });
    expect(await refusalOf(await comesBack(token, { resumeToken, received }))).toEqual(REFUSED);
    last.says({ type: 'gateway.ping' });
    await last.hears('gateway.pong');
    await putsDown(last);
  });

  it('[Q5] a token that came with a renewed credential is as good as the one before it', async () => {
    const person = newPerson();
    const token = await tokenFor(person);
    const { caller, resumeToken } = await talks(token);
    caller.says({ type: 'gateway.auth', token: await tokenFor(person) });
    const renewed = await caller.hears('gateway.session');
    expect(renewed['resume_token']).not.toBe(resumeToken);
    // The renewal was missed: the token before it still brings its browser back, and the one in it does afterwards.
    const received = caller.heard.length - 1;
    await putsDown(caller, 1001);
    const again = await comesBack(token, { resumeToken, received });
    expect(await again.hears('gateway.session')).toEqual(renewed);
    await putsDown(again, 1001);
    const last = await comesBack(token, {
      resumeToken: String(renewed['resume_token']),
      received: received + again.heard.filter(({ kind }) => kind !== 'close').length,
    });
    await last.hears('gateway.resumed');
    await putsDown(last);
  });
});

describe('who does not come back', () => {
  it('[Q6] an unknown token, a token of another user’s call and a count that cannot be are refused alike', async () => {
    const [alice, eve] = [await tokenFor(newPerson()), await tokenFor(newPerson())];
    const { caller, resumeToken } = await talks(alice);
    const received = caller.heard.length;
    expect(await refusalOf(await comesBack(alice, { resumeToken: 'A'.repeat(43), received }))).toEqual(
      REFUSED,
    );
    expect(await refusalOf(await comesBack(eve, { resumeToken, received }))).toEqual(REFUSED);
    expect(await refusalOf(await comesBack(alice, { resumeToken, received: received + 1 }))).toEqual(REFUSED);
    caller.says({ type: 'gateway.ping' });
    await caller.hears('gateway.pong');
    // None of this has used the token up.
    const again = await comesBack(alice, { resumeToken, received: received + 1 });
    await again.hears('gateway.resumed');
    await putsDown(again);
  });

  it('[Q6] a return without its count is 400, and with a bad credential 401', async () => {
    const token = await tokenFor(newPerson());
    const { caller, resumeToken } = await talks(token);
    const offered = `voxgate.v1, voxgate.resume.${resumeToken}`;
    for (const query of ['', '?received=-1', '?received=many', '?received=1&received=2']) {
      const refused = await knock(offered, token, query);
      expect([query, refused.status, (await refused.json<{ code: string }>()).code]).toEqual([
        query,
        400,
        'invalid_request',
      ]);
    }
    expect((await knock(offered, 'no.good.token', '?received=2')).status).toBe(401);
    await putsDown(caller);
  });

  it('[Q6] whoever has made too many requests is told so, and a good token brings its call back all the same', async () => {
    const token = await tokenWith(newPerson(), { requestsPerMinute: 2 });
    const { caller, resumeToken } = await talks(token);
    const received = caller.heard.length;
    expect(await refusalOf(await comesBack(token, { resumeToken: 'A'.repeat(43), received }))).toEqual(
      REFUSED,
    );
    const guess = await comesBack(token, { resumeToken: 'B'.repeat(43), received });
    expect(await guess.hears('error')).toMatchObject({ error: { code: 'rate_limited' } });
    expect((await guess.ends()).code).toBe(4429);
    const again = await comesBack(token, { resumeToken, received });
    await again.hears('gateway.resumed');
    await putsDown(again);
  });

  it('[Q1] a goodbye ends the call at once, and there is nothing to come back to', async () => {
    const token = await tokenFor(newPerson());
    const { caller, resumeToken } = await talks(token);
    await putsDown(caller);
    expect(await refusalOf(await comesBack(token, { resumeToken, received: 2 }))).toEqual(REFUSED);
  });

  it('[Q1] on the JSON lane a token means nothing, and is not echoed', async () => {
    const token = await tokenFor(newPerson());
    const { caller, resumeToken } = await talks(token);
    const answer = await knock(`realtime, voxgate.resume.${resumeToken}`, token, '?received=2');
    expect([answer.status, answer.headers.get('Sec-WebSocket-Protocol')]).toEqual([101, 'realtime']);
    if (!answer.webSocket) throw new Error('no socket');
    const other = new Caller(answer.webSocket);
    await other.hears('session.created');
    await putsDown(other);
    await putsDown(caller);
  });

  it('[Q1] on the JSON lane a call ends with its socket', async () => {
    const { caller, ended } = callsDirectly({ lane: 'realtime' });
    await caller.hears('session.created');
    caller.hangsUp(1001);
    await ended;
    expect((await caller.ends()).code).toBe(1001);
  });
});

describe('the grace', () => {
  it('[Q8][R24] thirty seconds after its browser was lost a call is over, its seat free and Azure’s socket closed', async () => {
    stopsTheClock();
    const person = newPerson();
    const token = await tokenWith(person, { connections: 1 });
    const { caller, resumeToken } = await talks(token);
    const during = await socketsOpen();
    const received = caller.heard.length;
    await putsDown(caller, 1001);
    await passes(person, GRACE_MS - 1);
    const tooEarly = await calls('voxgate.v1', token);
    expect(await tooEarly.hears('error')).toMatchObject({ error: { code: 'too_many_connections' } });
    await passes(person, 1);
    vi.useRealTimers();
    expect(await refusalOf(await comesBack(token, { resumeToken, received }))).toEqual(REFUSED);
    await expect.poll(socketsOpen).toBeLessThan(during);
    const next = await calls('voxgate.v1', token);
    await next.hears('session.created');
    await putsDown(next);
  });

  it('[Q8] whoever came back is lost again only after a grace of its own', async () => {
    stopsTheClock();
    const person = newPerson();
    const token = await tokenFor(person);
    const { caller, resumeToken } = await talks(token);
    const received = caller.heard.length;
    await putsDown(caller, 1001);
    await passes(person, GRACE_MS - 1_000);
    const again = await comesBack(token, { resumeToken, received });
    await again.hears('gateway.resumed');
    await passes(person, GRACE_MS);
    again.says({ type: 'gateway.ping' });
    expect(await again.hears('gateway.pong')).toMatchObject({ type: 'gateway.pong' });
    await putsDown(again);
  });

  it('[Q9] time in which nobody came back is not charged', async () => {
    stopsTheClock();
    const { caller, ended, account } = callsDirectly();
    await caller.hears('session.created');
    vi.advanceTimersByTime(5_000);
    await putsDown(caller, 1001);
    const before = account.today(Date.now()).voiceMs;
    expect(before).toBeGreaterThanOrEqual(5_000);
    vi.advanceTimersByTime(GRACE_MS);
    await ended;
    expect(account.today(Date.now()).voiceMs).toBe(before);
  });

  it('[Q9] time until somebody came back is charged: the call went on', async () => {
    stopsTheClock();
    const person = newPerson();
    const token = await tokenFor(person);
    const { caller, resumeToken } = await talks(token);
    const received = caller.heard.length;
    await putsDown(caller, 1001);
    await passes(person, 20_000);
    const again = await comesBack(token, { resumeToken, received });
    await again.hears('gateway.resumed');
    await putsDown(again);
    const usage = await exports.default.fetch('http://localhost/api/usage', {
      headers: { Authorization: `Bearer ${token}` },
    });
    const { today } = await usage.json<{ today: { voice_minutes: number } }>();
    expect(today.voice_minutes).toBeGreaterThanOrEqual(0.333);
  });

  it('[Q10] a call that ended while nobody was there tells its story to whoever comes back', async () => {
    stopsTheClock();
    const person = newPerson();
    const token = await tokenFor(person, { claims: { exp: Math.floor(Date.now() / 1000) + 10 } });
    const { caller, resumeToken } = await talks(token);
    const received = caller.heard.length;
    await putsDown(caller, 1001);
    await passes(person, 20_000);
    const fresh = await tokenFor(person);
    const again = await comesBack(fresh, { resumeToken, received });
    await again.hears('gateway.resumed');
    expect(await again.hears('error')).toMatchObject({ error: { code: 'credential_expired' } });
    expect((await again.ends()).code).toBe(4401);
  });

  it('[Q10] a sign-out ends a call that waits, and nobody comes back to it', async () => {
    const person = newPerson();
    const token = await tokenFor(person);
    const { caller, resumeToken } = await talks(token);
    const received = caller.heard.length;
    await putsDown(caller, 1001);
    const fresh = await tokenFor(person);
    const signedOut = await exports.default.fetch('http://localhost/api/session', {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(signedOut.ok).toBe(true);
    expect(
      (await knock(`voxgate.v1, voxgate.resume.${resumeToken}`, token, `?received=${received}`)).status,
    ).toBe(401);
    expect(await refusalOf(await comesBack(fresh, { resumeToken, received }))).toEqual(REFUSED);
  });

  it('[Q20] a pong tells how long Azure took to answer', async () => {
    const { caller } = await talks(await tokenFor(newPerson()));
    caller.says({ type: 'gateway.ping' });
    const { upstream_ms: ms } = await caller.hears('gateway.pong');
    expect(Number(ms)).toBeGreaterThanOrEqual(0);
    expect(typeof ms).toBe('number');
    await putsDown(caller);
  });
});
