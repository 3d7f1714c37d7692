/** What a `response.create` asks of its answer, as far as it decides about the price; and how it is held to less. Pure. */
import type { Operator } from './session.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** The longest answer a `response.create` asks for, in tokens; null when it sets no number. */
export function longestWish(event: WireEvent): number | null {
  const longest = responseOf(event)['max_output_tokens'];
  return typeof longest === 'number' && longest > 0 ? longest : null;
}

/** True when a `response.create` asks for an answer in writing alone. */
export function isWrittenWish(event: WireEvent): boolean {
  return isWrittenAlone(responseOf(event)['output_modalities']);
}

/** True when an answer reads an input of its own in place of the conversation. */
export function hasOwnInput(event: WireEvent): boolean {
  return Array.isArray(responseOf(event)['input']);
}

/** True when an answer does not become part of the conversation. */
export function isOutOfBand(event: WireEvent): boolean {
  return responseOf(event)['conversation'] === 'none';
}

/**
 * What a `response.create` gives its answer alone to read, or a `session.update` every answer, as text; empty when it
 * gives nothing.
 */
export function ownReading(event: WireEvent): string {
  const asked = event.type === 'session.update' ? event['session'] : event['response'];
  const { input, instructions, tools } = isRecord(asked) ? asked : {};
  return [input, instructions, tools].flatMap((given) => (given ? [JSON.stringify(given)] : [])).join('');
}

/** What an answer is held to. `limit` null: no longer than Azure makes it anyhow. */
export interface Holding {
  readonly limit: number | null;
  readonly isWritten: boolean;
}

/** A `response.create` held to a length and to writing. */
export function withWish(event: WireEvent, { limit, isWritten }: Holding): WireEvent {
  if (limit === null && !isWritten) return event;
  const response = {
    ...responseOf(event),
    ...(limit === null ? {} : { max_output_tokens: limit }),
    ...(isWritten ? { output_modalities: ['text'] } : {}),
  };
  return { ...event, response };
}

/** A `response.create` whose answer is in words, and calls nothing. */
export function withoutTools(event: WireEvent): WireEvent {
  return { ...event, response: { ...responseOf(event), tool_choice: 'none' } };
}

/** A client's `session.update` held to a length and to writing, where it names them. */
export function heldUpdate(event: WireEvent, { limit, isWritten }: Holding): WireEvent {
  const asked = isRecord(event['session']) ? event['session'] : {};
  const longest = asked['max_output_tokens'];
  const isTooLong =
    limit !== null && longest !== undefined && !(typeof longest === 'number' && longest <= limit);
  const isSpoken = isWritten && asked['output_modalities'] !== undefined;
  if (!isTooLong && !isSpoken) return event;
  const session = {
    ...asked,
    ...(isTooLong ? { max_output_tokens: limit } : {}),
    ...(isSpoken ? { output_modalities: ['text'] } : {}),
  };
  return { ...event, session };
}

/** Our own update, of nothing but how long answers may be (null: as long as Azure makes them) and whether they are spoken. */
export function thriftUpdate(eventId: string, { limit, isWritten }: Partial<Holding>): WireEvent {
  const session = {
    type: 'realtime',
    ...(limit === undefined ? {} : { max_output_tokens: limit ?? 'inf' }),
    ...(isWritten === undefined ? {} : { output_modalities: [isWritten ? 'text' : 'audio'] }),
  };
  return { type: 'session.update', event_id: eventId, session };
}

const WRAP_UP =
  "The person's allowance for today is nearly used up. Tell them so now, aloud, in one short friendly sentence in the " +
  'language of the conversation, and that you go on in writing from here. Say nothing else.';

/** Our own question that has the person told, aloud, that the talk goes on in writing. */
export function wrapUp(eventId: string, operator: Operator): WireEvent {
  const response = {
    output_modalities: ['audio'],
    max_output_tokens: WRAP_UP_TOKENS,
    instructions: `${operator.instructions}\n\n${WRAP_UP}`,
    tool_choice: 'none',
  };
  return { type: 'response.create', event_id: eventId, response };
}

/** One sentence, with room to finish it. */
const WRAP_UP_TOKENS = 300;

function responseOf(event: WireEvent): Record<string, unknown> {
  const response = event['response'];
  return isRecord(response) ? response : {};
}

function isWrittenAlone(modalities: unknown): boolean {
  return Array.isArray(modalities) && modalities.length === 1 && modalities[0] === 'text';
}
