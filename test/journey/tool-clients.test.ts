/** The unmodified `openai` client carries a tool of the operator's out on a locked call. */
import OpenAI from 'openai';
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventLog } from '../support/event-log.ts';
import { AZURE_KEY, type Gateway, GATEWAY_SECRET, startGateway } from '../support/gateway.ts';
import { startTlsFront, type TlsFront } from '../support/tls-front.ts';
import { tokenFor } from '../support/tokens.ts';
import { startTooledAzure, type TooledAzure } from '../support/tooled-azure.ts';

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

let azure: TooledAzure;
let gateway: Gateway;
let front: TlsFront;
beforeAll(async () => {
  azure = await startTooledAzure(AZURE_KEY, WEATHER);
  gateway = await startGateway({ vars: { AZURE_ENDPOINT: azure.url } });
  front = await startTlsFront(Number(new URL(gateway.url).port));
});
afterAll(async () => {
  await front.close();
  await gateway.close();
  await azure.close();
});

test('[U30][R43] the openai package answers the call of the operator’s tool and hears about it; a call nobody made it cannot answer', async () => {
  const log = new EventLog<RealtimeServerEvent>();
  const problems: unknown[] = [];
  const apiKey = await tokenFor('somebody', { secret: GATEWAY_SECRET });
  const rt = new OpenAIRealtimeWS(
    {
      model: 'any',
      options: { ca: front.ca },
      buildRealtimeURL: () => new URL(`${front.url.replace('https', 'wss')}/ws/voice`),
    },
    new OpenAI({ baseURL: `${front.url}/v1`, apiKey }),
  );
  rt.on('event', (event) => log.add(event));
  rt.on('error', ({ error }) => problems.push(error));
  await log.until('session.created');
  rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  const answer = (callId: string, eventId?: string): void =>
    rt.send({
      type: 'conversation.item.create',
      ...(eventId === undefined ? {} : { event_id: eventId }),
      item: { type: 'function_call_output', call_id: callId, output: 'Sunny' },
    });
  answer('call_of_nobody', 'mine');
  const content = [{ type: 'input_text' as const, text: 'Get the weather in Paris' }];
  rt.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  rt.send({ type: 'response.create' });
  const call = await log.until('response.function_call_arguments.done');
  answer(call.call_id);
  await log.until('response.done');
  rt.send({ type: 'response.create' });
  expect((await log.until('response.output_text.done')).text).toContain('Sunny');
  await log.until('response.done');

  rt.close();
  expect(problems).toMatchObject([{ code: 'invalid_value', param: 'item.call_id', event_id: 'mine' }]);
});
