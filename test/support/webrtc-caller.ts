/** A browser's side of a WebRTC call, in Node: a microphone that never stops, ears, and a data channel. */
import {
  MediaStreamTrack,
  type RTCDataChannel,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  RtpPacket,
} from 'werift';

import { compress, expand } from '../../emulator/realtime/g711.ts';
import { resample } from '../../src/audio/resample.ts';
import type { Received } from './realtime-client.ts';

const HOST = '127.0.0.1';

/** Without a server the library asks a public one, and waits 5 s for it; nobody listens at this one, and nothing leaves. */
const NO_STUN = `stun:${HOST}:9`;
const STUN_PATIENCE_SECONDS = 0.001;
const DEFAULT_WAIT_MS = 4_000;
const PACKET_SAMPLES = 160;

/** What browsers take in one message. */
const LARGEST_MESSAGE_BYTES = 262_144;

/** How many packets go out in one turn of the event loop: a socket buffer holds them all. */
const BURST_PACKETS = 20;

/** Louder than this (RMS in steps of 16 bit) is a voice. */
const VOICE_LOUDNESS = 200;

/** A peer that has made its offer and waits for the answer. */
export interface Offer {
  readonly sdp: string;
  /** Takes the answer and resolves when the data channel is open. */
  readonly accept: (answer: string) => Promise<RtcCaller>;
  /** Gives up. */
  readonly withdraw: () => Promise<void>;
}

/** Makes an offer as a browser does: a microphone, PCMU among its codecs, and a data channel of this label. */
export async function makeOffer(label = 'realtime-channel'): Promise<Offer> {
  const connection = new RTCPeerConnection({
    codecs: { audio: [codec('audio/opus', 111, 48_000), codec('audio/PCMU', 0, 8_000)], video: [] },
    bundlePolicy: 'max-bundle',
    iceServers: [{ urls: NO_STUN }],
    iceStunGatherTimeout: STUN_PATIENCE_SECONDS,
    iceInterfaceAddresses: { udp4: HOST },
    iceAdditionalHostAddresses: [HOST],
    iceUseIpv6: false,
    iceUseTcp: false,
    iceTcpPassive: false,
    maxMessageSize: LARGEST_MESSAGE_BYTES,
  });
  const microphone = new MediaStreamTrack({ kind: 'audio' });
  connection.addTrack(microphone);
  const channel = connection.createDataChannel(label);
  const caller = new RtcCaller(connection, microphone, channel);
  await connection.setLocalDescription(await connection.createOffer());
  return {
    sdp: connection.localDescription?.sdp ?? '',
    accept: async (answer) => {
      await connection.setRemoteDescription({ type: 'answer', sdp: answer });
      await caller.connected();
      return caller;
    },
    withdraw: () => connection.close(),
  };
}

/** One caller. Every event is kept, in order, and handed out once. */
export class RtcCaller {
  readonly channel: RTCDataChannel;
  /** Every event so far. */
  readonly received: Received[] = [];
  /** Loudness of every packet heard so far, one per 20 ms. */
  readonly heard: number[] = [];
  readonly #connection: RTCPeerConnection;
  readonly #microphone: MediaStreamTrack;
  #packets = 0;
  #read = 0;
  readonly #waiting = new Set<() => void>();

  constructor(connection: RTCPeerConnection, microphone: MediaStreamTrack, channel: RTCDataChannel) {
    this.#connection = connection;
    this.#microphone = microphone;
    this.channel = channel;
    channel.onMessage.subscribe((data) => {
      this.received.push(toReceived(data.toString()));
      this.#wake();
    });
    channel.stateChanged.subscribe(() => this.#wake());
    connection.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(({ payload }) => {
        this.heard.push(loudnessOf(payload));
        this.#wake();
      });
    });
  }

  /** Resolves when the data channel is open. */
  connected(): Promise<void> {
    return this.#wait('a channel', () => this.channel.readyState === 'open');
  }

  /** Resolves when the data channel is closed, which is how the end of a call shows. */
  ended(): Promise<void> {
    return this.#wait('the end of the call', () => this.channel.readyState === 'closed');
  }

  /** Resolves when a voice has been heard for this long in all, and counts it from now. */
  hearsVoice(forMs: number): Promise<void> {
    const from = this.heard.length;
    const loud = (): number => this.heard.slice(from).filter((one) => one > VOICE_LOUDNESS).length;
    return this.#wait(`${forMs} ms of voice`, () => loud() * 20 >= forMs);
  }

  /** Reads up to and including the next event of this type, and returns that one. */
  async until(type: string): Promise<Received> {
    return (await this.allUntil(type)).at(-1) ?? { type };
  }

  /** Reads up to and including the next event of this type, and returns all of them. */
  async allUntil(type: string): Promise<Received[]> {
    const find = (): number =>
      this.received.findIndex((event, at) => at >= this.#read && event.type === type);
    await this.#wait(type, () => find() >= 0);
    const events = this.received.slice(this.#read, find() + 1);
    this.#read += events.length;
    return events;
  }

  /** The first event of this type, read already or still to come; reads nothing. */
  async saw(type: string): Promise<Received> {
    const find = (): Received | undefined => this.received.find((event) => event.type === type);
    await this.#wait(type, () => find() !== undefined);
    return find() ?? { type };
  }

  /** Sends one event. */
  send(event: object): void {
    this.channel.send(JSON.stringify(event));
  }

  /** Says samples (24 kHz) into the microphone, faster than life: the listener's clock is what it hears. */
  async says(samples: Int16Array): Promise<void> {
    const floats = Float32Array.from(samples, (sample) => sample / 32_768);
    const codes = Buffer.from(
      resample(floats, 24_000, 8_000).map((sample) => compress(Math.round(sample * 32_000), 'audio/pcmu')),
    );
    for (let at = 0; at + PACKET_SAMPLES <= codes.length; at += PACKET_SAMPLES) {
      this.#microphone.writeRtp(this.#packet(codes.subarray(at, at + PACKET_SAMPLES)));
      if (this.#packets % BURST_PACKETS === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Ends the call as closing a page does. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  #packet(payload: Buffer): RtpPacket {
    const header = new RtpHeader({
      payloadType: 0,
      sequenceNumber: this.#packets % 65_536,
      timestamp: this.#packets * PACKET_SAMPLES,
    });
    this.#packets += 1;
    return new RtpPacket(header, payload);
  }

  #wake(): void {
    for (const goOn of this.#waiting) goOn();
    this.#waiting.clear();
  }

  async #wait(wanted: string, isThere: () => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const types = this.received.map((event) =>
          event.type === 'error' ? JSON.stringify(event) : event.type,
        );
        reject(new Error(`Waited ${DEFAULT_WAIT_MS} ms for ${wanted}: received [${types.join(', ')}]`));
      }, DEFAULT_WAIT_MS);
    });
    try {
      while (!isThere()) {
        await Promise.race([new Promise<void>((resolve) => this.#waiting.add(resolve)), expired]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

function toReceived(text: string): Received {
  try {
    return JSON.parse(text) as Received;
  } catch {
    return { type: 'not json', text };
  }
}

function codec(mimeType: string, payloadType: number, clockRate: number): RTCRtpCodecParameters {
  const channels = mimeType === 'audio/opus' ? 2 : 1;
  return new RTCRtpCodecParameters({ mimeType, payloadType, clockRate, channels });
}

function loudnessOf(payload: Buffer): number {
  let sum = 0;
  for (const code of payload) sum += expand(code, 'audio/pcmu') ** 2;
  return Math.sqrt(sum / Math.max(1, payload.length));
}
