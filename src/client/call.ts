/** The acting half of a call: owns the sound, the microphone, the speaker, and the way it takes, and does as told. */
import type { CallAction } from './actions.ts';
import { Gateway } from './gateway.ts';
import type { GatewayListener, Left, Means } from './gateway-listener.ts';
import type { Place } from './gateway-place.ts';
import { dialGateway } from './gateway-socket.ts';
import type { Handover } from './handover.ts';
import type { Heard } from './heard.ts';
import type { Link } from './link.ts';
import { isMicrophoneGranted, openMicrophone, type Microphone } from './microphone.ts';
import type { CallEvent } from './model.ts';
import { onNetworkNews } from './network-news.ts';
import { openByPeer } from './peer-way.ts';
import { problems } from './problems.ts';
import { signIn, signOut } from './sign-in.ts';
import { onSleep, openSound, type Sound } from './sound.ts';
import { openSpeaker, type Speaker } from './speaker.ts';
import { askForToken } from './token-source.ts';
import { chosenTransport } from './transport.ts';
import { runPageTool } from './page-tool.ts';
import type { SessionEnding } from './warnings.ts';

/** Where news goes. Levels are linear RMS and bypass the deciding half: they only move the picture. */
export interface CallListener {
  onEvent(event: CallEvent): void;
  onLevels(levels: { readonly user?: number; readonly assistant?: number }): void;
}

/** Everything one call holds. A field is null until it is open. */
interface Held {
  sound: Sound | null;
  speaker: Speaker | null;
  microphone: Microphone | null;
  link: Link | null;
  /** How far the speaker is. */
  heard: Heard;
}

function nothingHeld(): Held {
  return { sound: null, speaker: null, microphone: null, link: null, heard: { part: 0, heardMs: 0 } };
}

const means: Means = {
  dial: dialGateway,
  signIn,
  isOnline: () => navigator.onLine,
  random: Math.random,
};

/** Carries out actions. One call at a time: `close` ends it, and late news of it is not told. */
export class CallActor {
  readonly #listener: CallListener;
  #held: Held | null = null;

  constructor(listener: CallListener) {
    this.#listener = listener;
    navigator.mediaDevices?.addEventListener('devicechange', () => this.#onDeviceChange());
    onNetworkNews(() => this.#held?.link?.hurry());
  }

  /** Carries out one action. Never throws; what goes wrong comes back as an event. */
  perform(action: CallAction): void {
    switch (action.type) {
      case 'open':
        void this.#open(action.withMicrophone, action.conversationId);
        return;
      case 'reopen':
        void this.#reopen(action.handover);
        return;
      case 'close':
        this.#close();
        return;
      case 'sign-out':
        void this.#signOut();
        return;
      case 'renew':
        if (this.#held !== null) void this.#renew(this.#held, action.warning);
        return;
      case 'send':
        this.#held?.link?.send(action.event);
        return;
      case 'run-tool':
        if (this.#held !== null) void this.#runTool(this.#held, action);
        return;
      case 'play':
        this.#held?.speaker?.play(action.part, action.pcm);
        return;
      case 'finish':
        this.#held?.speaker?.finish(action.part);
        return;
      case 'flush':
        this.#held?.link?.hush();
        this.#held?.speaker?.flush();
        return;
      case 'hold':
      case 'resume':
        this.#held?.speaker?.[action.type]();
        return;
      case 'mute':
        this.#held?.microphone?.mute(action.isMuted);
        return;
      case 'open-microphone':
        if (this.#held !== null) void this.#openMicrophone(this.#held);
        return;
    }
  }

  /** What it takes to go on with the call in another page, and how far which answer was heard; null: nobody can. */
  handOn(): { readonly left: Left; readonly heard: Heard } | null {
    const left = this.#held?.link?.handOn() ?? null;
    return left === null || this.#held === null ? null : { left, heard: this.#held.heard };
  }

  /** Nothing is under way of what came so far. */
  settle(): void {
    this.#held?.link?.settle();
  }

  async #open(withMicrophone: boolean, conversationId: string | null): Promise<void> {
    const held = nothingHeld();
    this.#held = held;
    const [answer] = await Promise.all([signIn(), this.#openSound(held, withMicrophone)]);
    if (this.#held !== held) return;
    if (answer.name === 'refused') {
      this.#listener.onEvent({ type: 'failed', notice: answer.notice });
      return;
    }
    this.#listener.onEvent({ type: 'account', event: { type: 'signed-in', isGuest: answer.isGuest } });
    if (chosenTransport() === 'webrtc') this.#openPeer(held, conversationId);
    else this.#openGateway(held, conversationId);
  }

  /** The call is waited for: what must ask the person first comes later. */
  async #reopen(handover: Handover): Promise<void> {
    const held = nothingHeld();
    this.#held = held;
    await this.#openSound(held, false);
    if (this.#held !== held) return;
    this.#openGateway(held, handover);
    if (handover.microphone !== 'off' && !(await isMicrophoneGranted())) {
      // Whoever turns it on has touched the page, which wakes the sound too.
      this.#tell(held, { type: 'microphone-gone', problem: 'microphoneAway' });
      return;
    }
    if (handover.microphone !== 'off') await this.#openMicrophone(held);
    if (held.sound !== null) onSleep(held.sound, (problem) => this.#tell(held, { type: 'hint', problem }));
  }

  async #signOut(): Promise<void> {
    const event = { type: (await signOut()) ? 'signed-out' : 'sign-out-failed' } as const;
    this.#listener.onEvent({ type: 'account', event });
  }

  async #renew(held: Held, warning: SessionEnding): Promise<void> {
    const token = await askForToken();
    if (token === null) this.#tell(held, { type: 'not-renewed', warning, at: Date.now() });
    else held.link?.send({ type: 'gateway.auth', token });
  }

  async #runTool(
    held: Held,
    { callId, name, arguments: input }: Extract<CallAction, { type: 'run-tool' }>,
  ): Promise<void> {
    const output = await runPageTool(name, input);
    this.#tell(held, { type: 'tool-ran', callId, output });
  }

  async #openSound(held: Held, withMicrophone: boolean): Promise<void> {
    let sound: Sound;
    try {
      sound = await openSound();
    } catch {
      this.#tell(held, { type: 'failed', notice: problems.soundBlocked });
      return;
    }
    if (this.#held !== held) {
      await sound.close();
      return;
    }
    held.sound = sound;
    held.speaker = openSpeaker(sound.context, {
      onLevel: (assistant, heard) => {
        held.heard = heard;
        this.#listener.onLevels({ assistant });
      },
      onDropped: () => this.#tell(held, { type: 'hint', problem: 'answerTooLong' }),
      onEnded: (part) => this.#tell(held, { type: 'part-ended', part }),
      onFlushed: (heard) => this.#tell(held, { type: 'flushed', heard }),
    });
    if (withMicrophone) await this.#openMicrophone(held);
  }

  async #openMicrophone(held: Held): Promise<void> {
    if (held.sound === null || held.microphone !== null) return;
    const opened = await openMicrophone(held.sound.context, {
      onFrame: (pcm, user) => {
        held.link?.sendSound(pcm);
        this.#listener.onLevels({ user });
      },
      onHint: (problem) => this.#tell(held, { type: 'hint', problem }),
      onLost: () => this.#loseMicrophone(held),
    });
    if (this.#held !== held) {
      if (opened.name === 'open') opened.microphone.close();
      return;
    }
    if (opened.name === 'open') {
      held.microphone = opened.microphone;
      held.link?.speakBy(opened.microphone.track);
    }
    this.#tell(
      held,
      opened.name === 'open'
        ? { type: 'microphone-opened' }
        : { type: 'microphone-gone', problem: opened.problem },
    );
  }

  #openGateway(held: Held, place: Place): void {
    held.link = new Gateway(place, this.#listen(held), means);
  }

  #openPeer(held: Held, conversationId: string | null): void {
    void openByPeer(
      { conversationId, context: held.sound?.context ?? null },
      {
        ...this.#listen(held),
        onLevel: (assistant) => this.#listener.onLevels({ assistant }),
        onReady: (open) => {
          if (this.#held !== held) return;
          held.link = open();
          held.link.speakBy(held.microphone?.track ?? null);
        },
        onUnfit: (place, unsent) => {
          if (this.#held !== held) return;
          this.#openGateway(held, place);
          for (const event of unsent) held.link?.send(event);
        },
      },
      means,
    );
  }

  #listen(held: Held): GatewayListener {
    return {
      onEvent: (event) => this.#tell(held, { type: 'server', event, at: Date.now() }),
      onSound: (pcm) => this.#tell(held, { type: 'sound', pcm }),
      onDropped: () => this.#tell(held, { type: 'hint', problem: 'uplinkTooSlow' }),
      onSilence: () => this.#tell(held, { type: 'failed', notice: problems.tooSlow }),
      onAway: (code, reason) => this.#tell(held, { type: 'away', code, reason }),
      onBack: (way, lost) => this.#tell(held, { type: 'back', way, lost }),
      onRefused: ({ notice }) => this.#tell(held, { type: 'failed', notice }),
      onClose: (code, reason) => this.#tell(held, { type: 'closed', code, reason, at: Date.now() }),
    };
  }

  #loseMicrophone(held: Held): void {
    held.link?.speakBy(null);
    held.microphone?.close();
    held.microphone = null;
    this.#listener.onLevels({ user: 0 });
    this.#tell(held, { type: 'microphone-gone', problem: 'microphoneLost' });
  }

  /** Something was plugged in: a microphone that was lost may be back. */
  #onDeviceChange(): void {
    if (this.#held !== null) this.#listener.onEvent({ type: 'devices-changed' });
  }

  #close(): void {
    const held = this.#held;
    this.#held = null;
    if (held === null) return;
    held.link?.close();
    held.microphone?.close();
    held.speaker?.close();
    void held.sound?.close();
    this.#listener.onLevels({ user: 0, assistant: 0 });
  }

  #tell(held: Held, event: CallEvent): void {
    if (this.#held === held) this.#listener.onEvent(event);
  }
}
