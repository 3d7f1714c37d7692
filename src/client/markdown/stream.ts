/** An answer as markdown while it is being written: what stands already is read once, and only its last block again. */
import { readBlocks, type Block } from './blocks.ts';
import { mend } from './mend.ts';
import type { MarkdownNode } from './tree.ts';

/** A last block that is longer is read again only when it has grown by an eighth: the whole is then linear. */
const READ_AT_ONCE = 2048;
const GROWTH = 8;

/** What there is to show, and from which node on it differs from what was shown before. */
export interface Shown {
  readonly nodes: readonly MarkdownNode[];
  readonly changedFrom: number;
}

/** Reads one answer as it grows. */
export class MarkdownStream {
  #text = '';
  #settled: MarkdownNode[] = [];
  /** How much of the text is settled, in UTF-16 units. */
  #offset = 0;
  #tail: readonly MarkdownNode[] = [];
  #tailLength = 0;
  #hasDefinition = false;
  /** How much was read in all, in UTF-16 units: what it cost. */
  readUnits = 0;

  /** Reads the whole text as it is now; `isWhole` when nothing more will come of it. */
  read(text: string, isWhole: boolean): Shown {
    const now = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
    if (!now.startsWith(this.#text.slice(0, this.#offset))) return this.#again(now, isWhole);
    this.#text = now;
    const grown = now.length - this.#offset - this.#tailLength;
    if (!isWhole && this.#tailLength > READ_AT_ONCE && grown * GROWTH < this.#tailLength) {
      return { nodes: [...this.#settled, ...this.#tail], changedFrom: this.#settled.length };
    }
    const changedFrom = this.#settled.length;
    this.#readTail(isWhole);
    // Links whose address came behind them lead somewhere only now.
    if (isWhole && this.#hasDefinition && changedFrom > 0) return this.#again(now, isWhole);
    return { nodes: [...this.#settled, ...this.#tail], changedFrom };
  }

  #again(text: string, isWhole: boolean): Shown {
    this.#text = text;
    this.#settled = [];
    this.#offset = 0;
    this.#hasDefinition = false;
    this.#readTail(isWhole);
    return { nodes: [...this.#settled, ...this.#tail], changedFrom: 0 };
  }

  #readTail(isWhole: boolean): void {
    const tail = this.#text.slice(this.#offset);
    this.#tailLength = tail.length;
    this.readUnits += tail.length;
    const blocks = readBlocks(isWhole ? tail : mend(tail));
    this.#hasDefinition ||= blocks.some(({ isDefinition }) => isDefinition);
    const last = blocks.findLastIndex(({ node }) => node !== null);
    const settled = isWhole ? 0 : this.#settle(blocks.slice(0, Math.max(0, last)), tail);
    this.#tail = nodesOf(blocks.slice(settled));
  }

  /** What stands before the last block stays as it is, as far as it is word for word what was written. How many did. */
  #settle(blocks: readonly Block[], tail: string): number {
    const raw = blocks.map((block) => block.raw).join('');
    if (!tail.startsWith(raw)) return 0;
    this.#settled.push(...nodesOf(blocks));
    this.#offset += raw.length;
    this.#tailLength -= raw.length;
    return blocks.length;
  }
}

function nodesOf(blocks: readonly Block[]): readonly MarkdownNode[] {
  return blocks.flatMap(({ node }) => node ?? []);
}
