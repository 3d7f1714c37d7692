/** The events that only Voxgate speaks, on the `voxgate.v1` lane. */

/** What this user may do at once; later limits join here. */
export interface SessionLimits {
  readonly connections: number;
}

/** First frame of every call: who this session is and how audio travels. `expires_at` is in Unix seconds. */
export interface GatewaySession {
  readonly type: 'gateway.session';
  readonly session_id: string;
  readonly audio: 'binary' | 'json';
  readonly limits: SessionLimits;
  readonly expires_at: number;
}

/** Answer to `gateway.ping`; `upstream_ms` is null while the round trip to Azure is unknown. */
export interface GatewayPong {
  readonly type: 'gateway.pong';
  readonly upstream_ms: number | null;
}

/** Something the person or developer should know and that did not end the call. */
export interface GatewayWarning {
  readonly type: 'gateway.warning';
  readonly code: 'audio_dropped';
  readonly message: string;
  /** Milliseconds of sound that did not reach Azure. */
  readonly dropped_ms: number;
}

/** Gateway to browser. */
export type GatewayEvent = GatewaySession | GatewayPong | GatewayWarning;
