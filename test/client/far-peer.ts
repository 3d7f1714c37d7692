/** A call by WebRTC whose far ends a test moves: Azure's connection, and the gateway's socket beside it. */
import { vi } from 'vitest';
import { Gateway } from '../../src/client/gateway.ts';
import type { Answered } from '../../src/client/peer/call-door.ts';
import type { ConnectionListener, PeerConnection } from '../../src/client/peer/peer-connection.ts';
import type { PeerListener, Unfit } from '../../src/client/peer/peer-listener.ts';
import { Peer } from '../../src/client/peer/peer.ts';
import { isRemembered, parseServerEvent, type ServerEvent } from '../../src/client/server-events.ts';
import { ScriptedGateway } from './scripted-gateway.ts';

export const answered = {
  name: 'answered',
  sdp: 'v=0',
  place: '/api/calls/vs_1',
  conversationId: 'conv_1',
} as const satisfies Answered;

export class Far {
  /** What the page was told, as words; and its events, whole. */
  readonly told: string[] = [];
  readonly events: ServerEvent[] = [];
  /** The types of what went up by the channel. */
  readonly sent: string[] = [];
  readonly hungUp: string[] = [];
  readonly asked: (string | null)[] = [];
  readonly gateway = new ScriptedGateway();
  isHeard = true;
  isClosed = false;
  #listener: ConnectionListener | null = null;
  readonly peer: Peer;

  constructor(answer: Answered = answered, acceptable = true) {
    const connection: PeerConnection = {
      offer: () => Promise.resolve('v=0'),
      accept: () => (acceptable ? Promise.resolve() : Promise.reject(new Error('This is no answer'))),
      send: (text) => void this.sent.push((JSON.parse(text) as { type: string }).type),
      speakBy: () => {},
      listen: (isHeard) => {
        this.isHeard = isHeard;
      },
      close: () => {
        this.isClosed = true;
      },
    };
    const means = {
      dial: this.gateway.dial,
      signIn: () => Promise.resolve({ name: 'in', isGuest: true } as const),
      isOnline: () => true,
      random: () => 0.5,
    };
    this.peer = new Peer('conv_0', this.#page(), {
      connect: (listener) => {
        this.#listener = listener;
        return connection;
      },
      post: (_sdp, conversationId) => {
        this.asked.push(conversationId);
        return Promise.resolve(answer);
      },
      hangUp: (place) => {
        this.hungUp.push(place);
        return Promise.resolve();
      },
      openBeside: (beside, listener) => new Gateway({ beside }, listener, means),
      isRemembered,
      read: parseServerEvent,
    });
  }

  /** A call whose channel is open; nothing comes of the socket beside it. */
  static async alone(): Promise<Far> {
    const far = new Far();
    far.gateway.isThere = false;
    await far.passes(0);
    far.gateway.cut();
    far.does('onOpen');
    far.take();
    return far;
  }

  /** A call whose channel is open, and the socket beside it stands. */
  static async open(): Promise<Far> {
    const far = new Far();
    await far.passes(0);
    far.gateway.carry();
    far.does('onOpen');
    far.take();
    return far;
  }

  does(what: 'onOpen' | 'onOver'): void {
    this.#listener?.[what]();
  }

  network(state: 'there' | 'away' | 'gone'): void {
    this.#listener?.onNetwork(state);
  }

  /** Azure says it on the channel. */
  says(event: Readonly<Record<string, unknown>>): void {
    this.#listener?.onText(JSON.stringify(event));
  }

  /** The gateway says it by the socket beside. */
  tells(event: Readonly<Record<string, unknown>>): void {
    this.gateway.say(event);
    this.gateway.carry();
  }

  /** The types of what went up by the socket beside and has arrived, without pings. */
  up(): readonly string[] {
    this.gateway.carry();
    return this.gateway.heard
      .map((frame) => (typeof frame === 'string' ? (JSON.parse(frame) as { type: string }).type : 'sound'))
      .filter((type) => type !== 'gateway.ping');
  }

  /** The socket beside is lost, and comes back. */
  async comesBack(): Promise<void> {
    await this.passes(0);
    this.gateway.carry();
    this.gateway.carry();
  }

  async passes(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  take(): readonly string[] {
    this.events.splice(0);
    return this.told.splice(0);
  }

  #page(): PeerListener {
    const note = (...words: readonly unknown[]): void => void this.told.push(words.join(' ').trim());
    return {
      onEvent: (event) => {
        this.events.push(event);
        note(event.type);
      },
      onAway: () => note('away'),
      onBack: (way, { hasWords }) => note('back', way, hasWords ? 'with words lost' : ''),
      onLevel: () => {},
      onRefused: ({ status }) => note('refused', status),
      onOver: ({ ended, ...rest }) => {
        if (ended === null) note('over');
        else note('over', rest.conversationId, ended.code, ended.reason, ...leftOf(rest));
      },
      onUnfit: ({ wasOpen, ...rest }) => note('unfit', rest.conversationId, wasOpen, ...leftOf(rest)),
    };
  }
}

/** What goes on in another call, and what may have got lost. */
function leftOf({ unsent, hasLostWords }: Pick<Unfit, 'unsent' | 'hasLostWords'>): readonly string[] {
  return [...unsent.map(({ type }) => type), ...(hasLostWords ? ['with words lost'] : [])];
}
