/**
 * An answer that is still being written ends anywhere. What would be one thing now and another with the next letter is
 * held back or closed for the time being, so that nothing on the page turns into something else and back.
 */

/** A line that has only begun: it may become a list, a rule, a heading or a fence, and until then it is not shown. */
const BEGUN = /(?:^|\n) {0,3}(?:-{1,3}|=+|[*+>]{1,3}|#{1,6}|\d{1,3}[.)]?|`{1,3}|~{1,3}|\|[-: |]*)[ \t]*$/;

/** A link or picture whose address is still coming: its words are shown. */
const HALF_LINK = /!?\[(?<words>[^\][\n]*)\](?:\([^)\n]*)?$/;

/** One whose words are still coming. */
const HALF_WORDS = /!?\[(?<words>[^\][\n]*)$/;

/** Emphasis whose words are still coming. */
const HALF_EMPHASIS = /(?<=^|[\s(])(?<mark>[*_])(?=[^\s*_])(?<words>[^*_\n]*)$/;

/** Marks that are closed where they were left open, the longest first. */
const MARKS = ['**', '~~', '`'] as const;

/** The text as it is best shown while more of it comes. Only its last line changes. */
export function mend(text: string): string {
  if (isInFence(text)) return text;
  const shown = text.replace(BEGUN, (begun) => (begun.startsWith('\n') ? '\n' : ''));
  if (shown !== text) return shown;
  const lineStart = text.lastIndexOf('\n') + 1;
  const line = text.slice(lineStart);
  if (line.length > MAX_LINE) return text;
  return text.slice(0, lineStart) + mendLine(line);
}

/** A longer line is shown as it is: it is not searched for what is open again and again. */
const MAX_LINE = 4096;

function mendLine(line: string): string {
  const words = '$<words>';
  const mended = line.replace(HALF_LINK, words).replace(HALF_WORDS, words);
  const closed = MARKS.reduce((now, mark) => closeMark(now, mark), mended);
  return closed.includes('`') ? closed : closed.replace(HALF_EMPHASIS, '$<mark>$<words>$<mark>');
}

function closeMark(line: string, mark: (typeof MARKS)[number]): string {
  const inCode = mark !== '`' && line.split('`').length % 2 === 0;
  if (inCode || line.split(mark).length % 2 === 1) return line;
  // An opening mark with nothing behind it is not shown yet.
  return line.endsWith(mark) ? line.slice(0, -mark.length) : `${line.trimEnd()}${mark}`;
}

/** Whether the end of the text lies in a block of code, which is shown letter by letter. */
function isInFence(text: string): boolean {
  let fence = '';
  for (const [, mark = ''] of text.matchAll(/^ {0,3}(`{3,}|~{3,})/gm)) {
    if (fence === '') fence = mark;
    else if (mark.startsWith(fence)) fence = '';
  }
  return fence !== '' && !/\n {0,3}[`~]{1,3}$/.test(text);
}
