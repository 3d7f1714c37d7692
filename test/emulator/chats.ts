/** Short words for what the tests of the emulator's chats do all the time. */
import type { Emulator } from '../../emulator/server.ts';
import { pick, pickString } from '../support/realtime-client.ts';

/** A parsed event of a stream, or `[DONE]`. */
export type Frame = Readonly<Record<string, unknown>> | '[DONE]';

/** A request. Every message is the person's own, unless it says otherwise. */
export interface Chat {
  readonly model?: unknown;
  readonly says?: string;
  readonly [field: string]: unknown;
}

/** The v1 path. */
export const V1 = '/openai/v1/chat/completions';

/** Posts a chat request. `says` stands for one message of the person. */
export function post(emulator: Emulator, chat: Chat, path = V1, init: RequestInit = {}): Promise<Response> {
  const { says, ...rest } = chat;
  const messages = says === undefined ? {} : { messages: [{ role: 'user', content: says }] };
  return fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { 'api-key': 'any', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', ...messages, ...rest }),
    ...init,
  });
}

/** The body of an answer that is not streamed. */
export async function complete(emulator: Emulator, chat: Chat): Promise<unknown> {
  return (await post(emulator, chat)).json();
}

/** The words of an answer that is not streamed. */
export async function ask(emulator: Emulator, chat: Chat): Promise<string> {
  const body = await complete(emulator, chat);
  return pickString(body, 'choices.0.message.content');
}

/** Every event of a streamed answer, checked to be `data:` lines with LF between blank ones. */
export async function frames(emulator: Emulator, chat: Chat): Promise<Frame[]> {
  const response = await post(emulator, { ...chat, stream: true });
  return toFrames(await response.text());
}

/** Reads a whole stream. */
export function toFrames(text: string): Frame[] {
  if (!text.endsWith('\n\n')) throw new Error(`The stream ends in ${JSON.stringify(text.slice(-40))}`);
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      const data = /^data: (?<data>[^\r\n]+)$/.exec(event)?.groups?.['data'];
      if (data === undefined) throw new Error(`Not an event: ${JSON.stringify(event)}`);
      return data === '[DONE]' ? data : (JSON.parse(data) as Frame);
    });
}

/** The words in frames, joined. */
export function wordsIn(received: readonly Frame[]): string {
  return received
    .map((frame) => pick(frame, 'choices.0.delta.content'))
    .filter((content) => typeof content === 'string')
    .join('');
}

/** The reason a stream gave for its end. */
export function finishOf(received: readonly Frame[]): unknown {
  return received.map((frame) => pick(frame, 'choices.0.finish_reason')).find(Boolean);
}

/** A function that may be called, with one argument. */
export function tool(name: string, parameter = 'city'): object {
  const parameters = {
    type: 'object',
    properties: { [parameter]: { type: 'string' } },
    required: [parameter],
  };
  return { type: 'function', function: { name, parameters } };
}

/** Reads a body until what it carries so far fulfils a wish, and returns the reader and the text. */
export async function readUntil(
  response: Response,
  isEnough: (text: string) => boolean,
): Promise<{ reader: ReadableStreamDefaultReader<Uint8Array>; text: string }> {
  if (!response.body) throw new Error('A body was expected');
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!isEnough(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The stream ended after ${JSON.stringify(text.slice(-80))}`);
    text += decoder.decode(value, { stream: true });
  }
  return { reader, text };
}
