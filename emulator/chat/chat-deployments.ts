/** Which deployments can chat, and how the misbehaving ones misbehave there. */
import { type Behaviour, findDeployment } from '../deployments.ts';

/** How a deployment behaves in chat. */
export type ChatBehaviour =
  | { readonly name: 'ordinary' }
  | { readonly name: 'refuse'; readonly status: number }
  | { readonly name: 'slow answer' }
  | { readonly name: 'slow first piece' }
  | { readonly name: 'drop at once' }
  | { readonly name: 'cut' }
  | { readonly name: 'stall' }
  | { readonly name: 'malformed' }
  | { readonly name: 'burst' }
  | { readonly name: 'split' }
  | { readonly name: 'no prompt filter' }
  | { readonly name: 'filter prompt' }
  | { readonly name: 'filter completion' }
  | { readonly name: 'filter error' }
  | { readonly name: 'async filter' };

/** Every deployment that exists for chat alone, and what it is for. */
export const chatBehaviours = {
  'chat-burst': {
    doc: 'streams in bursts with pauses between, as the default filter makes Azure do',
    does: { name: 'burst' },
  },
  'chat-splits': {
    doc: 'cuts every event in two in the middle of its bytes, so that reads never end where events do',
    does: { name: 'split' },
  },
  'chat-no-prompt-filter': {
    doc: 'leaves out the prompt filter frame, as Azure sometimes does',
    does: { name: 'no prompt filter' },
  },
  'chat-filter-prompt': {
    doc: 'blocks every prompt with 400 content_filter',
    does: { name: 'filter prompt' },
  },
  'chat-filter-completion': {
    doc: 'ends every answer after some words with finish_reason content_filter',
    does: { name: 'filter completion' },
  },
  'chat-filter-error': {
    doc: 'answers unfiltered: content_filter_error in every choice, and no prompt filter frame',
    does: { name: 'filter error' },
  },
  'chat-async-filter': {
    doc: 'adds annotation frames without text, the last of them after the finish frame',
    does: { name: 'async filter' },
  },
  'chat-stalls': {
    doc: 'goes silent after some words, and leaves the connection open',
    does: { name: 'stall' },
  },
  'chat-cut': { doc: 'cuts the connection after some words', does: { name: 'cut' } },
} as const satisfies Record<string, { readonly doc: string; readonly does: ChatBehaviour }>;

/** What a name stands for: `chat` can chat, `other` exists but cannot. */
export type ChatDeployment =
  | { readonly kind: 'chat'; readonly behaviour: ChatBehaviour }
  | { readonly kind: 'other' | 'unknown' };

/** Models that only talk aloud. */
const REALTIME_NAME = /^gpt-(?:.+-)?realtime/;

/** What a deployment that misbehaves on a call does in chat. */
const likeOnACall: { readonly [Name in Behaviour['name']]?: ChatBehaviour } = {
  'slow dial': { name: 'slow answer' },
  'drop at once': { name: 'drop at once' },
  'close at once': { name: 'refuse', status: 500 },
  'drop mid answer': { name: 'cut' },
  'rate limit': { name: 'refuse', status: 429 },
  'slow first audio': { name: 'slow first piece' },
  stall: { name: 'stall' },
  malformed: { name: 'malformed' },
  'filter content': { name: 'filter completion' },
};

/** Finds a deployment. Names are case-sensitive, as on Azure. */
export function findChatDeployment(name: string): ChatDeployment {
  if (isChatName(name)) return { kind: 'chat', behaviour: chatBehaviours[name].does };
  const found = findDeployment(name);
  if (found.kind === 'unknown') return { kind: 'unknown' };
  if (found.kind === 'transcription' || REALTIME_NAME.test(name)) return { kind: 'other' };
  return { kind: 'chat', behaviour: toChatBehaviour(found.behaviour) };
}

function toChatBehaviour(behaviour: Behaviour): ChatBehaviour {
  if (behaviour.name === 'refuse') return behaviour;
  if (behaviour.name === 'fail responses') {
    return { name: 'refuse', status: behaviour.code === 'insufficient_quota' ? 429 : 500 };
  }
  return likeOnACall[behaviour.name] ?? { name: 'ordinary' };
}

function isChatName(name: string): name is keyof typeof chatBehaviours {
  return Object.hasOwn(chatBehaviours, name);
}
