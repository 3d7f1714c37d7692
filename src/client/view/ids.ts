/** Azure takes item ids of up to 32 characters. `randomUUID` is longer, and missing on insecure origins. */
export function newItemId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `item_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
