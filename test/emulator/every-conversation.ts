/** Conversations that together bring every event the emulator can send. */
import { createId } from '../../emulator/ids.ts';
import type { Emulator } from '../../emulator/server.ts';
import { toFrame } from '../../emulator/webrtc/call-events.ts';
import { pickString, type RealtimeClient, type Received } from '../support/realtime-client.ts';
import { speech } from '../support/speech.ts';
import { askPreview, configurePreview, openPreview } from './preview-talk.ts';
import { append, ask, configure, openSession, typeText } from './talk.ts';

type Scene = (emulator: Emulator, unhurried: Emulator) => Promise<readonly Received[]>;

/** Holds them all, and returns every event in the order in which it came. */
export async function everyConversation(emulator: Emulator, unhurried: Emulator): Promise<Received[]> {
  const all = await Promise.all(scenes.map((scene) => scene(emulator, unhurried)));
  return all.flat();
}

/** One after the other they share little; all at once they take as long as the longest. */
const scenes: readonly Scene[] = [
  aloud,
  inWriting,
  withATool,
  spoken('whisper-1'),
  spoken('gpt-4o-transcribe'),
  spoken('nobody-deployed-it'),
  interrupted,
  rateLimited,
  leftAlone,
  withServers,
  overWebRtc,
];

async function aloud(emulator: Emulator): Promise<readonly Received[]> {
  const client = await openSession(emulator);
  const frames = await ask(client, 'Hello');
  const item = pickString(frames.at(-1), 'response.output.0.id');
  client.send({ type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: 300 });
  client.send({ type: 'conversation.item.retrieve', item_id: item });
  client.send({ type: 'conversation.item.delete', item_id: item });
  await client.until('conversation.item.deleted');
  client.send({ type: 'conversation.item.delete', item_id: item, event_id: 'again' });
  await client.until('error');
  return end(client);
}

async function inWriting(emulator: Emulator): Promise<readonly Received[]> {
  const client = await openSession(emulator);
  await configure(client, {
    output_modalities: ['text'],
    tracing: 'auto',
    include: ['item.input_audio_transcription.logprobs'],
    truncation: { type: 'retention_ratio', retention_ratio: 0.5 },
    audio: {
      input: {
        transcription: { model: 'whisper-1', language: 'en' },
        noise_reduction: { type: 'near_field' },
        turn_detection: { type: 'semantic_vad', eagerness: 'high' },
        format: { type: 'audio/pcmu' },
      },
      output: { voice: 'marin', speed: 1.2, format: { type: 'audio/pcma' } },
    },
  });
  await ask(client, 'Hello');
  await ask(client, 'Count to thirty', { max_output_tokens: 3 });
  const message = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] };
  await ask(client, 'Hello', { conversation: 'none', input: [message], metadata: { topic: 'aside' } });
  for (const item of [
    { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be kind.' }] },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I am.' }] },
    {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_image', image_url: 'data:image/png;base64,AA' }],
    },
    { type: 'function_call', name: 'wave', call_id: 'call_1', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'waved' },
  ]) {
    client.send({ type: 'conversation.item.create', item });
    await client.until('conversation.item.done');
  }
  return end(client);
}

async function withATool(emulator: Emulator): Promise<readonly Received[]> {
  const client = await openSession(emulator);
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  await configure(client, {
    tools: [{ type: 'function', name: 'get_weather', description: '', parameters }],
  });
  await ask(client, 'Get the weather in Paris');
  return end(client);
}

function spoken(model: string): Scene {
  return async (emulator) => {
    const client = await openSession(emulator);
    await configure(client, { audio: { input: { transcription: { model } } } });
    append(client, await speech('Stop it please'));
    await client.until('response.done');
    client.send({ type: 'input_audio_buffer.clear' });
    await client.until('input_audio_buffer.cleared');
    return end(client);
  };
}

async function interrupted(_: Emulator, unhurried: Emulator): Promise<readonly Received[]> {
  const client = await openSession(unhurried);
  await typeText(client, 'Count to thirty');
  client.send({ type: 'response.create' });
  await client.until('response.output_audio.delta');
  append(client, await speech('Stop it please', { silenceAfterMs: 0 }));
  await client.until('response.done');
  return end(client);
}

async function rateLimited(emulator: Emulator): Promise<readonly Received[]> {
  const client = await openSession(emulator, 'rate-limited');
  await ask(client, 'Hello');
  return end(client);
}

/** The same in the words of the preview wire, which is another set of events: typed, spoken, with a tool, and wrong. */
export async function everyPreviewConversation(emulator: Emulator): Promise<Received[]> {
  const all = await Promise.all([
    inPreviewWords(emulator, ['text']),
    inPreviewWords(emulator, ['audio', 'text']),
  ]);
  return all.flat();
}

async function inPreviewWords(emulator: Emulator, modalities: string[]): Promise<Received[]> {
  const client = await openPreview(emulator);
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function', name: 'get_weather', description: '', parameters }];
  const transcription = { model: modalities.length === 1 ? 'whisper-1' : 'gpt-4o-transcribe' };
  await configurePreview(client, { modalities, tools, input_audio_transcription: transcription });
  const frames = await askPreview(client, 'Hello');
  const item = pickString(frames.at(-1), 'response.output.0.id');
  if (modalities.length > 1) {
    client.send({ type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: 100 });
    await client.until('conversation.item.truncated');
  }
  for (const verb of ['retrieve', 'delete', 'delete']) {
    client.send({ type: `conversation.item.${verb}`, item_id: item });
  }
  await client.until('error');
  await askPreview(client, 'Get the weather in Paris');
  append(client, await speech('Stop it please'));
  await client.until('response.done');
  client.send({ type: 'input_audio_buffer.clear' });
  await client.until('input_audio_buffer.cleared');
  await client.close();
  return client.received;
}

async function leftAlone(emulator: Emulator): Promise<readonly Received[]> {
  const client = await openSession(emulator);
  const detection = { type: 'server_vad', idle_timeout_ms: 20 };
  await configure(client, { audio: { input: { turn_detection: detection } }, output_modalities: ['text'] });
  await ask(client, 'Hello');
  await client.until('input_audio_buffer.timeout_triggered');
  return end(client);
}

function server(label: string, approval: 'always' | 'never'): object {
  const server_url = 'https://example.com/mcp';
  return { type: 'mcp', server_label: label, server_url, require_approval: approval };
}

async function withServers(emulator: Emulator): Promise<readonly Received[]> {
  const client = await openSession(emulator);
  await configure(client, { tools: [server('docs-down', 'never')], output_modalities: ['text'] });
  await client.until('mcp_list_tools.failed');
  await configure(client, { tools: [server('docs', 'never')] });
  await client.until('mcp_list_tools.completed');
  await typeText(client, 'Search docs for tea');
  client.send({ type: 'response.create' });
  await client.until('response.mcp_call.completed');
  await configure(client, { tools: [server('news-faulty', 'always')] });
  await client.until('mcp_list_tools.completed');
  const asked = await ask(client, 'Search news for tea');
  const request = pickString(asked.at(-1), 'response.output.0.id');
  for (const approve of [false, true]) {
    const item = { type: 'mcp_approval_response', approval_request_id: request, approve };
    client.send({ type: 'conversation.item.create', item });
    await client.until('conversation.item.done');
    client.send({ type: 'response.create' });
    await client.until('response.done');
  }
  await client.until('response.mcp_call.failed');
  return end(client);
}

/** The words that only a data channel carries, as it carries them. */
async function overWebRtc(): Promise<readonly Received[]> {
  return (['started', 'stopped', 'cleared'] as const).map((what) =>
    JSON.parse(toFrame({ type: `output_audio_buffer.${what}`, response_id: createId('resp') })),
  );
}

async function end(client: RealtimeClient): Promise<readonly Received[]> {
  await client.close();
  return client.received;
}
