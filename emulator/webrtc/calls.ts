/** All WebRTC calls of one emulator: mints keys for them, starts and ends them, and lets sidebands in. */
import type { WebSocket } from 'ws';

import type { FaultDesk } from '../fault-desk.ts';
import { type HttpRefusal, notFound, refusalWithStatus } from '../http/refusals.ts';
import { createId, randomBase62 } from '../ids.ts';
import type { Settings } from '../options.ts';
import { type SessionView, viewSession } from '../realtime/session-config.ts';
import { planSession } from '../realtime/session-plan.ts';
import { viewTranscription } from '../realtime/transcription-session.ts';
import type { Voice } from '../voice/voice.ts';
import { type EphemeralKey, EphemeralKeys, type Grant } from './ephemeral-keys.ts';
import { admitDeployment, readMintRequest } from './mint-request.ts';
import { RtcCall } from './rtc-call.ts';

/** `rtc_` and as many random characters as other ids have. */
const CALL_ID_LENGTH = 21;

/** What `GET /emulator/stats` tells of calls. Sidebands are sockets. */
export interface CallStats {
  readonly calls_open: number;
  readonly sockets_open: number;
  readonly sockets_total: number;
  readonly audio_ms_in: number;
}

/** What calls need. */
export interface CallSurroundings {
  readonly settings: Settings;
  readonly voice: Voice;
  readonly faults: FaultDesk;
  /** Called with the effective session of the latest call, whenever it changes. */
  readonly onSession: (view: SessionView) => void;
}

/** A value, or why there is none. `param` names the field that is to blame. */
export type CallOutcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: HttpRefusal & { readonly param?: string | null } };

/** A minted key with the session it stands for. */
export type Minted = EphemeralKey & { readonly session: SessionView };

/** A call that was answered. */
export interface Started {
  readonly id: string;
  readonly answer: string;
}

/** The calls of one emulator. */
export class Calls {
  readonly #around: CallSurroundings;
  readonly #keys = new EphemeralKeys();
  readonly #open = new Map<string, RtcCall>();
  #latest: RtcCall | null = null;
  readonly #sidebands = { open: 0, total: 0 };
  #audioMs = 0;
  #isClosed = false;

  constructor(surroundings: CallSurroundings) {
    this.#around = surroundings;
  }

  /** Hands out an ephemeral key for the session a body describes. */
  mint(body: string): CallOutcome<Minted> {
    const request = readMintRequest(body);
    if (!request.ok) return request;
    const status = this.#around.faults.takeRefusal();
    if (status !== null) return { ok: false, refusal: refusalWithStatus(status) };
    const { grant, seconds } = request;
    const view = grant.kind === 'transcription' ? viewTranscription : viewSession;
    const identity = { id: createId('sess'), model: grant.model ?? '', expiresAt: 0 };
    const key = this.#keys.mint(grant, { seconds, now: Date.now() });
    return { ok: true, value: { ...key, session: view(grant.config, identity) } };
  }

  /** What a key stands for; null when it is unknown or expired. */
  findGrant(key: string): Grant | null {
    return this.#keys.find(key, Date.now());
  }

  /** Answers an offer with a call. */
  async start(
    grant: Grant,
    offer: { readonly sdp: string; readonly isFiltered: boolean },
  ): Promise<CallOutcome<Started>> {
    const admission = admitDeployment(grant.model);
    if (!admission.ok) return admission;
    const status = this.#around.faults.takeRefusal();
    if (status !== null) return { ok: false, refusal: refusalWithStatus(status) };
    const { settings, voice, faults } = this.#around;
    const id = `rtc_${randomBase62(CALL_ID_LENGTH)}`;
    const { session, lifeMs } = planSession(settings, {
      model: grant.model ?? '',
      behaviour: admission.behaviour,
    });
    const call = new RtcCall({
      id,
      behaviour: admission.behaviour,
      lifeMs,
      isFiltered: offer.isFiltered,
      session: {
        ...session,
        voice,
        startsWith: grant.config,
        kind: grant.kind,
        onAudio: (ms) => (this.#audioMs += ms),
        failsNextResponse: () => admission.behaviour.name === 'rate limit' || faults.takeRateLimit(),
      },
      onSession: (view) => {
        if (call === this.#latest) this.#around.onSession(view);
      },
      onEnd: () => {
        this.#open.delete(id);
        leave();
      },
    });
    const leave = faults.enter(call);
    this.#latest = call;
    this.#open.set(id, call);
    const answered = await call.answer(offer.sdp);
    if (this.#isClosed) await call.end();
    if (answered.ok) return { ok: true, value: { id, answer: answered.answer } };
    return { ok: false, refusal: { status: 400, code: 'invalid_offer', message: answered.message } };
  }

  /** Whether there is a call of this id. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Ends a call. */
  async hangUp(id: string): Promise<CallOutcome<null>> {
    const call = this.#open.get(id);
    if (!call) return { ok: false, refusal: callNotFound };
    await call.end();
    return { ok: true, value: null };
  }

  /** Lets an upgraded socket look on at a call; one that ended meanwhile closes it. */
  attach(id: string, client: WebSocket): void {
    const call = this.#open.get(id);
    if (!call) return client.close();
    this.#sidebands.open += 1;
    this.#sidebands.total += 1;
    const sideband = call.attach(client, () => {
      this.#sidebands.open -= 1;
      leave();
    });
    const leave = this.#around.faults.enter(sideband);
  }

  stats(): CallStats {
    return {
      calls_open: this.#open.size,
      sockets_open: this.#sidebands.open,
      sockets_total: this.#sidebands.total,
      audio_ms_in: Math.round(this.#audioMs),
    };
  }

  /** Ends every call, and takes no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open.values()].map((call) => call.end()));
  }
}

/** No such call, or not any more. */
export const callNotFound: HttpRefusal = { ...notFound, message: 'There is no call with this id.' };
