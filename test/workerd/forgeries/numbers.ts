/** Whole numbers as bytes, big-endian, and powers of them. */

/** The number that these bytes are. */
export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex() || '0'}`);
}

/** So many bytes of a number; longer when it does not fit. */
export function toBytes(number: bigint, length: number): Uint8Array {
  const digits = number.toString(16).padStart(length * 2, '0');
  return Uint8Array.fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
}

/** `base` to the `exponent`, modulo. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let factor = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

/** The smallest number whose cube is not below this one. */
export function cubeRoot(number: bigint): bigint {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(number.toString(2).length / 3) + 1);
  while (low < high) {
    const middle = (low + high) / 2n;
    if (middle * middle * middle < number) low = middle + 1n;
    else high = middle;
  }
  return low;
}
