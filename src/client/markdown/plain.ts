/** What of an answer's characters and addresses may be shown. */

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  copy: '©',
};

const ENTITY = /&(?:#(?<decimal>\d{1,7})|#[xX](?<hex>[\da-fA-F]{1,6})|(?<name>[a-zA-Z]{2,8}));/g;

/** Control characters, and those that turn the direction of what follows: text that reads otherwise than it is. */
// oxlint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** The text without characters that would deceive the eye. */
export function visible(text: string): string {
  return text.replace(UNSEEN, '');
}

/** The same with its entities read; an unknown one stays as it is written. */
export function readEntities(text: string): string {
  if (!text.includes('&')) return visible(text);
  const read = text.replace(ENTITY, (whole: string, ...rest: unknown[]) => {
    const groups: unknown = rest.at(-1);
    return entity(whole, groups);
  });
  return visible(read);
}

/** The address where a link may lead: https without a name or password in it, or mailto. Null: nowhere. */
export function safeAddress(address: string): string | null {
  let url: URL;
  try {
    url = new URL(visible(address).trim());
  } catch {
    return null;
  }
  if (url.protocol === 'mailto:') return url.href;
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null;
}

function entity(whole: string, groups: unknown): string {
  const { decimal, hex, name } = readGroups(groups);
  if (name !== '') return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole;
  const point = hex === '' ? Number(decimal) : Number.parseInt(hex, 16);
  const isCharacter = point > 0 && point <= 0x10_ff_ff && !(point >= 0xd8_00 && point <= 0xdf_ff);
  return isCharacter ? String.fromCodePoint(point) : '\uFFFD';
}

function readGroups(groups: unknown): { decimal: string; hex: string; name: string } {
  const fields = new Map(Object.entries(Object(groups)));
  const read = (key: string): string => {
    const value = fields.get(key);
    return typeof value === 'string' ? value : '';
  };
  return { decimal: read('decimal'), hex: read('hex'), name: read('name') };
}
