/** The WebRTC end of a call: answers an offer on loopback, hears and speaks PCMU, carries text on data channels. */
import {
  MediaStreamTrack,
  type RTCDataChannel,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  RtpPacket,
} from 'werift';

import { type AudioReader, type AudioWriter, createReader, createWriter } from '../realtime/audio-codec.ts';
import { PacketOrder } from './packet-order.ts';

const HOST = '127.0.0.1';

/** Without a server the library asks a public one, and waits 5 s for it; nobody listens at this one, and nothing leaves. */
const NO_STUN = `stun:${HOST}:9`;
const STUN_PATIENCE_SECONDS = 0.001;

/** One frame each way: 20 ms, the packet time every browser uses for G.711. */
export const FRAME_MS = 20;

/** The sound of one frame before it is encoded: PCM16 at 24 kHz. */
export const FRAME_BYTES = 960;

const PCMU_PAYLOAD_TYPE = 0;
const SAMPLES_PER_PACKET = 160;
const TELEPHONE_RATE_HZ = 8_000;
const SEQUENCE_NUMBERS = 2 ** 16;
const TIMESTAMPS = 2 ** 32;

/** What Chromium takes in one message as well. */
const LARGEST_MESSAGE_BYTES = 262_144;

/** What happens at the other end. After `onEnd`, which comes once, nothing does. */
export interface PeerHandlers {
  readonly onConnected: () => void;
  readonly onChannelOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onBinary: () => void;
  /** Samples at 24 kHz, as fast as they are spoken. */
  readonly onSound: (samples: Int16Array) => void;
  readonly onEnd: () => void;
}

/** An answer and who gave it, or why an offer cannot be answered. */
export type Answered =
  | { readonly ok: true; readonly peer: MediaPeer; readonly answer: string }
  | { readonly ok: false; readonly message: string };

/** Answers an offer. Never rejects for what an offer says. */
export async function answerOffer(offer: string, handlers: PeerHandlers): Promise<Answered> {
  const problem = findProblem(offer);
  if (problem !== null) return { ok: false, message: problem };
  const connection = new RTCPeerConnection({
    codecs: { audio: [pcmu()], video: [] },
    iceServers: [{ urls: NO_STUN }],
    iceStunGatherTimeout: STUN_PATIENCE_SECONDS,
    iceInterfaceAddresses: { udp4: HOST },
    iceAdditionalHostAddresses: [HOST],
    iceUseIpv6: false,
    iceUseTcp: false,
    iceTcpPassive: false,
    maxMessageSize: LARGEST_MESSAGE_BYTES,
  });
  const peer = new MediaPeer(connection, handlers);
  try {
    await connection.setRemoteDescription({ type: 'offer', sdp: withoutNames(offer) });
    await peer.speakOn();
    await connection.setLocalDescription(await connection.createAnswer());
    const answer = connection.localDescription?.sdp;
    if (answer === undefined) throw new Error('An answer was expected');
    return { ok: true, peer, answer: onlyLoopback(answer) };
  } catch {
    await peer.close();
    return { ok: false, message: 'The SDP offer cannot be answered.' };
  }
}

/** The connection of one call. */
export class MediaPeer {
  readonly #connection: RTCPeerConnection;
  readonly #handlers: PeerHandlers;
  readonly #channels = new Set<RTCDataChannel>();
  readonly #voice = new MediaStreamTrack({ kind: 'audio' });
  readonly #writer: AudioWriter = createWriter({ type: 'audio/pcmu' });
  readonly #reader: AudioReader = createReader({ type: 'audio/pcmu' });
  readonly #order = new PacketOrder();
  #packets = 0;
  #isEnded = false;

  constructor(connection: RTCPeerConnection, handlers: PeerHandlers) {
    this.#connection = connection;
    this.#handlers = handlers;
    connection.onDataChannel.subscribe((channel) => this.#take(channel));
    connection.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        if (!this.#isEnded && header.payloadType === PCMU_PAYLOAD_TYPE) {
          const sound = this.#order.next({ timestamp: header.timestamp, payload });
          handlers.onSound(this.#reader.read(sound));
        }
      });
    });
    connection.connectionStateChange.subscribe((state) => {
      if (state === 'connected') handlers.onConnected();
      if (state === 'failed' || state === 'closed') this.#end();
    });
  }

  /** Puts our voice on the track that was offered. */
  async speakOn(): Promise<void> {
    const [transceiver] = this.#connection.getTransceivers();
    if (!transceiver) return;
    transceiver.setDirection('sendrecv');
    await transceiver.sender.replaceTrack(this.#voice);
  }

  /** Sends one frame of sound, `FRAME_BYTES` long. */
  speak(sound: Buffer): void {
    const header = new RtpHeader({
      payloadType: PCMU_PAYLOAD_TYPE,
      marker: this.#packets === 0,
      sequenceNumber: this.#packets % SEQUENCE_NUMBERS,
      timestamp: (this.#packets * SAMPLES_PER_PACKET) % TIMESTAMPS,
    });
    this.#packets += 1;
    this.#voice.writeRtp(new RtpPacket(header, this.#writer.write(sound)));
  }

  /** Sends text on every open channel. */
  tell(text: string): void {
    for (const channel of this.#channels) {
      try {
        channel.send(text);
      } catch {
        // Closed a moment ago, or larger than the other end takes: as on a real network, nobody hears it.
      }
    }
  }

  /** Ends the connection; the other end sees its channels close. Resolves when its ports are free. */
  async close(): Promise<void> {
    this.#isEnded = true;
    await this.#connection.close();
  }

  #take(channel: RTCDataChannel): void {
    channel.onMessage.subscribe((data) => {
      if (this.#isEnded) return;
      if (typeof data === 'string') this.#handlers.onText(data);
      else this.#handlers.onBinary();
    });
    const follow = (state: RTCDataChannel['readyState']): void => {
      if (state === 'open' && !this.#channels.has(channel)) {
        this.#channels.add(channel);
        this.#handlers.onChannelOpen();
      }
      // Whoever closes a connection closes its channels first; ICE alone would notice half a minute later.
      if (state === 'closed' && this.#channels.delete(channel) && this.#channels.size === 0) this.#end();
    };
    channel.stateChanged.subscribe(follow);
    follow(channel.readyState);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#handlers.onEnd();
  }
}

function pcmu(): RTCRtpCodecParameters {
  return new RTCRtpCodecParameters({
    mimeType: 'audio/PCMU',
    clockRate: TELEPHONE_RATE_HZ,
    channels: 1,
    payloadType: PCMU_PAYLOAD_TYPE,
  });
}

function findProblem(offer: string): string | null {
  if (!offer.startsWith('v=0')) return 'The body must be an SDP offer.';
  const audio = /^m=audio \d+ \S+ (?<types>[\d ]+)/m.exec(offer);
  if (!audio) return 'The SDP offer must have an audio section.';
  const types = audio.groups?.['types']?.trim().split(' ') ?? [];
  if (!types.includes(`${PCMU_PAYLOAD_TYPE}`))
    return 'The SDP offer must offer PCMU, which is all this end speaks.';
  if (!/^a=fingerprint:/m.test(offer) || !/^a=ice-ufrag:/m.test(offer)) {
    return 'The SDP offer must have a fingerprint and ICE credentials.';
  }
  return null;
}

/** A browser may hide its addresses behind names that only multicast could resolve: it is on this machine anyway. */
function withoutNames(offer: string): string {
  return offer.replaceAll(/ \S+\.local /g, ` ${HOST} `);
}

/** The library names every interface, though its sockets are bound to loopback alone. */
function onlyLoopback(answer: string): string {
  const lines = answer.split('\r\n');
  return lines.filter((line) => !line.startsWith('a=candidate:') || line.includes(` ${HOST} `)).join('\r\n');
}
