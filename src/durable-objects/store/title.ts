/** Longest title that is made of what somebody said, in UTF-16 units. */
const LONGEST = 60;

/** The beginning of what was said, on one line, cut at a word; empty when there is nothing to read. */
export function titleOf(said: string): string {
  // Far more than a title needs, so that a long message is not gone through.
  const line = said
    .slice(0, 8 * LONGEST)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim();
  if (line.length <= LONGEST) return line;
  const start = line.slice(0, LONGEST);
  const cut = line.charAt(LONGEST) === ' ' ? LONGEST : start.lastIndexOf(' ');
  const words = cut > LONGEST / 2 ? start.slice(0, cut) : start.toWellFormed().replace(/\ufffd$/, '');
  return `${words.replace(/[\s,;:.–—-]+$/u, '')}…`;
}
