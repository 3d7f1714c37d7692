/** A plain WebSocket client for tests, for the emulator and the gateway alike: a dialogue of `send` and `next`. */
import { type RawData, WebSocket } from 'ws';

/** How long anything is waited for before the test fails with what was received instead. */
const DEFAULT_WAIT_MS = 5_000;

/** One frame: an event as it came, or `{type: 'binary', bytes}`, or `{type: 'not json', text}`. */
export interface Received {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** How to connect: anything the handshake carries, and how patient the client is. */
export interface ConnectOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly subprotocols?: readonly string[];
  readonly waitMs?: number;
}

/** How a socket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** An HTTP answer instead of a socket. `body` is parsed when it is JSON. */
export interface Refused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** Opens a socket; no frame is ever missed. Rejects when the server refuses the upgrade. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<RealtimeClient> {
  const socket = new WebSocket(toWebSocketUrl(url), [...(options.subprotocols ?? [])], {
    headers: { ...options.headers },
    perMessageDeflate: true,
  });
  const client = new RealtimeClient(socket, options.waitMs ?? DEFAULT_WAIT_MS);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return client;
}

/** Tries to open a socket that will be refused, and returns the HTTP answer. Rejects when it is let in. */
export async function refusal(url: string, options: ConnectOptions = {}): Promise<Refused> {
  const socket = new WebSocket(toWebSocketUrl(url), [...(options.subprotocols ?? [])], {
    headers: { ...options.headers },
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.once('open', () => {
      socket.terminate();
      reject(new Error(`${url} should have been refused, and was let in`));
    });
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parseOrKeep(body) }),
      );
    });
  });
}

/** What lies at a dotted path: `pick(event, 'item.content.0.transcript')`. Undefined when nothing does. */
export function pick(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => {
    return typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  }, value);
}

/** The string at a dotted path; throws when there is none. */
export function pickString(value: unknown, path: string): string {
  const found = pick(value, path);
  if (typeof found === 'string') return found;
  throw new TypeError(`A string was expected at ${path} of ${JSON.stringify(value)}`);
}

/** The number at a dotted path; throws when there is none. */
export function pickNumber(value: unknown, path: string): number {
  const found = pick(value, path);
  if (typeof found === 'number') return found;
  throw new TypeError(`A number was expected at ${path} of ${JSON.stringify(value)}`);
}

/** One open socket. Everything received is kept, in order, and handed out once. */
export class RealtimeClient {
  /** The socket itself; `protocol` is the subprotocol the server chose, or ''. */
  readonly socket: WebSocket;
  /** Every frame so far, handed out or not. */
  readonly received: Received[] = [];
  readonly #waitMs: number;
  readonly #closed: Promise<Closed>;
  #read = 0;
  #ended: Closed | null = null;
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket, waitMs: number) {
    this.socket = socket;
    this.#waitMs = waitMs;
    socket.on('message', (data, isBinary) => {
      this.received.push(toReceived(data, isBinary));
      this.#wake();
    });
    this.#closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#ended = { code, reason: reason.toString() };
        this.#wake();
        resolve(this.#ended);
      });
    });
    socket.on('error', () => undefined);
  }

  /** The next frame, whatever it is. */
  async next(): Promise<Received> {
    return this.#take('a frame');
  }

  /** Reads up to and including the next frame of this type, and returns that one. */
  async until(type: string): Promise<Received> {
    for (;;) {
      const frame = await this.#take(type);
      if (frame.type === type) return frame;
    }
  }

  /** Reads up to and including the next frame of this type, and returns all of them. */
  async allUntil(type: string): Promise<Received[]> {
    const frames: Received[] = [];
    for (;;) {
      const frame = await this.#take(type);
      frames.push(frame);
      if (frame.type === type) return frames;
    }
  }

  /** What has come and was not handed out yet; empties it. */
  unread(): Received[] {
    const frames = this.received.slice(this.#read);
    this.#read = this.received.length;
    return frames;
  }

  /** Sends one event as JSON. */
  send(event: object): void {
    this.socket.send(JSON.stringify(event));
  }

  /** Sends text as it is. */
  sendText(text: string): void {
    this.socket.send(text);
  }

  /** Sends a binary frame. */
  sendBinary(bytes: Uint8Array | Int16Array): void {
    this.socket.send(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** Waits for the end of the socket. 1006: it was cut; 1005: it was closed with no code. */
  async closed(): Promise<Closed> {
    const timer = this.#timeout('the end of the socket');
    try {
      return await Promise.race([this.#closed, timer.expired]);
    } finally {
      timer.stop();
    }
  }

  /** Says goodbye and waits for the answer. */
  async close(code = 1000, reason = ''): Promise<Closed> {
    this.socket.close(code, reason);
    return this.closed();
  }

  /** Cuts the connection with no close frame, as a lost network does. */
  terminate(): void {
    this.socket.terminate();
  }

  async #take(wanted: string): Promise<Received> {
    const timer = this.#timeout(wanted);
    try {
      for (;;) {
        const frame = this.received[this.#read];
        if (frame) {
          this.#read += 1;
          return frame;
        }
        if (this.#ended) throw new Error(`Waiting for ${wanted}: ${this.#story()}`);
        await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), timer.expired]);
      }
    } finally {
      timer.stop();
    }
  }

  #timeout(wanted: string): { expired: Promise<never>; stop: () => void } {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    const handle = setTimeout(() => {
      reject(new Error(`Waited ${this.#waitMs} ms for ${wanted}: ${this.#story()}`));
    }, this.#waitMs);
    return { expired: promise, stop: () => clearTimeout(handle) };
  }

  #story(): string {
    const lines = this.received.map((frame) =>
      frame.type === 'error' ? `error ${JSON.stringify(frame['error'])}` : frame.type,
    );
    const end = this.#ended ? `closed ${this.#ended.code} "${this.#ended.reason}"` : 'still open';
    return `received [${lines.join(', ')}], ${end}`;
  }
}

function toReceived(data: RawData, isBinary: boolean): Received {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  if (isBinary) return { type: 'binary', bytes: new Uint8Array(bytes) };
  const parsed = parseOrKeep(bytes.toString('utf8'));
  if (typeof parsed === 'object' && parsed !== null && typeof pick(parsed, 'type') === 'string') {
    return parsed as Received;
  }
  return { type: 'not json', text: bytes.toString('utf8') };
}

function parseOrKeep(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toWebSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}
