/** The words a client may offer in `Sec-WebSocket-Protocol`, and what each asks for. */

/** Binary audio lane and `gateway.*` events. */
export const VOICE_SUBPROTOCOL = 'voxgate.v1';

/** JSON lane, as any Realtime SDK speaks it: no binary frame, no `gateway.*` event. */
export const REALTIME_SUBPROTOCOL = 'realtime';

/** How audio travels between browser and gateway. */
export type Lane = 'binary' | 'json';
