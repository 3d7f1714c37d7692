import { isRecord, type WireEvent } from './wire.ts';

/** Pictures in an event: how many, and the characters that they are written in, which no model reads as text. */
export interface Pictures {
  readonly count: number;
  readonly units: number;
}

/** The pictures in the item that an event puts in, or in what it gives a response alone to read. */
export function picturesOf({ item, response }: WireEvent): Pictures {
  const input = isRecord(response) && Array.isArray(response['input']) ? response['input'] : [];
  const urls = [item, ...input].flatMap(urlsIn);
  return { count: urls.length, units: urls.reduce((sum, url) => sum + url.length, 0) };
}

function urlsIn(item: unknown): string[] {
  const content = isRecord(item) && Array.isArray(item['content']) ? item['content'] : [];
  return content.flatMap((part: unknown) =>
    isRecord(part) && typeof part['image_url'] === 'string' ? [part['image_url']] : [],
  );
}
