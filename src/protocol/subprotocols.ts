/** The words a client may offer in `Sec-WebSocket-Protocol`, and what each asks for. */

/** Binary audio lane and `gateway.*` events. */
export const VOICE_SUBPROTOCOL = 'voxgate.v1';

/** JSON lane, as any Realtime SDK speaks it: no binary frame, no `gateway.*` event. */
export const REALTIME_SUBPROTOCOL = 'realtime';

/** The events of a chat. Without it a client is taken for one of the older backends', which know `text_delta` and `text_response`. */
export const CHAT_SUBPROTOCOL = 'voxgate.chat.v1';

/** Offered beside `voxgate.v1`, with a token behind it: goes on with a call. It is never answered. */
export const RESUME_SUBPROTOCOL = 'voxgate.resume.';

/** How audio travels between browser and gateway; over WebRTC it passes the gateway by. */
export type Lane = 'binary' | 'json' | 'webrtc';

/** Whether a client of this lane is told what the gateway itself has to say. */
export function knowsGateway(lane: Lane): boolean {
  return lane !== 'json';
}

/** Whose words a client speaks: today's, or those of the wire before GA. */
export type Wire = 'ga' | 'preview';
