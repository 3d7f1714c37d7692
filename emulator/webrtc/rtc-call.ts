/** One WebRTC call: a session between a peer, which hears and speaks, and any number of sidebands. Ends exactly once. */
import type { WebSocket } from 'ws';

import type { Behaviour } from '../deployments.ts';
import type { SocketFault } from '../faults.ts';
import { MALFORMED_FRAME, misbehave, nothingSent } from '../realtime/misbehaviour.ts';
import { RealtimeSession } from '../realtime/session.ts';
import type { SessionView } from '../realtime/session-config.ts';
import type { SessionOptions } from '../realtime/session-options.ts';
import { gaWire } from '../realtime/wire.ts';
import { Timers } from '../timers.ts';
import { type CallEvent, passesFilter, readClear, toFrame } from './call-events.ts';
import { CallPlayback } from './call-playback.ts';
import { answerOffer, type MediaPeer } from './media-peer.ts';
import type { Cleared } from './output-buffer.ts';
import { Sideband } from './sideband.ts';

const MS_PER_MINUTE = 60_000;

/** A peer that has not connected by then never will. */
const CONNECT_MS = 30_000;

/** A last word needs a moment to get through before the connection closes. */
const LAST_WORD_MS = 100;

/** What a call needs. */
export interface CallOptions {
  readonly id: string;
  readonly behaviour: Behaviour;
  readonly session: Omit<SessionOptions, 'emit' | 'readFrame'>;
  /** Until the session expires. */
  readonly lifeMs: number;
  /** `webrtcfilter=on`: the browser sees only what it must. */
  readonly isFiltered: boolean;
  readonly onSession: (view: SessionView) => void;
  readonly onEnd: (call: RtcCall) => void;
}

/** A call from its offer to its end. */
export class RtcCall {
  readonly id: string;
  readonly #options: CallOptions;
  readonly #session: RealtimeSession;
  readonly #playback: CallPlayback;
  readonly #timers = new Timers();
  readonly #sidebands = new Set<Sideband>();
  #peer: MediaPeer | null = null;
  #cleared: Cleared['heard'] = [];
  #sent = nothingSent;
  #isConnected = false;
  #isGreeted = false;
  #isStalled = false;
  #ending: Promise<void> | null = null;

  constructor(options: CallOptions) {
    this.id = options.id;
    this.#options = options;
    this.#session = new RealtimeSession({
      ...options.session,
      readFrame: (text) => gaWire.readFrame(text, options.session.kind ?? 'realtime'),
      emit: (event) => this.#emit(event),
    });
    this.#playback = new CallPlayback({
      speak: (sound) => this.#peer?.speak(sound),
      emit: (event) => this.#tell(event),
    });
  }

  /** Answers the offer that asked for this call. A refused one has ended. */
  async answer(
    offer: string,
  ): Promise<
    { readonly ok: true; readonly answer: string } | { readonly ok: false; readonly message: string }
  > {
    const answered = await answerOffer(offer, {
      onConnected: () => this.#connect(),
      onChannelOpen: () => this.#greet(),
      onText: (text) => this.#receive(text),
      onBinary: () => this.#session.receiveBinary(),
      onSound: (samples) => this.#enter(() => this.#session.hear(samples)),
      onEnd: () => void this.end(),
    });
    if (!answered.ok) {
      await this.end();
      return answered;
    }
    this.#peer = answered.peer;
    // The emulator may have stopped meanwhile.
    if (this.#ending) await answered.peer.close();
    this.#timers.after(this.#options.lifeMs, () => this.#expire());
    this.#timers.after(CONNECT_MS, () => {
      if (!this.#isConnected) void this.end();
    });
    return { ok: true, answer: answered.answer };
  }

  /** Lets a socket look on and speak for the call. */
  attach(client: WebSocket, onEnd: () => void): Sideband {
    const sideband = new Sideband(client, {
      onText: (text) => this.#receive(text),
      onBinary: () => this.#session.receiveBinary(),
      onEnd: (ended) => {
        this.#sidebands.delete(ended);
        onEnd();
      },
    });
    this.#sidebands.add(sideband);
    if (this.#ending) sideband.finish();
    return sideband;
  }

  /** Lets a fault happen, now. */
  suffer(fault: SocketFault): void {
    switch (fault.kind) {
      case 'drop':
      case 'close':
        void this.end();
        return;
      case 'error':
        return this.#session.reportServerError(fault.code);
      case 'expire':
        return this.#expire();
      case 'malformed':
        this.#peer?.tell(MALFORMED_FRAME);
        return;
      case 'stall':
        this.#isStalled = true;
    }
  }

  /** Goes on speaking after a stall; what was swallowed stays lost. */
  recover(): void {
    this.#isStalled = false;
  }

  /** Ends the call, whoever asks first, and resolves when nothing of it is left. */
  end(): Promise<void> {
    return (this.#ending ??= this.#finish());
  }

  async #finish(): Promise<void> {
    this.#timers.clear();
    this.#playback.stop();
    this.#session.end();
    for (const sideband of this.#sidebands) sideband.finish();
    this.#options.onEnd(this);
    await this.#peer?.close();
  }

  #connect(): void {
    this.#isConnected = true;
    if (this.#options.behaviour.name === 'drop at once') void this.end();
    else this.#playback.start();
  }

  #greet(): void {
    if (this.#ending || this.#isGreeted) return;
    this.#isGreeted = true;
    this.#session.start();
    if (this.#options.behaviour.name !== 'close at once') return;
    this.#session.reportServerError('server_error');
    this.#endSoon();
  }

  #expire(): void {
    if (this.#ending) return;
    this.#session.reportExpiry(Math.max(1, Math.round(this.#options.lifeMs / MS_PER_MINUTE)));
    this.#endSoon();
  }

  #endSoon(): void {
    this.#timers.after(LAST_WORD_MS, () => void this.end());
  }

  #receive(text: string): void {
    if (this.#ending) return;
    const clear = readClear(text);
    if (!clear) return this.#enter(() => this.#session.receive(text));
    if (clear.ok) return this.#enter(() => this.#hush());
    const error = { type: 'invalid_request_error', ...clear.refusal, event_id: clear.eventId } as const;
    this.#tell({ type: 'error', error });
  }

  /** Whatever may interrupt happens in here: once it is over, the conversation is cut to what was heard. */
  #enter(act: () => void): void {
    if (this.#ending) return;
    act();
    const cleared = this.#cleared;
    this.#cleared = [];
    for (const { itemId, heardMs } of cleared) {
      if (!this.#playback.isSpeaking(itemId)) this.#session.keepHeard(itemId, heardMs);
    }
  }

  #hush(): void {
    this.#cleared = this.#playback.clear()?.heard ?? [];
  }

  /** What the session says: sound goes into the output buffer, everything else to whoever listens. */
  #emit(event: Parameters<SessionOptions['emit']>[0]): void {
    if (event.type === 'session.created' || event.type === 'session.updated')
      this.#options.onSession(event.session);
    const [deed, sent] = misbehave(this.#options.behaviour, event, this.#sent);
    this.#sent = sent;
    if (deed === 'swallow' || this.#isStalled) return;
    if (!this.#playback.takes(event)) this.#tell(event);
    if (event.type === 'input_audio_buffer.speech_started' && this.#isInterruptible()) this.#hush();
    if (deed === 'send, then malformed') this.#peer?.tell(MALFORMED_FRAME);
    if (deed === 'send, then drop') void this.end();
  }

  #isInterruptible(): boolean {
    const detection: object | null = this.#session.view().audio.input.turn_detection;
    return detection !== null && Reflect.get(detection, 'interrupt_response') !== false;
  }

  #tell(event: CallEvent): void {
    const text = toFrame(event);
    if (!this.#options.isFiltered || passesFilter(event.type)) this.#peer?.tell(text);
    // Who attaches to a running call is not greeted, however late the browser's channel opens.
    if (event.type === 'session.created') return;
    for (const sideband of this.#sidebands) sideband.tell(text);
  }
}
