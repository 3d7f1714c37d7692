/** What came down one socket, in order. */
export type Heard =
  | { readonly kind: 'event'; readonly type: string; readonly event: Record<string, unknown> }
  | { readonly kind: 'sound'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

/** How long a caller waits for what it expects before it tells what came instead. */
const PATIENCE_MS = 8_000;

/** Somebody at the browser's end of a socket inside the runtime: says, and waits for what comes back. */
export class Caller {
  readonly heard: Heard[] = [];
  readonly #socket: WebSocket;
  #next = 0;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#keep(read(data)));
    socket.addEventListener('close', ({ code, reason }) => {
      this.#keep({ kind: 'close', code, reason });
      if (socket.readyState !== WebSocket.CLOSED) socket.close();
    });
    socket.accept();
  }

  says(frame: object | string | ArrayBuffer): void {
    const isRaw = typeof frame === 'string' || frame instanceof ArrayBuffer;
    this.#socket.send(isRaw ? frame : JSON.stringify(frame));
  }

  hangsUp(code = 1000): void {
    this.#socket.close(code);
  }

  /** The next event of `type`; what comes before it stays in `heard`. */
  async hears(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const heard = await this.#take(type);
      if (heard.kind === 'event' && heard.type === type) return heard.event;
    }
  }

  /** The close of this socket. */
  async ends(): Promise<{ code: number; reason: string }> {
    for (;;) {
      const heard = await this.#take('a close');
      if (heard.kind === 'close') return heard;
    }
  }

  /** Types of the events heard so far, pieces of sound as `sound`. */
  types(): string[] {
    return this.heard.map((heard) => (heard.kind === 'event' ? heard.type : heard.kind));
  }

  async #take(awaited: string): Promise<Heard> {
    const heard = this.heard[this.#next];
    if (heard) {
      this.#next += 1;
      return heard;
    }
    await this.#more(awaited);
    return this.#take(awaited);
  }

  #more(awaited: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`waited for ${awaited}, heard ${this.types().join(', ') || 'nothing'}`));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #keep(heard: Heard): void {
    this.heard.push(heard);
    this.#wake();
  }
}

function read(data: string | ArrayBuffer): Heard {
  if (typeof data !== 'string') return { kind: 'sound', bytes: new Uint8Array(data) };
  const event = JSON.parse(data) as Record<string, unknown>;
  return { kind: 'event', type: String(event['type']), event };
}
