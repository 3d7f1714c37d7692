import { Tokenizer, type Tokens } from 'marked';

/** A bigger table is shown as it is written: every row is filled up to the width of the first, which multiplies. */
const MAX_CELLS = 10_000;

/** Containers in containers, all begun on one line: what is in them is read again for each. */
const NESTED = /^(?:[ \t]*(?:[-*+>]|\d{1,9}[.)])[ \t]?){24}/;

/** Reads blocks as the library does, but for those that a few bytes make expensive. */
export class CautiousTokenizer extends Tokenizer {
  override table(src: string): Tokens.Table | undefined {
    const end = src.indexOf('\n\n');
    const lines = (end === -1 ? src : src.slice(0, end)).split('\n');
    const columns = (lines[0] ?? '').split('|').length;
    return columns * lines.length > MAX_CELLS ? undefined : super.table(src);
  }

  override list(src: string): Tokens.List | undefined {
    return NESTED.test(src) ? undefined : super.list(src);
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    return NESTED.test(src) ? undefined : super.blockquote(src);
  }
}
