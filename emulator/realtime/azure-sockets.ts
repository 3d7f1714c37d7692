/** All open realtime sockets: accepts them and counts what they do. */
import type { WebSocket } from 'ws';

import type { Behaviour } from '../deployments.ts';
import type { FaultDesk } from '../fault-desk.ts';
import type { Settings } from '../options.ts';
import { createId } from '../ids.ts';
import { Timers } from '../timers.ts';
import type { Voice } from '../voice/voice.ts';
import { AzureSocket } from './azure-socket.ts';
import { PreviewWire } from './preview-wire.ts';
import type { SessionView } from './session-config.ts';
import { planSession } from './session-plan.ts';
import type { SessionKind } from './transcription-session.ts';
import { gaWire } from './wire.ts';

/** How long sockets may take to answer a goodbye. */
const GOODBYE_MS = 250;

/** What `GET /emulator/stats` tells of realtime sockets. */
export interface SocketStats {
  readonly sockets_open: number;
  readonly sockets_total: number;
  readonly audio_ms_in: number;
  /** The effective session of the latest realtime socket, as Azure would show it; null before the first. */
  readonly last_session: SessionView | null;
}

/** An upgrade that was let in. */
export interface Admitted {
  readonly model: string;
  readonly behaviour: Behaviour;
  readonly kind: SessionKind;
  /** Which words are spoken: those since GA, or those before. */
  readonly wire: 'ga' | 'preview';
}

/** The sockets of one emulator. */
export class AzureSockets {
  readonly #settings: Settings;
  readonly #voice: Voice;
  readonly #open = new Set<AzureSocket>();
  readonly #faults: FaultDesk;
  #total = 0;
  #audioMs = 0;
  #latest: AzureSocket | null = null;
  #lastSession: SessionView | null = null;

  constructor(settings: Settings, voice: Voice, faults: FaultDesk) {
    this.#settings = settings;
    this.#voice = voice;
    this.#faults = faults;
  }

  /** Takes over an upgraded socket. */
  accept(client: WebSocket, { model, behaviour, kind, wire }: Admitted): void {
    const conversationId = createId('conv');
    const { session, lifeMs } = planSession(this.#settings, { model, behaviour });
    const socket: AzureSocket = new AzureSocket(client, {
      behaviour,
      lifeMs,
      wire: wire === 'preview' ? new PreviewWire(conversationId) : gaWire,
      session: {
        ...session,
        kind,
        conversationId,
        voice: this.#voice,
        onAudio: (ms) => (this.#audioMs += ms),
        failsNextResponse: () => behaviour.name === 'rate limit' || this.#faults.takeRateLimit(),
      },
      onSession: (view) => {
        if (socket === this.#latest) this.#lastSession = view;
      },
      onEnd: (ended) => {
        this.#open.delete(ended);
        leave();
      },
    });
    const leave = this.#faults.enter(socket);
    this.#latest = socket;
    this.#open.add(socket);
    this.#total += 1;
    socket.start();
  }

  stats(): SocketStats {
    return {
      sockets_open: this.#open.size,
      sockets_total: this.#total,
      audio_ms_in: Math.round(this.#audioMs),
      last_session: this.#lastSession,
    };
  }

  /** Shows the session of something newer than every socket. */
  showSession(view: SessionView): void {
    this.#latest = null;
    this.#lastSession = view;
  }

  /** Says goodbye to all, and cuts whoever does not answer. */
  async close(): Promise<void> {
    for (const socket of this.#open) socket.goAway();
    const patience = new Timers();
    const until = performance.now() + GOODBYE_MS;
    while (this.#open.size > 0 && performance.now() < until) await patience.sleep(5);
    for (const socket of this.#open) socket.cut();
  }
}
