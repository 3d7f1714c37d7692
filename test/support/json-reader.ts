/**
 * A reader of JSON that shares nothing with the platform's: of keys that stand twice it keeps the first or the last, as it
 * is told, and it takes what strict readers refuse in a string. Whatever Azure reads with, it sees what one of these sees.
 */

/** Which of several equal keys counts. */
export type Duplicates = 'first' | 'last';

/** What was read. Objects are maps: no key of theirs is special. */
export type Read = string | number | boolean | null | readonly Read[] | ReadonlyMap<string, Read>;

/** Reads one value; throws a SyntaxError for what is none. */
export function readJson(text: string, duplicates: Duplicates): Read {
  const reader = new Reader(text, duplicates);
  return reader.whole();
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

class Reader {
  readonly #text: string;
  readonly #duplicates: Duplicates;
  #at = 0;

  constructor(text: string, duplicates: Duplicates) {
    this.#text = text;
    this.#duplicates = duplicates;
  }

  whole(): Read {
    const value = this.#value();
    this.#skip();
    if (this.#at !== this.#text.length) this.#fail();
    return value;
  }

  #value(): Read {
    this.#skip();
    const next = this.#text[this.#at];
    if (next === '{') return this.#object();
    if (next === '[') return this.#array();
    if (next === '"') return this.#string();
    return this.#plain();
  }

  #object(): ReadonlyMap<string, Read> {
    const fields = new Map<string, Read>();
    this.#at += 1;
    for (let isFirst = true; !this.#took('}'); isFirst = false) {
      if (!isFirst) this.#take(',');
      this.#skip();
      if (this.#text[this.#at] !== '"') this.#fail();
      const key = this.#string();
      this.#take(':');
      const value = this.#value();
      if (this.#duplicates === 'last' || !fields.has(key)) fields.set(key, value);
    }
    return fields;
  }

  #array(): readonly Read[] {
    const list: Read[] = [];
    this.#at += 1;
    for (let isFirst = true; !this.#took(']'); isFirst = false) {
      if (!isFirst) this.#take(',');
      list.push(this.#value());
    }
    return list;
  }

  #string(): string {
    let read = '';
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      const next = this.#text[this.#at] ?? this.#fail();
      read += next === '\\' ? this.#escape() : next;
    }
    this.#at += 1;
    return read;
  }

  #escape(): string {
    this.#at += 1;
    const next = this.#text[this.#at] ?? this.#fail();
    if (next !== 'u') return ESCAPES[next] ?? next;
    const hex = this.#text.slice(this.#at + 1, this.#at + 5);
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #plain(): number | boolean | null {
    const [word = ''] = /^[\w.+-]*/.exec(this.#text.slice(this.#at, this.#at + 64)) ?? [];
    this.#at += word.length;
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    return word === '' || Number.isNaN(Number(word)) ? this.#fail() : Number(word);
  }

  #took(mark: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #take(mark: string): void {
    if (!this.#took(mark)) this.#fail();
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  #fail(): never {
    throw new SyntaxError(`not JSON at ${this.#at}`);
  }
}
