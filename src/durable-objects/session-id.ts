/** A session id that nobody can guess; its first two digits name the shard of the directory, as the owner's name does. */
export function newSessionId(owner: string): string {
  const random = crypto.getRandomValues(new Uint8Array(15)).toHex();
  return `vs_${owner.slice(0, 2)}${random}`;
}
