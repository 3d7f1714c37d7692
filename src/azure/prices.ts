/**
 * What Azure charges, as data. Amounts inside the house are whole nano-dollars, so that sums are exact: a price of 0.06
 * USD per million tokens is 60 nano-dollars a token.
 */

/** Nano-dollars in a dollar. */
export const NANO_PER_USD = 1_000_000_000;

/** One kind of token: fresh, read from the cache, and written. USD per million tokens. */
export interface Rate {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** What one family of models costs since a day. */
export interface Price {
  /** How the names of its deployments begin; the longest that fits counts. */
  readonly family: string;
  /** First day on which we know it, `YYYY-MM-DD`; the latest that has begun counts. */
  readonly since: string;
  readonly text: Rate;
  readonly audio: Rate;
  readonly image: Rate;
  readonly source: string;
}

/** What a transcriber costs since a day: by the minute, or by tokens. */
export interface TranscriptionPrice {
  readonly family: string;
  readonly since: string;
  /** USD per minute of sound. */
  readonly minute: number;
  /** USD per million tokens, where it reports tokens. */
  readonly tokens: { readonly audio: number; readonly text: number; readonly output: number };
  readonly source: string;
}

const NO_IMAGES: Rate = { input: 0, cached: 0, output: 0 };

/** Realtime models. Azure's own retail page may differ by region (data-zone deployments about +10 %). */
export const realtimePrices: readonly Price[] = [
  {
    family: 'gpt-realtime',
    since: '2025-08-28',
    text: { input: 4, cached: 0.4, output: 16 },
    audio: { input: 32, cached: 0.4, output: 64 },
    image: { input: 5, cached: 0.5, output: 0 },
    source: 'model page of gpt-realtime and gpt-realtime-1.5, read 2026',
  },
  {
    family: 'gpt-realtime-2',
    since: '2026-01-01',
    text: { input: 4, cached: 0.4, output: 24 },
    audio: { input: 32, cached: 0.4, output: 64 },
    image: { input: 5, cached: 0.5, output: 0 },
    source: 'model pages of gpt-realtime-2 and 2.1, read 2026-10-02; Azure Global equals them',
  },
  {
    family: 'gpt-realtime-mini',
    since: '2025-10-06',
    text: { input: 0.6, cached: 0.06, output: 2.4 },
    audio: { input: 10, cached: 0.3, output: 20 },
    image: { input: 0.8, cached: 0.08, output: 0 },
    source: 'model page of gpt-realtime-2.1-mini, read 2026',
  },
  {
    family: 'gpt-realtime-2.1-mini',
    since: '2026-01-01',
    text: { input: 0.6, cached: 0.06, output: 2.4 },
    audio: { input: 10, cached: 0.3, output: 20 },
    image: { input: 0.8, cached: 0.08, output: 0 },
    source: 'model page of gpt-realtime-2.1-mini, read 2026',
  },
  {
    family: 'gpt-4o-realtime',
    since: '2024-12-17',
    text: { input: 5, cached: 2.5, output: 20 },
    audio: { input: 40, cached: 2.5, output: 80 },
    image: NO_IMAGES,
    source: 'price map of litellm, azure/gpt-4o-realtime-preview-2024-12-17',
  },
  {
    family: 'gpt-4o-mini-realtime',
    since: '2024-12-17',
    text: { input: 0.6, cached: 0.3, output: 2.4 },
    audio: { input: 10, cached: 0.3, output: 20 },
    image: NO_IMAGES,
    source: 'model page of gpt-4o-mini-realtime-preview',
  },
];

/** Transcribers beside a call. */
export const transcriptionPrices: readonly TranscriptionPrice[] = [
  {
    family: 'whisper',
    since: '2024-10-01',
    minute: 0.006,
    tokens: { audio: 0, text: 0, output: 0 },
    source: 'model page of whisper-1',
  },
  {
    family: 'gpt-4o-transcribe',
    since: '2025-03-20',
    minute: 0.006,
    tokens: { audio: 6, text: 2.5, output: 10 },
    source: 'model page of gpt-4o-transcribe',
  },
  {
    family: 'gpt-4o-mini-transcribe',
    since: '2025-03-20',
    minute: 0.003,
    tokens: { audio: 3, text: 1.25, output: 5 },
    source: 'model page of gpt-4o-mini-transcribe',
  },
  {
    family: 'gpt-realtime-whisper',
    since: '2026-01-01',
    minute: 0.017,
    tokens: { audio: 6, text: 2.5, output: 10 },
    source: 'model page of gpt-realtime-whisper, read 2026',
  },
];

/** A price of a family of models from a day on. */
export interface Dated {
  readonly family: string;
  readonly since: string;
}

/**
 * The price of a deployment on a day (`YYYY-MM-DD`). A deployment may have any name: one that begins like no family is
 * charged as the dearest of the current ones, so that an unknown name is never cheaper than it should be.
 */
export function realtimePrice(deployment: string, day: string): Price {
  return priceOf(realtimePrices, deployment, day) ?? DEAREST;
}

/** The price of a transcriber on a day; an unknown one is charged as the dearest. */
export function transcriptionPrice(deployment: string, day: string): TranscriptionPrice {
  return priceOf(transcriptionPrices, deployment, day) ?? DEAREST_TRANSCRIBER;
}

/** The entry of a deployment on a day: of the longest family that its name begins with, the latest; null for none. */
export function priceOf<Entry extends Dated>(
  entries: readonly Entry[],
  deployment: string,
  day: string,
): Entry | null {
  const name = deployment.toLowerCase();
  const fitting = entries.filter(({ family, since }) => name.startsWith(family) && since <= day);
  const [best] = fitting.toSorted(
    (a, b) => b.family.length - a.family.length || b.since.localeCompare(a.since),
  );
  return best ?? null;
}

const DEAREST = dearest(realtimePrices, ({ audio, text }) => audio.output + text.output);
const DEAREST_TRANSCRIBER = dearest(transcriptionPrices, ({ minute }) => minute);

/** The entry that costs most. */
export function dearest<Entry>(entries: readonly Entry[], cost: (entry: Entry) => number): Entry {
  return entries.reduce((most, entry) => (cost(entry) > cost(most) ? entry : most));
}
