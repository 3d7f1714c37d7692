/** Clients that were written for Azure or OpenAI, unmodified, pointed at Voxgate: only the address and the key are ours. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from '@openai/agents-realtime';
import OpenAI, { AzureOpenAI } from 'openai';
import { OpenAIRealtimeWS as PreviewRealtimeWS } from 'openai/beta/realtime/ws';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventLog } from '../support/event-log.ts';
import { AZURE_KEY, type Gateway, GATEWAY_SECRET, startGateway } from '../support/gateway.ts';
import { startTlsFront, type TlsFront } from '../support/tls-front.ts';
import { tokenFor } from '../support/tokens.ts';

let gateway: Gateway;
let front: TlsFront;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  front = await startTlsFront(Number(new URL(gateway.url).port));
  token = await tokenFor('developer', { secret: GATEWAY_SECRET });
});
afterAll(async () => {
  await front.close();
  await gateway.close();
});

type Named = { readonly type: string; readonly [field: string]: unknown };

/** Everything a client hears from now on, and its errors. */
function logOf(listen: (log: EventLog<Named>, problems: unknown[]) => void): {
  log: EventLog<Named>;
  problems: unknown[];
} {
  const heard = { log: new EventLog<Named>(), problems: [] as unknown[] };
  listen(heard.log, heard.problems);
  return heard;
}

const yes = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Say "yes"' }] } as const;

test.each(['/v1', '/openai/v1'])('[Z10] the official client holds a turn at %s', async (base) => {
  const client = new OpenAI({ apiKey: token, baseURL: `${front.url}${base}` });
  const realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca: front.ca } }, client);
  const { log, problems } = logOf((heard, errors) => {
    realtime.on('event', (event) => heard.add({ ...event }));
    realtime.on('error', (error) => errors.push(error));
  });
  await log.until('session.created');
  realtime.send({ type: 'conversation.item.create', item: { ...yes, content: [...yes.content] } });
  realtime.send({ type: 'response.create' });
  expect(await log.until('response.output_audio_transcript.done')).toMatchObject({ transcript: 'yes' });
  await log.until('response.done');
  realtime.close();
  expect(problems).toEqual([]);
  expect(log.types().filter((type) => type.startsWith('gateway.'))).toEqual([]);
});

test('[Z14] the official client of the preview holds a turn at /openai/realtime', async () => {
  const azure = new AzureOpenAI({ endpoint: front.url, apiKey: token, apiVersion: '2024-10-01-preview' });
  const options = { deploymentName: 'gpt-4o-realtime-preview', options: { ca: front.ca } };
  const realtime = await PreviewRealtimeWS.azure(azure, options);
  const { log, problems } = logOf((heard, errors) => {
    realtime.on('event', (event) => heard.add({ ...event }));
    realtime.on('error', (error) => errors.push(error));
  });
  await log.until('conversation.created');
  realtime.send({ type: 'session.update', session: { modalities: ['text', 'audio'], voice: 'sage' } });
  expect(await log.until('session.updated')).toMatchObject({ session: { voice: 'sage' } });
  realtime.send({ type: 'conversation.item.create', item: { ...yes, content: [...yes.content] } });
  await log.until('conversation.item.created');
  realtime.send({ type: 'response.create' });
  await log.until('response.audio.delta');
  expect(await log.until('response.audio_transcript.done')).toMatchObject({ transcript: 'yes' });
  await log.until('response.done');
  realtime.close();
  expect(problems).toEqual([]);
});

test('[Z10] @openai/agents-realtime holds a turn at /openai/v1/realtime', async () => {
  const log = new EventLog<Named>();
  const problems: unknown[] = [];
  const url = `${gateway.url.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`;
  const transport = new OpenAIRealtimeWebSocket({ url });
  transport.on('*', (event: Named) => log.add(event));
  const session = new RealtimeSession(new RealtimeAgent({ name: 'Alice' }), { transport });
  session.on('error', ({ error }) => problems.push(error));
  await session.connect({ apiKey: token });
  await log.until('session.updated');
  session.sendMessage('Say "yes"');
  await log.until('response.done');
  session.close();
  expect(problems).toEqual([]);
});

test('[Z10] nothing of these clients’ keys, or of Azure’s, is printed', () => {
  const printed = gateway.log.join('\n');
  expect(printed).not.toContain(token);
  expect(printed).not.toContain(AZURE_KEY);
});
