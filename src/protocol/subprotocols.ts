/** The words a client may offer in `Sec-WebSocket-Protocol`, and what each asks for. */

/** Binary audio lane and `gateway.*` events. */
export const VOICE_SUBPROTOCOL = 'voxgate.v1';

/** JSON lane, as any Realtime SDK speaks it: no binary frame, no `gateway.*` event. */
export const REALTIME_SUBPROTOCOL = 'realtime';

/** The events of a chat. Without it a client is taken for one of the older backends', which know `text_delta` and `text_response`. */
export const CHAT_SUBPROTOCOL = 'voxgate.chat.v1';

/** How audio travels between browser and gateway. */
export type Lane = 'binary' | 'json';

/** Whose words a client speaks: today's, or those of the wire before GA. */
export type Wire = 'ga' | 'preview';
