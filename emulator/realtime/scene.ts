/** From conversation items to what the script reads. */
import { decodePcm16, encodePcm16 } from '../../src/audio/pcm16.ts';
import { SAMPLE_RATE_HZ } from '../../src/protocol/audio-format.ts';
import type { Said } from '../script.ts';
import type { Offer } from '../tool-choice.ts';
import { levelPlayback, trim } from '../voice/sound.ts';
import { toSamples } from './audio-codec.ts';
import type { Entry } from './conversation.ts';
import { type McpCallItem, textOf } from './items.ts';
import type { Tool, ToolChoice } from './session-schema.ts';
import { spokenMs } from './vad.ts';

/** At most this much of what was heard is played back. */
const LONGEST_PLAYBACK_MS = 10_000;

/** The level at which playback counts as speech; the default of the wire. */
const THRESHOLD = 0.5;

/** Quiet left around what is played back. */
const PLAYBACK_EDGES = { leadMs: 60, tailMs: 100 };

/** What was said so far, oldest first. Only the last spoken words are measured and prepared: nobody asks for older sound. */
export function toSaid(entries: readonly Entry[]): Said[] {
  const lastSpoken = entries.findLast((entry) => isSpoken(entry));
  return entries.map((entry) => saidBy(entry, entry === lastSpoken));
}

/** The functions a model may call, by the session's or the response's rules. MCP tools are not among them. */
export function toOffer(tools: readonly Tool[], choice: ToolChoice): Offer {
  const functions = tools.flatMap((tool) =>
    tool.type === 'function' ? [{ name: tool.name, parameters: tool.parameters }] : [],
  );
  if (typeof choice === 'object') {
    return {
      functions,
      choice: choice.type === 'function' ? { kind: 'named', name: choice.name } : { kind: 'none' },
    };
  }
  const kinds = { none: 'none', auto: 'free', required: 'any' } as const;
  return { functions, choice: { kind: kinds[choice] } };
}

function saidBy(entry: Entry, isLastSpoken: boolean): Said {
  const { item } = entry;
  if (item.type === 'function_call_output') return { by: 'tool', output: item.output };
  if (item.type === 'mcp_call') return saidByServer(item);
  if (item.type !== 'message') return { by: 'assistant', text: '' };
  if (item.role !== 'user') return { by: item.role, text: textOf(item) };
  if (!isSpoken(entry)) return { by: 'user', how: 'typed', text: typedIn(entry) };
  if (!isLastSpoken) return { by: 'user', how: 'spoken', ms: 0, sound: Buffer.alloc(0) };
  const pcm = Buffer.concat([...entry.sounds.values()].flat());
  return { by: 'user', how: 'spoken', ms: spokenMs(toSamples(pcm), THRESHOLD), sound: toPlayback(pcm) };
}

/** What a server's tool answered; nothing while it is being asked. */
function saidByServer({ output, error }: McpCallItem): Said {
  const answer = output ?? error?.message;
  return answer === undefined ? { by: 'assistant', text: '' } : { by: 'tool', output: answer };
}

/** Sound with words typed beside it is answered by the words. */
function isSpoken(entry: Entry): boolean {
  const { item, sounds } = entry;
  return item.type === 'message' && item.role === 'user' && sounds.size > 0 && typedIn(entry) === '';
}

function typedIn({ item }: Entry): string {
  if (item.type !== 'message') return '';
  return item.content.flatMap((part) => (part.type === 'input_text' ? [part.text] : [])).join(' ');
}

/** Someone's own voice, as it is played back: the last ten seconds, without the silence around, gently levelled. */
function toPlayback(pcm: Buffer): Buffer {
  const longest = (LONGEST_PLAYBACK_MS * SAMPLE_RATE_HZ) / 1000;
  const samples = trim(decodePcm16(pcm).slice(-longest), SAMPLE_RATE_HZ, PLAYBACK_EDGES);
  levelPlayback(samples);
  return Buffer.from(encodePcm16(samples).buffer);
}
