/** All open realtime sockets: accepts them and counts what they do. */
import type { WebSocket } from 'ws';

import type { Behaviour } from '../deployments.ts';
import type { FaultDesk } from '../fault-desk.ts';
import { createId } from '../ids.ts';
import type { Settings } from '../options.ts';
import { Timers } from '../timers.ts';
import type { Voice } from '../voice/voice.ts';
import { AzureSocket } from './azure-socket.ts';
import type { SessionView } from './session-config.ts';

/** How long sockets may take to answer a goodbye. */
const GOODBYE_MS = 250;

/** What `GET /emulator/stats` tells of realtime sockets. */
export interface SocketStats {
  readonly sockets_open: number;
  readonly sockets_total: number;
  readonly audio_ms_in: number;
  readonly calls_open: number;
  /** The effective session of the latest realtime socket, as Azure would show it; null before the first. */
  readonly last_session: SessionView | null;
}

/** An upgrade that was let in. */
export interface Admitted {
  readonly model: string;
  readonly behaviour: Behaviour;
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
  accept(client: WebSocket, { model, behaviour }: Admitted): void {
    const { pace, thinkMs, slowFirstAudioMs, rateLimits, semanticVad, sessionMs, shortSessionMs } =
      this.#settings;
    const lifeMs = behaviour.name === 'expire soon' ? shortSessionMs : sessionMs;
    const expiresAt = Math.floor((Date.now() + lifeMs) / 1000);
    const thinks = behaviour.name === 'slow first audio' ? slowFirstAudioMs : thinkMs;
    const socket: AzureSocket = new AzureSocket(client, {
      behaviour,
      lifeMs,
      session: {
        identity: { id: createId('sess'), model, expiresAt },
        dialect: {
          pace,
          thinkMs: thinks,
          rateLimits,
          semanticVad: behaviour.name === 'hear meaning' ? 'full' : semanticVad,
        },
        behaviour,
        voice: this.#voice,
        onAudio: (ms) => (this.#audioMs += ms),
        failsNextResponse: () => behaviour.name === 'rate limit' || this.#faults.takeRateLimit(),
        rejectsUpdates: behaviour.name === 'reject updates',
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
      calls_open: 0,
      last_session: this.#lastSession,
    };
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
