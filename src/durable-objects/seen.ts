/** What came of the answers under way, so that one whose usage nobody tells can be charged. Pure. */
import { soundTokens, wordTokens } from '../azure/token-estimate.ts';
import type { Amount, Tokens } from '../azure/usage.ts';
import { parseEvent } from '../azure/wire.ts';
import { NANO_PER_TOKEN, type Tariff } from './spending.ts';

/** Sound in characters of base64, and characters of text: words, transcripts, arguments. */
export interface Seen {
  readonly soundUnits: number;
  readonly textUnits: number;
  /** Tokens of it that Azure has told the price of. */
  readonly told: Pick<Tokens, 'audio' | 'text'>;
}

/** Nothing came yet. */
export const nothingSeen: Seen = { soundUnits: 0, textUnits: 0, told: { audio: 0, text: 0 } };

/** With a delta of sound of this length. */
export function withSound(seen: Seen, units: number): Seen {
  return { ...seen, soundUnits: seen.soundUnits + units };
}

/** With a delta of text. Most of its frame is not text, and some is there to hide how much is. */
export function withWords(seen: Seen, frame: string): Seen {
  const delta = parseEvent(frame)?.['delta'];
  return { ...seen, textUnits: seen.textUnits + (typeof delta === 'string' ? delta.length : 0) };
}

/** With so much of the output told and charged. */
export function withTold(seen: Seen, { audio, text }: Tokens): Seen {
  return { ...seen, told: { audio: seen.told.audio + audio, text: seen.told.text + text } };
}

/** What an answer cost whose usage is not known: its input, and what came of it. */
export function seenCost(input: Amount, { soundUnits, textUnits, told }: Seen, { answers }: Tariff): Amount {
  const audio = Math.max(0, soundTokens(soundUnits) - told.audio);
  const text = Math.max(0, wordTokens(textUnits) - told.text);
  const usdPerMillion = audio * answers.audio.output + text * answers.text.output;
  return {
    tokens: input.tokens + audio + text,
    nanoUsd: Math.ceil(input.nanoUsd + usdPerMillion * NANO_PER_TOKEN),
  };
}
