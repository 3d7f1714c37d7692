/** How many tokens something will be, before Azure counts them; on the careful side. Pure. */

/** UTF-8 bytes in a token of text: English has about four, and a Chinese character is three. */
const BYTES_PER_TOKEN = 3;

/** What a message costs beside its words. */
export const TOKENS_PER_ITEM = 10;

/** Sound in is one token for each 100 ms. */
const MS_PER_TOKEN = 100;

/** Characters of base64 in a token of sound out: 50 ms are 2,400 bytes. */
const BASE64_PER_TOKEN = 3200;

/** The most that a picture takes: 85, and 170 for each of eight tiles. Its size is not looked at. */
export const PICTURE_TOKENS = 1_445;

/** Tokens of an event with text, of which so many characters are base64 that is not read as text. */
export function eventTokens(text: string, base64Units: number): number {
  return wordTokens(new TextEncoder().encode(text).byteLength - base64Units) + TOKENS_PER_ITEM;
}

/** Tokens of so many bytes of text. */
export function wordTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** Tokens of so much speech that goes in, in milliseconds. */
export function speechTokens(ms: number): number {
  return Math.ceil(ms / MS_PER_TOKEN);
}

/** Tokens of sound that came out, in characters of base64. */
export function soundTokens(base64Units: number): number {
  return Math.ceil(base64Units / BASE64_PER_TOKEN);
}
