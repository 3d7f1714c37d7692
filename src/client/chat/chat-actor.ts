/** The acting half of a chat: owns its one socket, and runs the tools of the page. */
import { CHAT_SUBPROTOCOL } from '../../protocol/subprotocols.ts';
import type { CallEvent } from '../model.ts';
import { signIn } from '../sign-in.ts';
import { askForToken } from '../token-source.ts';
import { runPageTool } from '../page-tool.ts';
import type { ChatAction, ChatEvent, ChatUp } from './chat.ts';
import { parseChatWord } from './chat-words.ts';

/** An idle chat is told from a dead one by this: exactly this text is answered without waking anybody. */
const PING = '{"type":"ping"}';
const PING_MS = 25_000;

/** A socket that has not opened, or not answered a ping, by then is lost. */
const PATIENCE_MS = 15_000;

/** How a socket that never answered closes, for the deciding half. */
const LOST = 1006;

interface Held {
  socket: WebSocket | null;
  readonly end: AbortController;
}

/** Carries out actions. One socket at a time; late news of one that was let go of is not told. */
export class ChatActor {
  readonly #tell: (event: CallEvent) => void;
  #held: Held | null = null;

  constructor(tell: (event: CallEvent) => void) {
    this.#tell = tell;
    // Nobody waits for a clock when the network is back.
    addEventListener('online', () => this.#news({ type: 'reconnect' }));
  }

  /** Carries out one action. Never throws; what goes wrong comes back as an event. */
  perform(action: ChatAction): void {
    switch (action.type) {
      case 'open':
        void this.#open();
        return;
      case 'close':
        this.#letGo();
        return;
      case 'send':
        this.#send(action.event);
        return;
      case 'renew':
        void this.#renew();
        return;
      case 'run-tool':
        void this.#run(action);
        return;
    }
  }

  async #open(): Promise<void> {
    this.#letGo();
    const held: Held = { socket: null, end: new AbortController() };
    this.#held = held;
    const answer = await signIn();
    if (this.#held !== held) return;
    if (answer.name === 'refused') {
      this.#held = null;
      // A network that is gone comes back by itself; a door that says no does not.
      this.#news(
        answer.isUnreachable
          ? { type: 'closed', code: LOST, reason: '', at: Date.now() }
          : { type: 'refused', notice: answer.notice },
      );
      return;
    }
    this.#tell({ type: 'account', event: { type: 'signed-in', isGuest: answer.isGuest } });
    held.socket = this.#connect(held);
  }

  #connect(held: Held): WebSocket {
    const socket = new WebSocket('/ws/text', [CHAT_SUBPROTOCOL]);
    const { signal } = held.end;
    let silence = window.setTimeout(() => this.#lose(held), PATIENCE_MS);
    const pings = window.setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(PING);
      silence = window.setTimeout(() => this.#lose(held), PATIENCE_MS);
    }, PING_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(silence);
      clearInterval(pings);
    });
    socket.addEventListener(
      'open',
      () => {
        clearTimeout(silence);
        this.#news({ type: 'opened' });
      },
      { signal },
    );
    socket.addEventListener(
      'message',
      ({ data }: MessageEvent<unknown>) => {
        clearTimeout(silence);
        const word = typeof data === 'string' ? parseChatWord(data) : null;
        if (word !== null) this.#news({ type: 'word', word });
      },
      { signal },
    );
    socket.addEventListener(
      'close',
      ({ code, reason }) => {
        this.#letGo();
        this.#news({ type: 'closed', code, reason, at: Date.now() });
      },
      { signal },
    );
    return socket;
  }

  /** Nothing was heard for too long: a network that is gone does not say so. */
  #lose(held: Held): void {
    if (this.#held !== held) return;
    this.#letGo();
    this.#news({ type: 'closed', code: LOST, reason: '', at: Date.now() });
  }

  #send(event: ChatUp): void {
    const socket = this.#held?.socket;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
  }

  async #renew(): Promise<void> {
    const token = await askForToken();
    if (token !== null) this.#send({ type: 'auth', token });
  }

  async #run({ callId, name, arguments: input }: Extract<ChatAction, { type: 'run-tool' }>): Promise<void> {
    const output = await runPageTool(name, input);
    this.#news({ type: 'tool-ran', callId, output });
  }

  #letGo(): void {
    const held = this.#held;
    this.#held = null;
    held?.end.abort();
    held?.socket?.close(1000);
  }

  #news(event: ChatEvent): void {
    this.#tell({ type: 'chat', event });
  }
}
