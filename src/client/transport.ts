/** The way that calls take from this browser, as the person chose it. */
import { has, mark } from './marks.ts';

/** A socket keeps a call through a reload and lets a cough pass; WebRTC is at its best where packets get lost. */
export type Transport = 'websocket' | 'webrtc';

const BY_WEBRTC = 'voxgate-webrtc';

/** The way that was chosen; a socket unless told. A browser without WebRTC has no choice. */
export function chosenTransport(): Transport {
  return has(BY_WEBRTC) && 'RTCPeerConnection' in globalThis ? 'webrtc' : 'websocket';
}

/** Remembers it; the next call goes that way. */
export function chooseTransport(transport: Transport): void {
  mark(BY_WEBRTC, transport === 'webrtc' ? 'set' : 'remove');
}
