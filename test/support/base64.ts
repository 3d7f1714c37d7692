/** Uint8Array's base64 (ECMAScript 2026), which workerd and browsers have and Node 24 has not. Strict, as theirs is. */

const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]{3})?$/;

function decode(text: string): Buffer {
  if (!BASE64.test(text)) throw new SyntaxError('not base64');
  return Buffer.from(text, 'base64');
}

if (!Reflect.has(Uint8Array, 'fromBase64')) {
  Object.defineProperty(Uint8Array, 'fromBase64', {
    value: (text: string): Uint8Array => new Uint8Array(decode(text)),
  });
  // oxlint-disable-next-line no-extend-native -- a standard's own names, where the standard has not arrived
  Object.defineProperties(Uint8Array.prototype, {
    toBase64: {
      value(this: Uint8Array): string {
        return Buffer.from(this.buffer, this.byteOffset, this.byteLength).toString('base64');
      },
    },
    setFromBase64: {
      value(this: Uint8Array, text: string): { read: number; written: number } {
        const bytes = decode(text).subarray(0, this.byteLength);
        this.set(bytes);
        return { read: text.length, written: bytes.byteLength };
      },
    },
  });
}
