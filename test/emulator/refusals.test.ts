import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { connect, type ConnectOptions, pick, refusal } from '../support/realtime-client.ts';

const RIGHT = 'the-right-one';

let open: Emulator;
let locked: Emulator;
beforeAll(async () => {
  [open, locked] = await Promise.all([
    startEmulator({ port: 0, pace: 0 }),
    startEmulator({ port: 0, pace: 0, apiKey: RIGHT }),
  ]);
});
afterAll(() => Promise.all([open.close(), locked.close()]));

const path = '/openai/v1/realtime?model=gpt-realtime';
const key = { headers: { 'api-key': 'any' } };

const ways: readonly (readonly [string, string, ConnectOptions])[] = [
  ['the api-key header', path, { headers: { 'api-key': RIGHT } }],
  ['the api-key query', `${path}&api-key=${RIGHT}`, {}],
  ['a bearer token', path, { headers: { authorization: `Bearer ${RIGHT}` } }],
];

async function answerTo(where: string): Promise<[number, unknown]> {
  const { status, body } = await refusal(`${open.url}${where}`, key);
  return [status, pick(body, 'error.code')];
}

describe('the way in', () => {
  it.each(ways)('[E1] %s opens the door', async (_name, where, options) => {
    const client = await connect(`${locked.url}${where}`, options);
    expect((await client.next()).type).toBe('session.created');
    await client.close();
  });

  it('[E1] no key, or an empty one, is 401 before the upgrade, with Azure’s body and headers', async () => {
    for (const headers of [{}, { 'api-key': '' }, { authorization: 'Basic eDp5' }]) {
      const refused = await refusal(`${open.url}${path}`, { headers });
      expect(refused).toMatchObject({
        status: 401,
        body: { error: { code: '401', message: expect.any(String) } },
      });
      expect(refused.headers).toMatchObject({
        'content-type': 'application/json',
        'apim-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'x-ms-region': expect.any(String),
      });
    }
  });

  it('[E1] a key in a subprotocol opens nothing', async () => {
    const subprotocols = ['realtime', 'openai-insecure-api-key.any'];
    expect(await refusal(`${open.url}${path}`, { subprotocols })).toMatchObject({ status: 401 });
  });

  it('[E2] when one key is set, every other is refused, in whatever form', async () => {
    const wrong: readonly (readonly [string, ConnectOptions])[] = [
      [path, key],
      [`${path}&api-key=any`, {}],
      [path, { headers: { authorization: 'Bearer any' } }],
      [path, { headers: { 'api-key': 'any', authorization: `Bearer ${RIGHT}` } }],
    ];
    for (const [where, options] of wrong) {
      expect(await refusal(`${locked.url}${where}`, options)).toMatchObject({ status: 401 });
    }
  });

  it.each(['nobody', 'GPT-realtime'])('[E3] an unknown deployment, here %s, is 404', async (model) => {
    expect(await answerTo(`/openai/v1/realtime?model=${model}`)).toEqual([404, 'DeploymentNotFound']);
  });

  it.each(['/openai/v2/realtime', '//openai/v1/realtime', '/'])(
    '[E4] a wrong path, here %s, is 404',
    async (where) => {
      expect(await answerTo(`${where}?model=gpt-realtime`)).toEqual([404, '404']);
    },
  );

  it('[E5] api-version on the GA path is 401', async () => {
    expect(await answerTo(`${path}&api-version=2025-04-01-preview`)).toEqual([401, '401']);
  });

  it.each(['', '?model='])('[E6] a missing model (%s) is 400', async (query) => {
    expect(await answerTo(`/openai/v1/realtime${query}`)).toEqual([400, 'MissingModel']);
  });

  it.each(['whisper', 'translate'])(
    '[E6] a model that only hears, here gpt-realtime-%s, is 400',
    async (kind) => {
      expect(await answerTo(`/openai/v1/realtime?model=gpt-realtime-${kind}`)).toEqual([
        400,
        'OpperationNotSupported',
      ]);
    },
  );

  it('[E4] over plain HTTP an unknown path is 404, and the realtime path asks for an upgrade', async () => {
    expect((await fetch(`${open.url}/openai/v1/nothing`)).status).toBe(404);
    expect((await fetch(`${open.url}${path}`, key)).status).toBe(426);
    expect((await fetch(`${open.url}${path}`)).status).toBe(401);
    expect((await fetch(`${open.url}/emulator/stats`, { method: 'PUT' })).status).toBe(405);
  });

  it('[E7] the subprotocol realtime is chosen when it is offered, none otherwise, and compression never', async () => {
    const offering = await connect(`${open.url}${path}`, { ...key, subprotocols: ['x', 'realtime'] });
    const plain = await connect(`${open.url}${path}`, key);
    expect([offering.socket.protocol, plain.socket.protocol]).toEqual(['realtime', '']);
    expect([offering.socket.extensions, plain.socket.extensions]).toEqual(['', '']);
    await Promise.all([offering.close(), plain.close()]);
  });
});

describe('stats', () => {
  it('[E94] count sockets and the milliseconds of sound, and are the same over HTTP', async () => {
    const emulator = await startEmulator({ port: 0 });
    expect(emulator.stats()).toEqual({
      sockets_open: 0,
      sockets_total: 0,
      audio_ms_in: 0,
      chat_requests: 0,
      chats_open: 0,
      last_chat: null,
      calls_open: 0,
      last_session: null,
    });
    const client = await connect(`${emulator.url}${path}`, key);
    await client.until('session.created');
    client.send({ type: 'input_audio_buffer.append', audio: Buffer.alloc(4_800).toString('base64') });
    client.send({ type: 'input_audio_buffer.clear' });
    await client.until('input_audio_buffer.cleared');
    const response = await fetch(`${emulator.url}/emulator/stats`);
    const stats: unknown = await response.json();
    expect(stats).toEqual(emulator.stats());
    expect(stats).toMatchObject({ sockets_open: 1, sockets_total: 1, audio_ms_in: 100 });
    expect(pick(stats, 'last_session.model')).toBe('gpt-realtime');
    await client.close();
    await emulator.close();
  });

  it('[E8] closing the emulator says goodbye to its sockets with 1001 and leaves none, not even one that waits for its upgrade', async () => {
    const emulator = await startEmulator({ port: 0 });
    const client = await connect(`${emulator.url}${path}`, key);
    const waiting = connect(`${emulator.url}/openai/v1/realtime?model=slow-dial`, key).catch(
      (error: unknown) => error,
    );
    await client.until('session.created');
    await emulator.close();
    expect(await client.closed()).toMatchObject({ code: 1001 });
    expect(await waiting).toBeInstanceOf(Error);
    expect(emulator.stats().sockets_open).toBe(0);
  });
});
