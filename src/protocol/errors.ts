/** The `error` event: the same shape Azure sends, so that every Realtime client already reads it. */

/**
 * Every code the gateway itself puts in an `error` event. The first five are Azure's own for the same mistakes, so that
 * a client needs one table; Azure's other codes pass through beside these.
 */
export const gatewayErrorCodes = [
  'invalid_json',
  'invalid_event',
  'invalid_value',
  'missing_required_parameter',
  'unknown_parameter',
  'invalid_audio',
  'audio_dropped',
  'not_ready',
  'session_locked',
  'session_expired',
  'frame_too_big',
  'too_many_refused_frames',
  'too_many_connections',
  'rate_limited',
  'budget_spent',
  'idle',
  'credential_expired',
  'invalid_credential',
  'ended_by_admin',
  'signed_out',
  'taken_over',
  'resume_refused',
  'upstream_refused',
  'upstream_lost',
  'upstream_unreachable',
] as const;

/** One of our own stable error codes. */
export type GatewayErrorCode = (typeof gatewayErrorCodes)[number];

/** What went wrong, before it is dressed as an event. `param` names the field, `cause` the client event's id. */
export interface Complaint {
  readonly code: GatewayErrorCode;
  readonly message: string;
  readonly param?: string;
  readonly cause?: string;
}

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

/** Dresses a complaint as an `error` event with the given id. */
export function errorEvent(complaint: Complaint, eventId: string): ErrorEvent {
  const isOurs = complaint.code.startsWith('upstream_');
  return {
    type: 'error',
    event_id: eventId,
    error: {
      type: isOurs ? 'server_error' : 'invalid_request_error',
      code: complaint.code,
      message: complaint.message,
      param: complaint.param ?? null,
      event_id: complaint.cause ?? null,
    },
  };
}
