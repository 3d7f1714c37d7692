/**
 * The socket beside the sound of a call by WebRTC: by it comes what Azure's filter holds back and what the gateway has to
 * tell, and goes what the page says. The call is not over because it is lost.
 */
import type { closeCodes } from '../../protocol/close-codes.ts';
import type { ClientEvent } from '../client-events.ts';
import type { GatewayListener } from '../gateway-listener.ts';
import type { Ended } from '../gateway-place.ts';
import type { Link } from '../link.ts';
import type { Lost } from '../outbox.ts';
import type { ServerEvent } from '../server-events.ts';

export interface BesideListener {
  onEvent(event: ServerEvent): void;
  /** It stands, or stands again; some of what went up may be lost. */
  onStanding(lost: Lost | null): void;
  /** There is none any more. */
  onGone(): void;
  /** The call has ended, and how; null: the gateway does not know why either. */
  onEnded(ended: Ended | null): void;
}

/** The table is in the page's own module: what is used on both sides of a fetch would have to be a module of its own. */
const TAKEN_OVER: typeof closeCodes.takenOver.code = 4409;
const OVER: typeof closeCodes.over.code = 1000;

/** What the channel tells as well, or better: there it is in its place among the words. */
const toldElsewhere: ReadonlySet<ServerEvent['type']> = new Set<ServerEvent['type']>([
  'gateway.session',
  'input_audio_buffer.committed',
  'conversation.item.input_audio_transcription.delta',
]);

/** Belongs to one call: dials when it is made. */
export class Beside {
  readonly #listener: BesideListener;
  readonly #gateway: Link;
  #state: 'opening' | 'standing' | 'away' | 'gone' = 'opening';
  /** The last that came was a complaint: the close that follows it is what it complains of. */
  #isExplained = false;
  #isDrained = false;

  constructor(open: (listener: GatewayListener) => Link, listener: BesideListener) {
    this.#listener = listener;
    const gone = (): void => this.#end();
    this.#gateway = open({
      onEvent: (event) => this.#onEvent(event),
      onSound: () => {},
      onDropped: () => {},
      // Until it stands the channel does.
      onSilence: () => {},
      onAway: (_code, _reason, isDrained = false) => {
        this.#state = 'away';
        this.#isDrained ||= isDrained;
      },
      onBack: (_way, lost) => this.#stand(lost),
      onRefused: gone,
      onClose: (code, reason) => this.#onClose({ code, reason }),
    });
  }

  /** Whether it stands, will stand again as far as anybody knows (`away`), or neither. */
  state(): 'standing' | 'away' | 'none' {
    return this.#state === 'standing' || this.#state === 'away' ? this.#state : 'none';
  }

  /** Whether the gateway has gone since it stood: another one does not know the call, and has it hung up. */
  isOrphaned(): boolean {
    return this.#isDrained && this.#state !== 'standing';
  }

  /** Sends, or keeps it until it is back. */
  send(event: ClientEvent): void {
    this.#gateway.send(event);
  }

  /** The network or the machine may have been away. */
  hurry(): void {
    this.#gateway.hurry();
  }

  /** Says goodbye, which hangs up. */
  close(): void {
    this.#state = 'gone';
    this.#gateway.close();
  }

  #onEvent(event: ServerEvent): void {
    this.#isExplained = event.type === 'error';
    if (event.type === 'gateway.session' && this.#state === 'opening') this.#stand(null);
    if (!toldElsewhere.has(event.type)) this.#listener.onEvent(event);
  }

  #stand(lost: Lost | null): void {
    this.#state = 'standing';
    this.#listener.onStanding(lost);
  }

  /** Only who stood beside the call knows that it has ended; and whoever else stands there now has not taken its sound. */
  #onClose(ended: Ended): void {
    if (this.#state === 'standing' && ended.code !== TAKEN_OVER) {
      this.#state = 'gone';
      // Azure has the call no more, and nobody here has ended it.
      this.#listener.onEnded(ended.code === OVER && !this.#isExplained ? null : ended);
    } else this.#end();
  }

  #end(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#listener.onGone();
  }
}
