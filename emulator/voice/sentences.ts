/** Cuts what is to be said into sentences, so that the first can be heard while the next is still being made. */

/** Longer than this is cut at a comma or a space, and in the middle of a word if need be. */
const LONGEST_SENTENCE = 220;

/** Sentences in order, each with the space before it: put together they are the text again. "1.8 seconds" stays whole. */
export function toSentences(text: string): string[] {
  return text.split(/(?<=[.!?…])(?=\s+\S)/u).flatMap(cut);
}

function cut(sentence: string): string[] {
  if (sentence.length <= LONGEST_SENTENCE) return sentence === '' ? [] : [sentence];
  const head = sentence.slice(0, LONGEST_SENTENCE);
  const comma = head.lastIndexOf(', ');
  const at = comma > 0 ? comma + 1 : Math.max(head.lastIndexOf(' '), 0) || LONGEST_SENTENCE;
  return [sentence.slice(0, at), ...cut(sentence.slice(at))];
}
