/**
 * A call: owns exactly two sockets, `browser` and `azure`, and does what the relay decides. Everything that happens to a
 * call passes through `#apply`; everything that ends it, through `#end`, once.
 */
import { dialRealtime } from '../azure/dial.ts';
import { log } from '../observe/log.ts';
import { closeCodes, type CloseName } from '../protocol/close-codes.ts';
import type { Action } from './actions.ts';
import type { CallPlan } from './call-plan.ts';
import { afterAzureClose, afterDial, afterLongest, afterSilence, answerTo, type Ending } from './endings.ts';
import { azureConnected, fromAzure, fromBrowser } from './relay.ts';
import { dialling, end, type RelayState, type Step } from './relay-state.ts';
import { isStalled, WATCH_EVERY_MS, type Pulse } from './watchdog.ts';

/** The close code for a socket that ended without one. */
const ABNORMAL = 1006;

/** How long Azure may take to answer our close. */
const GOODBYE_MS = 5_000;

/** One voice conversation in progress. It dials Azure as soon as it exists and lives until either end is gone. */
export class Call {
  readonly #plan: CallPlan;
  readonly #browser: WebSocket;
  readonly #hangUp = new AbortController();
  readonly #startedAt = Date.now();
  readonly #watch: ReturnType<typeof setInterval>;
  #azure: WebSocket | null = null;
  #state: RelayState = dialling;
  #pulse: Pulse = { isAsked: false, lastAt: 0 };
  readonly #count = { framesUp: 0, framesDown: 0, bytesUp: 0, bytesDown: 0 };

  /** Takes over an accepted browser socket and starts to dial. */
  constructor(browser: WebSocket, plan: CallPlan) {
    this.#plan = plan;
    this.#browser = browser;
    browser.addEventListener('message', ({ data }) => this.#hearBrowser(data));
    browser.addEventListener('close', ({ code }) => this.#loseBrowser(code));
    // A frame that breaks the protocol (over 32 MiB, say) ends the socket with an error and no close.
    browser.addEventListener('error', () => this.#loseBrowser(ABNORMAL));
    if (plan.reader.lane === 'binary') browser.send(JSON.stringify(plan.greeting));
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY_MS);
    log('call.opened', { ...this.#names(), lane: plan.reader.lane });
  }

  /** Dials Azure and joins it to the browser. Never rejects: a dial that fails is an ending. */
  async connect(): Promise<void> {
    const dialled = await dialRealtime(this.#plan.target, this.#hangUp.signal);
    if (dialled.outcome !== 'connected') {
      if (dialled.outcome === 'refused') {
        log('azure.refused', { ...this.#names(), status: dialled.status, code: dialled.code });
      }
      return this.#finish(afterDial(dialled));
    }
    this.#join(dialled.socket);
  }

  /** Ends the call for a reason that comes from outside it: a sign-out, a shutdown. */
  finish(ending: Ending): void {
    this.#finish(ending);
  }

  #join(azure: WebSocket): void {
    azure.binaryType = 'arraybuffer';
    // The handlers come before accept(): Azure's first event may already be waiting.
    azure.addEventListener('message', ({ data }) => this.#hearAzure(data));
    azure.addEventListener('close', ({ code }) => this.#loseAzure(code));
    azure.addEventListener('error', () => this.#loseAzure(ABNORMAL));
    azure.accept({ allowHalfOpen: true });
    if (this.#state.name === 'ended') return closeQuietly(azure, closeCodes.over);
    this.#azure = azure;
    this.#apply(azureConnected(this.#plan.reader, this.#state));
  }

  #hearBrowser(frame: string | ArrayBuffer): void {
    this.#count.framesUp += 1;
    this.#count.bytesUp += sizeOf(frame);
    this.#apply(fromBrowser(this.#plan.reader, this.#state, { frame, now: Date.now() }));
  }

  #hearAzure(frame: string | ArrayBuffer): void {
    this.#pulse = { isAsked: false, lastAt: Date.now() };
    // Azure speaks text only; a binary frame is not an event, and is treated as any other text that is none.
    const text = typeof frame === 'string' ? frame : '';
    this.#apply(fromAzure(this.#plan.reader, this.#state, { frame: text, now: this.#pulse.lastAt }));
  }

  #loseBrowser(code: number): void {
    // Half-open: the browser's close is complete only when we answer it, also after we have ended.
    closeQuietly(this.#browser, { code: answerTo(code), reason: '' });
    this.#finish({ as: code === closeCodes.over.code ? 'over' : 'goingAway', complaint: null });
  }

  #loseAzure(code: number): void {
    this.#finish(afterAzureClose(code, this.#state));
  }

  #look(): void {
    const now = Date.now();
    if (isStalled(this.#state, this.#pulse, now)) this.#finish(afterSilence);
    else if (now >= this.#plan.greeting.expires_at * 1000) this.#finish(afterLongest);
  }

  #finish({ as, complaint }: Ending): void {
    this.#apply(end(this.#state, as, complaint));
  }

  #apply(step: Step): void {
    this.#state = step.state;
    for (const action of step.actions) this.#act(action);
  }

  #act(action: Action): void {
    switch (action.do) {
      case 'tell-azure':
        // Only the first of several questions counts: asking again must not keep a dead Azure alive.
        if (action.isAsking && !this.#pulse.isAsked) this.#pulse = { isAsked: true, lastAt: Date.now() };
        return this.#azure?.send(action.frame);
      case 'tell-browser':
        this.#count.framesDown += 1;
        this.#count.bytesDown += sizeOf(action.frame);
        return tell(this.#browser, action.frame);
      case 'log-error':
        return log('azure.error', { ...this.#names(), code: action.code, cause: action.cause });
      case 'log-dropped':
        return log('call.dropped', { ...this.#names(), dropped_ms: action.ms });
      case 'end':
        return this.#end(action.as);
    }
  }

  #end(as: CloseName): void {
    clearInterval(this.#watch);
    closeQuietly(this.#browser, closeCodes[as]);
    if (this.#azure) this.#leave(this.#azure);
    else this.#hangUp.abort();
    const { framesUp, framesDown, bytesUp, bytesDown } = this.#count;
    log('call.ended', {
      ...this.#names(),
      end: as,
      close_code: closeCodes[as].code,
      frames_up: framesUp,
      frames_down: framesDown,
      bytes_up: bytesUp,
      bytes_down: bytesDown,
      duration_ms: Date.now() - this.#startedAt,
    });
    this.#plan.onEnd();
  }

  /** Says goodbye; an Azure that does not answer is cut. At once would be too soon: the close would not be written. */
  #leave(azure: WebSocket): void {
    closeQuietly(azure, closeCodes.over);
    setTimeout(() => {
      if (azure.readyState !== WebSocket.CLOSED) this.#hangUp.abort();
    }, GOODBYE_MS);
  }

  #names(): { session: string; user: string } {
    return { session: this.#plan.greeting.session_id, user: this.#plan.user };
  }
}

/** Sends unless our side is closed already: after our own close() the runtime throws, and a late frame is no bug. */
function tell(browser: WebSocket, frame: string | Uint8Array): void {
  if (browser.readyState === WebSocket.OPEN) browser.send(frame);
}

/** Closes a socket, whatever state it is in. */
function closeQuietly(socket: WebSocket, { code, reason }: { code: number; reason: string }): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed before, or gone: nothing is left to close.
  }
}

function sizeOf(frame: string | ArrayBuffer | Uint8Array): number {
  return typeof frame === 'string' ? frame.length : frame.byteLength;
}
