import { heardUntil, type Cut } from '../protocol/heard-words.ts';
import type { ServerEvent } from './server-events.ts';

/** One thing said or written, in a call or a chat. */
export interface Caption {
  /** The conversation item it stands for, or the page's own id of a message written here. */
  readonly id: string;
  /** Under which it is remembered; empty while that is not known. */
  readonly messageId: string;
  /** How it came: what was written is markdown when the assistant wrote it. */
  readonly mode: 'voice' | 'text';
  readonly fate: Fate;
  /** What the answer did on its way. */
  readonly tools: readonly ToolTrace[];
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** It was spoken and its words are not known yet. */
  readonly isPending: boolean;
  /** Where the words begin that nobody heard, because the answer was cut; null when all was heard or may still be. */
  readonly unheardFrom: number | null;
}

/**
 * What became of a message: on its way up, not sent, kept without an answer; or of an answer: being written, stopped by
 * hand, ended at its longest, by a filter, or because something broke.
 */
export type Fate =
  | 'settled'
  | 'sending'
  | 'unsent'
  | 'unanswered'
  | 'writing'
  | 'stopped'
  | 'length'
  | 'filtered'
  | 'failed';

/** A tool that was called on the way of an answer. */
export interface ToolTrace {
  readonly callId: string;
  readonly name: string;
  readonly state: 'running' | 'done' | 'failed';
}

/** What a talk adds grows no further than this; older entries go first. Pages of what was said before come on top. */
const MAX_CAPTIONS = 2000;

/** Follows one event. The order is that of speaking: an entry is made when its turn is taken, its words come later. */
export function followCaptions(captions: readonly Caption[], event: ServerEvent): readonly Caption[] {
  switch (event.type) {
    case 'input_audio_buffer.committed':
      return has(captions, event.itemId)
        ? captions
        : add(captions, { ...blank(event.itemId, 'user'), isPending: true });
    case 'conversation.item.added':
      return followItem(captions, event);
    case 'conversation.item.input_audio_transcription.delta':
      return edit(captions, event.itemId, (it) => ({ ...it, text: it.text + event.delta }));
    case 'conversation.item.input_audio_transcription.completed':
      return followTranscript(captions, event.itemId, event.transcript);
    case 'conversation.item.input_audio_transcription.failed':
      return followTranscript(captions, event.itemId, '(not understood)');
    case 'answer.delta':
      return edit(withAnswer(captions, event.itemId), event.itemId, (it) => ({
        ...it,
        text: it.text + event.delta,
      }));
    case 'answer.done':
      return edit(withAnswer(captions, event.itemId), event.itemId, (it) => ({ ...it, text: event.text }));
    case 'gateway.tool':
      return withTool(captions, event.itemId, event);
    case 'answer.cut':
      // How long the whole would have been nobody tells.
      return markUnheard(captions, event.itemId, { ...event, receivedMs: 0, isWhole: false });
    case 'gateway.upstream.renewed':
    case 'session.created':
    case 'gateway.session':
    case 'gateway.usage':
    case 'gateway.warning':
    case 'input_audio_buffer.speech_started':
    case 'input_audio_buffer.speech_stopped':
    case 'response.created':
    case 'response.content_part.added':
    case 'response.output_audio.done':
    case 'response.done':
    case 'answer.playing':
    case 'answer.over':
    case 'error':
      return captions;
  }
}

/** Shows a typed message at once, before its item is acknowledged. */
export function addTyped(captions: readonly Caption[], id: string, text: string): readonly Caption[] {
  return add(captions, { ...blank(id, 'user'), text });
}

/** How a tool is getting on, in an entry of its own, made when it is first told of. What is told again changes nothing. */
export function withTool(
  captions: readonly Caption[],
  itemId: string,
  { callId, name, state }: ToolTrace,
): readonly Caption[] {
  if (captions.some(({ tools }) => tools.some((tool) => tool.callId === callId)))
    return state === 'running' ? captions : withOutcome(captions, callId, state);
  return edit(withAnswer(captions, itemId), itemId, (it) => ({
    ...it,
    tools: [...it.tools, { callId, name, state }],
  }));
}

/** How a tool got on that was told of. */
export function withOutcome(
  captions: readonly Caption[],
  callId: string,
  state: ToolTrace['state'],
): readonly Caption[] {
  return traced(captions, state, (tool) => tool.callId === callId);
}

/** Nobody tells any more how a tool of the call that is over got on. */
export function withoutRunning(captions: readonly Caption[]): readonly Caption[] {
  return traced(captions, 'failed', ({ state }, { mode }) => state === 'running' && mode === 'voice');
}

function traced(
  captions: readonly Caption[],
  state: ToolTrace['state'],
  isMeant: (tool: ToolTrace, caption: Caption) => boolean,
): readonly Caption[] {
  return captions.map((caption) =>
    caption.tools.some((tool) => isMeant(tool, caption))
      ? {
          ...caption,
          tools: caption.tools.map((tool) => (isMeant(tool, caption) ? { ...tool, state } : tool)),
        }
      : caption,
  );
}

/** Takes an entry away. */
export function removeCaption(captions: readonly Caption[], id: string): readonly Caption[] {
  return captions.filter((it) => it.id !== id);
}

/** Marks the words of a cut answer that were not heard. */
export function markUnheard(captions: readonly Caption[], id: string, cut: Cut): readonly Caption[] {
  return edit(captions, id, (it) => ({ ...it, unheardFrom: heardUntil(it.text, cut) }));
}

function followItem(
  captions: readonly Caption[],
  event: Extract<ServerEvent, { type: 'conversation.item.added' }>,
): readonly Caption[] {
  if (captions.some(({ id, messageId }) => id === event.itemId && messageId !== ''))
    // Told again to a page that was loaded again, which knows it from memory: its words come again too.
    return event.typed === null ? edit(captions, event.itemId, (it) => ({ ...it, text: '' })) : captions;
  if (has(captions, event.itemId)) return captions;
  if (event.role === 'assistant') return add(captions, blank(event.itemId, 'assistant'));
  if (event.role !== 'user') return captions;
  if (event.typed === null) return add(captions, { ...blank(event.itemId, 'user'), isPending: true });
  return add(captions, { ...blank(event.itemId, 'user'), text: event.typed });
}

function followTranscript(captions: readonly Caption[], id: string, transcript: string): readonly Caption[] {
  const text = transcript.trim();
  if (text === '') return removeCaption(captions, id);
  return edit(captions, id, (it) => ({ ...it, text, isPending: false }));
}

function withAnswer(captions: readonly Caption[], id: string): readonly Caption[] {
  return has(captions, id) ? captions : add(captions, blank(id, 'assistant'));
}

/** An entry without words. */
export function blank(id: string, role: Caption['role']): Caption {
  return {
    id,
    messageId: '',
    mode: 'voice',
    fate: 'settled',
    tools: [],
    role,
    text: '',
    isPending: false,
    unheardFrom: null,
  };
}

function has(captions: readonly Caption[], id: string): boolean {
  return captions.some((it) => it.id === id);
}

/** The captions with one more. */
export function add(captions: readonly Caption[], caption: Caption): readonly Caption[] {
  return [...captions.slice(-MAX_CAPTIONS + 1), caption];
}

/** The captions with the one of this id changed. */
export function edit(
  captions: readonly Caption[],
  id: string,
  change: (caption: Caption) => Caption,
): readonly Caption[] {
  return captions.map((it) => (it.id === id ? change(it) : it));
}
