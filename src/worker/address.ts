/**
 * The block of addresses that one visitor can be assumed to own, as a key to count by: an IPv4 address, or the first 64
 * bits of an IPv6 one. Null for none, and for this machine's own, which never comes from the edge.
 */
export function addressBlockOf(address: string | null): string | null {
  if (address === null || address === '' || address === '::1' || address.startsWith('127.')) return null;
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, IPV6_GROUPS - groups.length - rest.length);
  const whole = [...groups, ...Array.from({ length: gap }, () => '0'), ...rest];
  const block = whole.slice(0, BLOCK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${block.join(':')}::/64`;
}

const IPV6_GROUPS = 8;
const BLOCK_GROUPS = 4;
