/** Pictures in a message: which are taken, and what they cost. */

/** A picture as the wire carries it. */
const DATA_URI = /^data:image\/(?<kind>png|jpe?g);base64,(?<data>[A-Za-z0-9+/]+={0,2})$/;

/** The vendor's tile arithmetic for pictures: a base, and more for each tile of 512 pixels once it fits 2048 x 768. */
const BASE_TOKENS = 85;
const TILE_TOKENS = 170;
const TILE_PIXELS = 512;
const LONGEST_SIDE = 2_048;
const SHORTEST_SIDE = 768;

/** Offsets of width and height in a PNG, which begins with its header chunk. */
const PNG_WIDTH_AT = 16;
const PNG_HEIGHT_AT = 20;

/** A JPEG's frame headers: all of 0xC0 to 0xCF but the tables among them. */
const JPEG_TABLES = new Set([0xc4, 0xc8, 0xcc]);

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whether this is a PNG or JPEG as a data URI: nothing else is taken. */
export function isImage(url: string): boolean {
  return DATA_URI.test(url);
}

/** Tokens of a picture. A size that cannot be read costs one tile. */
export function imageTokens(url: string, detail: string | undefined): number {
  if (detail === 'low') return BASE_TOKENS;
  const { kind, data } = url.match(DATA_URI)?.groups ?? {};
  const bytes = Buffer.from(data ?? '', 'base64');
  const { width, height } = (kind === 'png' ? pngSize(bytes) : jpegSize(bytes)) ?? { width: 1, height: 1 };
  const toLongest = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const toShortest = Math.min(toLongest, SHORTEST_SIDE / Math.min(width, height));
  const tiles =
    Math.ceil((width * toShortest) / TILE_PIXELS) * Math.ceil((height * toShortest) / TILE_PIXELS);
  return BASE_TOKENS + TILE_TOKENS * tiles;
}

function pngSize(bytes: Buffer): Size | null {
  if (bytes.length < PNG_HEIGHT_AT + 4) return null;
  return toSize(bytes.readUInt32BE(PNG_WIDTH_AT), bytes.readUInt32BE(PNG_HEIGHT_AT));
}

function jpegSize(bytes: Buffer): Size | null {
  let at = 2;
  while (at + 9 <= bytes.length) {
    const marker = bytes.readUInt8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && !JPEG_TABLES.has(marker)) {
      return toSize(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5));
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}

function toSize(width: number, height: number): Size | null {
  return width > 0 && height > 0 ? { width, height } : null;
}
