/** Uint8Array's base64 (ECMAScript 2026), which workerd and browsers have and Node 24 has not. Strict, as theirs is. */

const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]{3})?$/;

const BASE64URL =
  /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=|[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{3})?$/;

interface Options {
  readonly alphabet?: 'base64' | 'base64url';
  readonly omitPadding?: boolean;
}

function decode(text: string, { alphabet = 'base64' }: Options = {}): Buffer {
  if (!(alphabet === 'base64' ? BASE64 : BASE64URL).test(text)) throw new SyntaxError(`not ${alphabet}`);
  return Buffer.from(text, alphabet);
}

function encode(bytes: Uint8Array, { alphabet = 'base64', omitPadding = false }: Options = {}): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(alphabet);
  const bare = text.replace(/=+$/, '');
  return omitPadding ? bare : bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

if (!Reflect.has(Uint8Array, 'fromBase64')) {
  Object.defineProperty(Uint8Array, 'fromBase64', {
    value: (text: string, options?: Options): Uint8Array => new Uint8Array(decode(text, options)),
  });
  // oxlint-disable-next-line no-extend-native -- a standard's own names, where the standard has not arrived
  Object.defineProperties(Uint8Array.prototype, {
    toBase64: {
      value(this: Uint8Array, options?: Options): string {
        return encode(this, options);
      },
    },
    setFromBase64: {
      value(this: Uint8Array, text: string, options?: Options): { read: number; written: number } {
        const bytes = decode(text, options).subarray(0, this.byteLength);
        this.set(bytes);
        return { read: text.length, written: bytes.byteLength };
      },
    },
  });
}
