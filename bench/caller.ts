/** One call as the bench makes it: opened once, then frame after frame. */
import { once } from 'node:events';
import { type RawData, WebSocket } from 'ws';
import { REALTIME_SUBPROTOCOL, VOICE_SUBPROTOCOL, type Lane } from '../src/protocol/subprotocols.ts';

const OPEN_MS = 10_000;

/** 20 ms of PCM16 at 24 kHz, mono. */
const FRAME_BYTES = 960;

/** A hiss rather than silence, so that nothing on the way could make it smaller. */
const SOUND = Buffer.from(Array.from({ length: FRAME_BYTES }, (_, index) => (index * 7919) % 251));
const APPEND = JSON.stringify({ type: 'input_audio_buffer.append', audio: SOUND.toString('base64') });
const DELTA = Buffer.from('{"type":"response.output_audio.delta"');

/** Where a call goes. `hasGateway`: the first frames are a gateway's business and not the caller's. */
export interface Destination {
  readonly url: string;
  readonly lane: Lane;
  readonly hasGateway: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** One open call. */
export interface Caller {
  /** Sends one frame of 20 ms. */
  readonly sendFrame: () => void;
  /** Told each time a frame of sound comes back. */
  onFrame: () => void;
  /** Rejects when the call ends before it is closed: what was being measured will never come back. */
  readonly broken: Promise<never>;
  readonly close: () => void;
}

/** Opens a call and returns when a frame that is sent would be answered. Rejects after 10 s. */
export async function openCall({ url, lane, hasGateway, headers }: Destination): Promise<Caller> {
  const subprotocol = lane === 'binary' ? VOICE_SUBPROTOCOL : REALTIME_SUBPROTOCOL;
  const socket = new WebSocket(url, hasGateway ? [subprotocol] : [], { headers, perMessageDeflate: false });
  const signal = AbortSignal.timeout(OPEN_MS);
  const announced = Promise.withResolvers<void>();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  const caller: Caller = {
    sendFrame: () => socket.send(lane === 'binary' ? SOUND : APPEND),
    onFrame: () => undefined,
    broken: broken.promise,
    close: () => socket.close(1000),
  };
  socket.on('message', (data, isBinary) => {
    if (isSound(data, { isBinary, lane })) caller.onFrame();
    else if (isAnnouncement(data)) announced.resolve();
  });
  socket.on('close', (code, reason) => {
    broken.reject(new Error(`${url} closed with ${code} ${reason.toString()}`));
  });
  await once(socket, 'open', { signal });
  if (!hasGateway) socket.send('{"type":"session.update","session":{"type":"realtime"}}');
  const expired = once(signal, 'abort').then(() => {
    throw new Error(`${url} announced no audio within ${OPEN_MS} ms`);
  });
  await Promise.race([announced.promise, broken.promise, expired]);
  return caller;
}

function isSound(data: RawData, { isBinary, lane }: { isBinary: boolean; lane: Lane }): boolean {
  if (lane === 'binary') return isBinary;
  return Buffer.isBuffer(data) && data.subarray(0, DELTA.length).equals(DELTA);
}

function isAnnouncement(data: RawData): boolean {
  return Buffer.isBuffer(data) && data.includes('"response.content_part.added"');
}
