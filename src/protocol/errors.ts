/** The `error` event: the same shape Azure sends, so that every Realtime client already reads it. */

/** Every code the gateway itself puts in an `error` event. Azure's own codes pass through beside these. */
export const gatewayErrorCodes = [
  'invalid_json',
  'invalid_event',
  'invalid_audio',
  'event_not_allowed',
  'session_locked',
  'frame_too_big',
  'kept_sending_refused_frames',
  'too_many_connections',
  'signed_out',
  'upstream_refused',
  'upstream_lost',
  'upstream_unreachable',
] as const;

/** One of our own stable error codes. */
export type GatewayErrorCode = (typeof gatewayErrorCodes)[number];

/** An `error` event in the GA shape. `event_id` inside `error` names the client event that caused it, or is null. */
export interface ErrorEvent {
  readonly type: 'error';
  readonly event_id: string;
  readonly error: {
    readonly type: 'invalid_request_error' | 'server_error';
    readonly code: GatewayErrorCode;
    readonly message: string;
    readonly param: string | null;
    readonly event_id: string | null;
  };
}
