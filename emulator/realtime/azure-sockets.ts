/** All open realtime sockets: accepts them, counts what they do, and lets faults hit them. */
import type { WebSocket } from 'ws';

import type { Behaviour } from '../deployments.ts';
import { type Fault, hitsSockets, type SocketFault, WaitingFaults } from '../faults.ts';
import { createId } from '../ids.ts';
import type { Settings } from '../options.ts';
import { Timers } from '../timers.ts';
import type { Voice } from '../voice/voice.ts';
import { AzureSocket } from './azure-socket.ts';
import type { SessionView } from './session-config.ts';

/** How long sockets may take to answer a goodbye. */
const GOODBYE_MS = 250;

/** What `GET /emulator/stats` tells. */
export interface Stats {
  readonly sockets_open: number;
  readonly sockets_total: number;
  readonly audio_ms_in: number;
  readonly chat_requests: number;
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
  readonly #waiting = new WaitingFaults();
  #timers = new Timers();
  #total = 0;
  #audioMs = 0;
  #latest: AzureSocket | null = null;
  #lastSession: SessionView | null = null;

  constructor(settings: Settings, voice: Voice) {
    this.#settings = settings;
    this.#voice = voice;
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
        dialect: { pace, thinkMs: thinks, rateLimits, semanticVad },
        voice: this.#voice,
        onAudio: (ms) => (this.#audioMs += ms),
        failsNextResponse: () => behaviour.name === 'rate limit' || this.#waiting.takeRateLimit(),
        rejectsUpdates: behaviour.name === 'reject updates',
      },
      onSession: (view) => {
        if (socket === this.#latest) this.#lastSession = view;
      },
      onEnd: (ended) => this.#open.delete(ended),
    });
    this.#latest = socket;
    this.#open.add(socket);
    this.#total += 1;
    socket.start();
  }

  /** The status the next upgrade is refused with because of a fault, or null. Uses the fault up. */
  takeRefusal(): number | null {
    return this.#waiting.takeRefusal();
  }

  /** Lets a fault act, now or after its delay. */
  afflict(fault: Fault): void {
    const act = (): void => (hitsSockets(fault) ? this.#hit(fault) : this.#waiting.add(fault));
    if (fault.after_ms === 0) act();
    else this.#timers.after(fault.after_ms, act);
  }

  /** Forgets every fault that has not acted, and ends stalls. */
  clearFaults(): void {
    this.#timers.clear();
    this.#timers = new Timers();
    this.#waiting.clear();
    for (const socket of this.#open) socket.recover();
  }

  stats(): Stats {
    return {
      sockets_open: this.#open.size,
      sockets_total: this.#total,
      audio_ms_in: Math.round(this.#audioMs),
      chat_requests: 0,
      calls_open: 0,
      last_session: this.#lastSession,
    };
  }

  /** Says goodbye to all, and cuts whoever does not answer. */
  async close(): Promise<void> {
    this.#timers.clear();
    for (const socket of this.#open) socket.goAway();
    const patience = new Timers();
    const until = performance.now() + GOODBYE_MS;
    while (this.#open.size > 0 && performance.now() < until) await patience.sleep(5);
    for (const socket of this.#open) socket.cut();
  }

  #hit(fault: SocketFault): void {
    const newestFirst = [...this.#open].toReversed();
    for (const socket of newestFirst.slice(0, fault.count ?? Infinity)) socket.suffer(fault);
  }
}
