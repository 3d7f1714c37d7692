/** The object that held a call is gone: its browser comes back to another one. Through the door, as anybody would. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SessionManager } from '../../src/durable-objects/session-manager.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import { tokenFor } from '../support/tokens.ts';
import { calls, knock, newPerson, tokenWith, typed } from '../workerd/calls.ts';
import { Caller } from '../workerd/caller.ts';

const MINUTE_MS = 60_000;

/** Somebody on a call, and their object. */
class Person {
  readonly name = newPerson();
  token = '';
  resumeToken = '';
  conversation = '';
  session = '';

  static async calling(limits: object = {}, query = ''): Promise<{ person: Person; caller: Caller }> {
    const person = new Person();
    person.token = await tokenWith(person.name, limits);
    const caller = await calls('voxgate.v1', person.token, query);
    const told = await caller.hears('gateway.session');
    person.resumeToken = String(told['resume_token']);
    person.conversation = String(told['conversation_id']);
    person.session = String(told['session_id']);
    await caller.hears('session.created');
    await person.isWrittenDown();
    return { person, caller };
  }

  async stub(): Promise<DurableObjectStub<SessionManager>> {
    const name = await objectName(env.AUTH_SECRET, { issuer: OWN_ISSUER, subject: this.name });
    return env.USERS.getByName(name);
  }

  async keys(): Promise<string[]> {
    return runInDurableObject(await this.stub(), (_, { storage }) =>
      [...storage.kv.list({ prefix: 'checkpoint/' })].map(([key]) => key),
    );
  }

  /** The token's hash is made beside the call. */
  async isWrittenDown(): Promise<void> {
    await vi.waitUntil(async () => (await this.keys()).length === 1);
  }

  async comesBack(received: number): Promise<Caller> {
    const offered = `voxgate.v1, voxgate.resume.${this.resumeToken}`;
    const { webSocket, status } = await knock(offered, this.token, `?received=${received}`);
    if (!webSocket) throw new Error(`refused with ${status}`);
    return new Caller(webSocket);
  }
}

/** The runtime takes every object away, without a word to anybody. */
async function crash(caller: Caller): Promise<number> {
  const received = caller.heard.length;
  await abortAllDurableObjects();
  return received;
}

async function says(caller: Caller, text: string): Promise<void> {
  caller.says(typed(text));
  caller.says({ type: 'response.create' });
  await caller.hears('gateway.usage');
}

/** What was said in the conversation, as the API tells it. */
async function remembered(person: Person): Promise<string[]> {
  return runInDurableObject(await person.stub(), (object) => {
    const page = object.conversation(person.conversation, { after: null, limit: 100 });
    return (page?.messages ?? []).map(({ role, content }) => `${role}: ${content}`);
  });
}

async function refusalOf(caller: Caller): Promise<unknown[]> {
  const told = await caller.hears('error');
  const { code } = await caller.ends();
  return [Object(told['error']).code, code];
}

async function hangsUp(caller: Caller): Promise<void> {
  caller.hangsUp();
  await caller.ends();
}

afterEach(() => {
  vi.useRealTimers();
});

describe('coming back', () => {
  it('[Q11] a call whose object was lost goes on, with what was said and with the same names', async () => {
    const { person, caller } = await Person.calling();
    await says(caller, 'My name is Ada.');
    const stub = await person.stub();
    const before = await stub.liveSessions();
    const again = await person.comesBack(await crash(caller));
    expect(await again.hears('gateway.resumed')).toMatchObject({
      continuity: 'restored',
      received: 2,
      replayed: 0,
      resume_token: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(await again.hears('gateway.upstream.renewed')).toMatchObject({ reason: 'lost' });
    const [after] = await (await person.stub()).liveSessions();
    expect(after).toMatchObject({
      sessionId: person.session,
      createdAt: before[0]?.createdAt,
      tokens: before[0]?.tokens,
    });
    await says(again, 'What is my name?');
    expect(again.types()).not.toContain('session.created');
    await expect.poll(async () => (await remembered(person)).at(-1)).toBe('assistant: Your name is Ada.');
    expect(await remembered(person)).toHaveLength(4);
    await hangsUp(again);
  });

  it('[Q11] comes back however often, each time with the token of the last', async () => {
    const { person, caller } = await Person.calling();
    let on = caller;
    let got = 0;
    for (let times = 1; times <= 4; times += 1) {
      await says(on, `repeat after me: ${times}`);
      got += await crash(on);
      on = await person.comesBack(got);
      const resumed = await on.hears('gateway.resumed');
      expect(resumed).toMatchObject({ continuity: 'restored', received: 2 * times });
      person.resumeToken = String(resumed['resume_token']);
      await on.hears('gateway.upstream.renewed');
      await person.isWrittenDown();
    }
    expect(await remembered(person)).toHaveLength(8);
    await hangsUp(on);
  });

  it('[Q11] a browser that is lost in the ordinary way after that is told what it missed', async () => {
    const { person, caller } = await Person.calling();
    await says(caller, 'hello');
    let got = await crash(caller);
    const again = await person.comesBack(got);
    person.resumeToken = String((await again.hears('gateway.resumed'))['resume_token']);
    await again.hears('gateway.upstream.renewed');
    got += again.heard.length;
    again.hangsUp(1001);
    const third = await person.comesBack(got);
    expect(await third.hears('gateway.resumed')).toMatchObject({ continuity: 'complete', received: 2 });
    await hangsUp(third);
  });

  it('[Q11] the client’s own settings are told to the other session of Azure’s', async () => {
    const { person, caller } = await Person.calling();
    caller.says({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
    await caller.hears('session.updated');
    const again = await person.comesBack(await crash(caller));
    await again.hears('gateway.upstream.renewed');
    again.says(typed('hello'));
    again.says({ type: 'response.create' });
    expect(await again.hears('response.output_text.done')).toMatchObject({ content_index: 0 });
    await hangsUp(again);
  });

  it('[Q12] what nobody knows whether it was heard is said again, and what was remembered is not', async () => {
    const { person, caller } = await Person.calling();
    await says(caller, 'repeat after me: one');
    // Of this one Azure says nothing before the end.
    caller.says({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    const again = await person.comesBack(await crash(caller));
    const { received } = await again.hears('gateway.resumed');
    expect(received).toBe(2);
    await again.hears('gateway.upstream.renewed');
    await says(again, 'repeat after me: two');
    expect(await remembered(person)).toEqual([
      'user: repeat after me: one',
      'assistant: one',
      'user: repeat after me: two',
      'assistant: two',
    ]);
    await hangsUp(again);
  });

  it('[Q13] an answer that was under way is told as cut', async () => {
    const { person, caller } = await Person.calling();
    caller.says(typed('count to thirty'));
    caller.says({ type: 'response.create' });
    const { response } = await caller.hears('response.created');
    await expect
      .poll(async () =>
        runInDurableObject(
          await person.stub(),
          (_, { storage }) => Object(storage.kv.get(`checkpoint/${person.session}`)).responses?.length,
        ),
      )
      .toBe(1);
    const again = await person.comesBack(await crash(caller));
    await again.hears('gateway.resumed');
    expect(await again.hears('response.done')).toMatchObject({
      response: {
        id: Object(response).id,
        status: 'incomplete',
        status_details: { reason: 'upstream_lost' },
      },
    });
    await again.hears('gateway.upstream.renewed');
    await says(again, 'repeat after me: on');
    await hangsUp(again);
  });
});

describe('limits', () => {
  it('[Q14] a used token, and one of another user’s, bring nobody back', async () => {
    const { person, caller } = await Person.calling();
    const received = await crash(caller);
    const other = new Person();
    other.token = await tokenFor(newPerson());
    other.resumeToken = person.resumeToken;
    expect(await refusalOf(await other.comesBack(received))).toEqual(['resume_refused', 4409]);
    const again = await person.comesBack(received);
    await again.hears('gateway.upstream.renewed');
    expect(await refusalOf(await person.comesBack(received))).toEqual(['resume_refused', 4409]);
    await hangsUp(again);
  });

  it('[Q14] a fourth connection is refused, and the token is still good when there is room', async () => {
    const { person, caller } = await Person.calling({ connections: 1 });
    const received = await crash(caller);
    const other = await calls('realtime', person.token);
    await other.hears('session.created');
    expect(await refusalOf(await person.comesBack(received))).toEqual(['too_many_connections', 4429]);
    await hangsUp(other);
    const again = await person.comesBack(received);
    await again.hears('gateway.upstream.renewed');
    await hangsUp(again);
  });

  it('[Q14] a day that is spent is 4402', async () => {
    const { person, caller } = await Person.calling();
    const received = await crash(caller);
    person.token = await tokenWith(person.name, { dailyTokens: 0 });
    expect(await refusalOf(await person.comesBack(received))).toEqual(['budget_spent', 4402]);
  });

  it('[Q14] after a sign-out nobody comes back', async () => {
    const { person, caller } = await Person.calling();
    const received = await crash(caller);
    const { name: subject } = person;
    await runInDurableObject(await person.stub(), (object) =>
      object.signOut({
        issuer: OWN_ISSUER,
        subject,
        expiresAt: Date.now() / 1000 + 60,
        isAdmin: false,
        isGuest: false,
        limits: {},
        credential: { kind: 'session', signedAt: 0 },
      }),
    );
    expect(await refusalOf(await person.comesBack(received))).toEqual(['resume_refused', 4409]);
  });

  it('[Q14] nobody comes back to a conversation that was deleted', async () => {
    const { person, caller } = await Person.calling();
    await says(caller, 'hello');
    const received = await crash(caller);
    expect(await (await person.stub()).deleteConversation(person.conversation)).toBe(true);
    expect(await refusalOf(await person.comesBack(received))).toEqual(['resume_refused', 4409]);
  });

  it('[Q14] an unlocked call goes on only with a token that unlocks', async () => {
    const { person, caller } = await Person.calling({ unlocked: true });
    const received = await crash(caller);
    const unlocked = person.token;
    person.token = await tokenFor(person.name);
    expect(await refusalOf(await person.comesBack(received))).toEqual(['resume_refused', 4409]);
    person.token = unlocked;
    const again = await person.comesBack(received);
    await again.hears('gateway.upstream.renewed');
    await hangsUp(again);
  });
});

describe('a gateway that goes', () => {
  it('[Q21] tells every call when to come back, and knows it then', async () => {
    const { person, caller } = await Person.calling();
    await says(caller, 'My name is Ada.');
    const admin = await tokenFor(newPerson(), { claims: { role: 'admin' } });
    const ask = (query: string) =>
      exports.default.fetch(`http://localhost/api/admin/drain${query}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${admin}` },
      });
    expect((await ask('?within=3600')).status).toBe(400);
    const answer: { users_told: number; within_seconds: number } = await (await ask('?within=10')).json();
    expect(answer.users_told).toBeGreaterThanOrEqual(1);
    expect(answer.within_seconds).toBe(10);
    const { after_ms: afterMs } = await caller.hears('gateway.drain');
    expect(Number(afterMs)).toBeGreaterThanOrEqual(0);
    expect(Number(afterMs)).toBeLessThanOrEqual(10_000);
    const received = caller.heard.length;
    caller.hangsUp(4000);
    await caller.ends();
    await abortAllDurableObjects();
    const again = await person.comesBack(received);
    expect(await again.hears('gateway.resumed')).toMatchObject({ continuity: 'restored' });
    await again.hears('gateway.upstream.renewed');
    await hangsUp(again);
  });

  it('[Q21] is announced by administrators alone', async () => {
    const token = await tokenFor(newPerson());
    const { status } = await exports.default.fetch('http://localhost/api/admin/drain', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(status).toBe(403);
  });
});

describe('what is left', () => {
  it('[Q15] a call that is over leaves nothing written down, and no alarm of its own', async () => {
    const { person, caller } = await Person.calling();
    await says(caller, 'hello');
    const stub = await person.stub();
    const agenda = () =>
      runInDurableObject(stub, (_, { storage }) => Object.keys(Object(storage.kv.get('agenda'))));
    expect(await agenda()).toContain('calls');
    await hangsUp(caller);
    await expect.poll(() => person.keys()).toEqual([]);
    expect(await agenda()).not.toContain('calls');
  });

  it('[Q15] while a call is quiet the object has an event every 30 s', async () => {
    const { person, caller } = await Person.calling();
    const stub = await person.stub();
    const alarm = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    const first = (await alarm()) ?? 0;
    expect(first - Date.now()).toBeLessThanOrEqual(30_000);
    await runInDurableObject(stub, () => vi.useFakeTimers({ toFake: ['Date'], now: first }));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await alarm()).toBe(first + 30_000);
    vi.useRealTimers();
    await hangsUp(caller);
  });

  it('[Q11][Q15] ten minutes after the last sign of life nobody comes back, and nothing is written down', async () => {
    const { person, caller } = await Person.calling();
    const received = await crash(caller);
    const stub = await person.stub();
    const now = Date.now();
    await runInDurableObject(stub, () => vi.useFakeTimers({ toFake: ['Date'], now: now + 11 * MINUTE_MS }));
    expect(await refusalOf(await person.comesBack(received))).toEqual(['resume_refused', 4409]);
    expect(await person.keys()).toHaveLength(1);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await person.keys()).toEqual([]);
  });
});
