/** The one request of a step to Azure, watched: whether it was refused, and whether anything still comes. */
import { refusalCode, retryAfterMs } from '../azure/refusal.ts';

/** Where the request stands. */
export type Fate =
  /** Nothing came back yet. */
  | { readonly name: 'dialling' }
  | {
      readonly name: 'refused';
      readonly status: number;
      /** Azure's own word for it, for the log alone; null when there is none. */
      readonly code: string | null;
      readonly isFiltered: boolean;
      readonly retryAfterMs: number | null;
    }
  | { readonly name: 'answering' }
  /** Too long without a byte, or too long altogether. */
  | { readonly name: 'given up' };

/** How long is waited: for the next byte, and for the whole. */
export interface Patience {
  readonly stallMs: number;
  readonly stepTimeoutMs: number;
}

const BAD_REQUEST = 400;

/** One request. Its owner ends it with `close`. */
export class Line {
  readonly #patience: Patience;
  readonly #abort = new AbortController();
  #stall: ReturnType<typeof setTimeout> | null = null;
  readonly #whole: ReturnType<typeof setTimeout>;
  #fate: Fate = { name: 'dialling' };

  constructor(patience: Patience) {
    this.#patience = patience;
    this.#whole = setTimeout(() => this.#giveUp(), patience.stepTimeoutMs);
  }

  /** Fires when the line is given up or closed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get fate(): Fate {
    return this.#fate;
  }

  /** `fetch`, watched. */
  readonly fetch: typeof fetch = async (input, init) => {
    this.#touch();
    const response = await fetch(input, init);
    if (!response.ok) {
      const text = await response.text();
      this.#fate = refusal(response, text);
      return new Response(text, { status: response.status, headers: response.headers });
    }
    this.#fate = { name: 'answering' };
    this.#touch();
    const touch = () => this.#touch();
    const watched = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          touch();
          controller.enqueue(bytes);
        },
      }),
    );
    return new Response(watched ?? null, { status: response.status, headers: response.headers });
  };

  /** Ends it, if it has not ended. */
  close(): void {
    clearTimeout(this.#whole);
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#abort.abort();
  }

  #touch(): void {
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#stall = this.#abort.signal.aborted
      ? null
      : setTimeout(() => this.#giveUp(), this.#patience.stallMs);
  }

  #giveUp(): void {
    this.#fate = { name: 'given up' };
    this.close();
  }
}

function refusal({ status, headers }: Response, body: string): Fate {
  const code = refusalCode(body);
  return {
    name: 'refused',
    status,
    code,
    isFiltered: status === BAD_REQUEST && code === 'content_filter',
    retryAfterMs: retryAfterMs(headers),
  };
}
