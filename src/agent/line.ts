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

/** Puts the request of a step to Azure. Rejects when nobody answered. */
export type Ask = (url: URL, init: RequestInit, asking: Asking) => Promise<Answered>;

/** How a request is put. */
export interface Asking {
  /** Called when another way is tried: the time for a first byte begins anew. */
  readonly onTry: () => void;
  /** How long a first byte may take, in ms. */
  readonly stallMs: number;
}

/** What was answered, by which deployment. */
export interface Answered {
  readonly response: Response;
  readonly deployment: string;
}

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
  readonly #ask: Ask;
  #fate: Fate = { name: 'dialling' };
  #deployment: string | null = null;

  constructor(patience: Patience, ask: Ask) {
    this.#patience = patience;
    this.#ask = ask;
    this.#whole = setTimeout(() => this.#giveUp(), patience.stepTimeoutMs);
  }

  /** Fires when the line is given up or closed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get fate(): Fate {
    return this.#fate;
  }

  /** Who answers; null while nobody does. */
  get deployment(): string | null {
    return this.#deployment;
  }

  /** `fetch`, watched. */
  readonly fetch: typeof fetch = async (input, init) => {
    this.#touch();
    const url = new URL(input instanceof Request ? input.url : input);
    const { stallMs } = this.#patience;
    const asking = { onTry: () => this.#touch(), stallMs };
    const { response, deployment } = await this.#ask(url, init ?? {}, asking);
    this.#deployment = deployment;
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
