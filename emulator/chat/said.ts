/** From the messages of a chat request to what the script reads. Pure. */
import type { Said } from '../script.ts';
import type { Offer } from '../tool-choice.ts';
import type { ChatMessage, ChatRequest } from './request-schema.ts';

/** The script reads this much of a message. */
const READ_CHARACTERS = 20_000;

/** The text of a message, its parts joined by a space; '' where there is none. */
export function textOf({ content }: ChatMessage): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(' ');
}

/** What was said so far, oldest first. Answers of several tools in a row are one. */
export function toSaid(messages: readonly ChatMessage[]): Said[] {
  const said: Said[] = [];
  for (const message of messages) {
    const one = saidIn(message);
    const last = said.at(-1);
    if (one.by === 'tool' && last?.by === 'tool') {
      said[said.length - 1] = { by: 'tool', output: `${last.output} ${one.output}` };
    } else said.push(one);
  }
  return said;
}

/** The functions a model may call, by the request's rules. */
export function toOffer({ tools, tool_choice: choice }: ChatRequest): Offer {
  const functions = (tools ?? []).map(({ function: { name, parameters } }) => ({ name, parameters }));
  if (typeof choice === 'object' && choice !== null) {
    return { functions, choice: { kind: 'named', name: choice.function.name } };
  }
  const kinds = { none: 'none', auto: 'free', required: 'any' } as const;
  return { functions, choice: { kind: kinds[choice ?? 'auto'] } };
}

/** What the person typed last; '' when a tool or nobody spoke last. */
export function lastTyped(said: readonly Said[]): string {
  const last = said.findLast((one) => one.by === 'user' || one.by === 'tool');
  return last?.by === 'user' && last.how === 'typed' ? last.text : '';
}

function saidIn(message: ChatMessage): Said {
  const text = textOf(message).slice(0, READ_CHARACTERS);
  switch (message.role) {
    case 'user':
      return { by: 'user', how: 'typed', text: text === '' ? describeParts(message) : text };
    case 'assistant':
      return { by: 'assistant', text };
    case 'tool':
    case 'function':
      return { by: 'tool', output: text };
    case 'system':
    case 'developer':
      return { by: 'system', text };
  }
}

/** A message without words is named by what it holds. */
function describeParts({ content }: ChatMessage): string {
  if (!Array.isArray(content)) return '';
  const names: Readonly<Record<string, string>> = {
    image_url: 'a picture',
    input_audio: 'a recording',
    file: 'a file',
  };
  return content.flatMap((part) => names[part.type] ?? []).join(' and ');
}
