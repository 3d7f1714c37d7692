/** The text of a frame, before anybody knows what it says. */

const utf8 = new TextEncoder();

/** Undefined, which no JSON is, when the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when a text has more than so many bytes of UTF-8. */
export function isLonger(text: string, bytes: number): boolean {
  // A UTF-16 unit is at least one and at most three bytes of UTF-8: most frames need no counting.
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && utf8.encode(text).byteLength > bytes;
}
