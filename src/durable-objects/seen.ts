/** What came of the answers under way, so that one whose usage nobody tells can be charged. Pure. */
import type { Amount, Tokens } from '../azure/usage.ts';
import { parseEvent } from '../azure/wire.ts';
import { BYTES_PER_TOKEN, NANO_PER_TOKEN, type Tariff } from './spending.ts';

/** Characters of base64 in a token of spoken answer: 50 ms are 2,400 bytes. */
const BASE64_PER_TOKEN = 3200;

/** Sound in characters of base64, and characters of text: words, transcripts, arguments. */
export interface Seen {
  readonly soundUnits: number;
  readonly textUnits: number;
}

/** Nothing came yet. */
export const nothingSeen: Seen = { soundUnits: 0, textUnits: 0 };

/** With a delta of sound of this length. */
export function withSound({ soundUnits, textUnits }: Seen, units: number): Seen {
  return { soundUnits: soundUnits + units, textUnits };
}

/** With a delta of text. Most of its frame is not text, and some is there to hide how much is. */
export function withWords({ soundUnits, textUnits }: Seen, frame: string): Seen {
  const delta = parseEvent(frame)?.['delta'];
  return { soundUnits, textUnits: textUnits + (typeof delta === 'string' ? delta.length : 0) };
}

/** What is left of it when Azure has told the price of so much output. */
export function withoutTold({ soundUnits, textUnits }: Seen, { audio, text }: Tokens): Seen {
  return {
    soundUnits: Math.max(0, soundUnits - audio * BASE64_PER_TOKEN),
    textUnits: Math.max(0, textUnits - text * BYTES_PER_TOKEN),
  };
}

/** What an answer cost whose usage is not known: its input, and what came of it. */
export function seenCost(input: Amount, { soundUnits, textUnits }: Seen, { answers }: Tariff): Amount {
  const audio = Math.ceil(soundUnits / BASE64_PER_TOKEN);
  const text = Math.ceil(textUnits / BYTES_PER_TOKEN);
  const usdPerMillion = audio * answers.audio.output + text * answers.text.output;
  return {
    tokens: input.tokens + audio + text,
    nanoUsd: Math.ceil(input.nanoUsd + usdPerMillion * NANO_PER_TOKEN),
  };
}
