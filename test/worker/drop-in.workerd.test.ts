import { expect, it } from 'vitest';
import { expectFits } from '../support/fits.ts';
import { newPerson, tokenWith } from '../workerd/calls.ts';
import { Caller } from '../workerd/caller.ts';
import { visit } from '../workerd/visitor.ts';

/** An upgrade at one of the addresses of Azure, by somebody who may choose the model. */
async function dials(address: string, headers: Record<string, string> = {}): Promise<Response> {
  const token = await tokenWith(newPerson(), { unlocked: true });
  return visit(address, { headers: { Upgrade: 'websocket', 'api-key': token, ...headers } });
}

async function calls(address: string, subprotocols = 'realtime'): Promise<Caller> {
  const { webSocket } = await dials(address, { 'Sec-WebSocket-Protocol': subprotocols });
  if (!webSocket) throw new Error('not let in');
  webSocket.accept();
  return new Caller(webSocket);
}

it.each(['/openai/v1/realtime?model=gpt-realtime', '/v1/realtime?model=gpt-realtime', '/v1/realtime'])(
  '[Z10] %s opens a call that is Azure’s own wire: no binary frame, no word of the gateway’s',
  async (address) => {
    const caller = await calls(address, 'voxgate.v1, realtime');
    caller.says({ type: 'response.create' });
    await caller.hears('response.done');
    expect(caller.types()[0]).toBe('session.created');
    expect(caller.types().filter((type) => type.startsWith('gateway.'))).toEqual([]);
    expect(caller.heard.filter(({ kind }) => kind === 'sound')).toEqual([]);
    caller.hangsUp();
  },
);

it.each([
  ['refuses-401', 502],
  ['refuses-403', 403],
  ['refuses-404', 404],
  ['refuses-429', 429],
  ['refuses-500', 500],
  ['no-such-deployment', 404],
])('[Z11] Azure’s refusal of %s is the status of the answer: %i', async (model, status) => {
  const answer = await dials(`/openai/v1/realtime?model=${model}`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ status, code: 'upstream_refused' });
});

it('[Z11] the wait that Azure names is told', async () => {
  const answer = await dials('/openai/v1/realtime?model=refuses-429');
  expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
});

it('[Z12] who may not choose a model gets the operator’s, whatever is named', async () => {
  const token = await tokenWith(newPerson(), {});
  const { webSocket } = await visit('/openai/v1/realtime?model=refuses-404', {
    headers: { Upgrade: 'websocket', 'api-key': token },
  });
  if (!webSocket) throw new Error('not let in');
  webSocket.accept();
  const caller = new Caller(webSocket);
  expect(await caller.hears('session.created')).toMatchObject({ session: { type: 'realtime' } });
  caller.hangsUp();
});

it.each(['/openai/v1/realtime', '/v1/realtime', '/openai/realtime'])(
  '[Z10] %s wants a WebSocket and a token, and a model that could be one',
  async (address) => {
    const plain = await visit(address);
    expect([plain.status, plain.headers.get('Upgrade')]).toEqual([426, 'websocket']);
    const nobody = await visit(address, { headers: { Upgrade: 'websocket' } });
    expect(nobody.status).toBe(401);
    const inUrl = await visit(`${address}?api-key=abc`, { headers: { Upgrade: 'websocket' } });
    expect(await inUrl.json()).toMatchObject({ code: 'credential_in_url' });
    const name = address === '/openai/realtime' ? 'deployment' : 'model';
    const odd = await dials(`${address}?${name}=a/b`);
    expect(odd.status).toBe(400);
    expect(await odd.json()).toMatchObject({ detail: expect.stringContaining(`${name}: must be`) });
  },
);

it('[Z13] a fourth call at these addresses is told like any other', async () => {
  const token = await tokenWith(newPerson(), { connections: 0 });
  const { webSocket } = await visit('/v1/realtime', { headers: { Upgrade: 'websocket', 'api-key': token } });
  if (!webSocket) throw new Error('no socket');
  webSocket.accept();
  const caller = new Caller(webSocket);
  expect(await caller.hears('error')).toMatchObject({ error: { message: 'Max connections exceeded' } });
  expect(await caller.ends()).toMatchObject({ code: 4429 });
});

it('[Z14] the retired preview wire is spoken at its own address, both ways', async () => {
  const caller = await calls('/openai/realtime?api-version=2024-10-01-preview&deployment=gpt-realtime');
  expect(await caller.hears('session.created')).toMatchObject({
    session: { modalities: ['text', 'audio'], input_audio_format: 'pcm16', temperature: 0.8 },
  });
  await caller.hears('conversation.created');
  caller.says({
    type: 'session.update',
    session: { modalities: ['text', 'audio'], voice: 'sage', temperature: 0.7, turn_detection: null },
  });
  expect(await caller.hears('session.updated')).toMatchObject({
    session: { voice: 'sage', temperature: 0.7, turn_detection: null },
  });
  caller.says({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Say "yes"' }] },
  });
  expect(await caller.hears('conversation.item.created')).toMatchObject({
    item: { object: 'realtime.item' },
  });
  caller.says({ type: 'response.create', response: { modalities: ['text', 'audio'] } });
  await caller.hears('response.audio.delta');
  expect(await caller.hears('response.audio_transcript.done')).toMatchObject({ transcript: 'yes' });
  expect(await caller.hears('response.done')).toMatchObject({
    response: {
      modalities: ['text', 'audio'],
      temperature: 0.7,
      output: [{ content: [{ type: 'audio', transcript: 'yes' }] }],
    },
  });
  expect(
    caller.types().filter((type) => type.includes('output_audio') || type === 'conversation.item.done'),
  ).toEqual([]);
  caller.hangsUp();
});

it('[Z14][Z2] what the preview refused comes back as an error in its own words, with the client’s id', async () => {
  const caller = await calls('/openai/realtime?api-version=2024-10-01-preview&deployment=gpt-realtime');
  await caller.hears('conversation.created');
  caller.says({ type: 'session.update', event_id: 'mine', session: { modalities: ['audio'] } });
  expect(await caller.hears('error')).toMatchObject({
    error: { code: 'invalid_value', param: 'session.modalities', event_id: 'mine' },
  });
  caller.says({ type: 'session.update', session: { turn_detection: { type: 'server_vad', threshold: 7 } } });
  expect(await caller.hears('error')).toMatchObject({ error: { param: 'session.turn_detection.threshold' } });
  caller.hangsUp();
});

it('[Z11] the refusals fit what is documented', async () => {
  const answer = await dials('/openai/v1/realtime?model=refuses-401');
  expect(answer.status).toBe(502);
  await expectFits(answer, 'GET /openai/v1/realtime');
});
