/** The events that only Voxgate speaks, on the `voxgate.v1` lane. */

/** What this user may do. A daily limit that nobody set is null. Days are UTC. */
export interface UserLimits {
  readonly connections: number;
  readonly requests_per_minute: number;
  readonly daily_tokens: number | null;
  readonly daily_usd: number | null;
  readonly daily_voice_minutes: number | null;
  readonly idle_minutes: number;
  readonly session_minutes: number;
}

/**
 * First frame of every call, and sent again when `gateway.auth` was taken: who this session is and how audio travels.
 * `expires_at`, in Unix seconds, is when the session ends unless it is renewed: at its longest time, or when the
 * credential runs out, whatever comes first.
 */
export interface GatewaySession {
  readonly type: 'gateway.session';
  readonly session_id: string;
  /** Brings a browser that was lost back to this call, once: offered as `voxgate.resume.TOKEN`. */
  readonly resume_token: string;
  /** The conversation that this call writes into, as `/api/conversations` and `?conversation=` know it. */
  readonly conversation_id: string;
  /** `webrtc`: sound goes to Azure by itself, and this socket tells what else there is to tell. */
  readonly audio: 'binary' | 'json' | 'webrtc';
  readonly limits: UserLimits;
  readonly expires_at: number;
}

/**
 * First frame to a browser that came back; a frame like any other when it counts what it got. `complete`: it misses nothing
 * of what was said meanwhile.
 */
export interface GatewayResumed {
  readonly type: 'gateway.resumed';
  readonly continuity: 'complete' | 'restored';
  /** The next. */
  readonly resume_token: string;
  /** How many frames of the browser arrived, over all its sockets. */
  readonly received: number;
  /** How many frames follow that were said before. */
  readonly replayed: number;
}

/** Answer to `gateway.ping`; `upstream_ms` is null while the round trip to Azure is unknown. */
export interface GatewayPong {
  readonly type: 'gateway.pong';
  readonly upstream_ms: number | null;
}

/** What is left of a day's budgets; null where there is none. */
export interface Remaining {
  readonly tokens: number | null;
  readonly seconds: number | null;
  readonly usd: number | null;
}

/**
 * What was just paid for, and the day so far, over all of this user's sessions. `seconds` are seconds of call; tokens
 * are the sum of what Azure reported.
 */
export interface DayCost {
  readonly turn: { readonly tokens: number; readonly seconds: number; readonly usd: number };
  readonly today: {
    readonly tokens: number;
    readonly seconds: number;
    readonly usd: number;
    readonly remaining: Remaining;
  };
}

/** Something was paid for. */
export interface GatewayUsage extends DayCost {
  readonly type: 'gateway.usage';
}

/** A budget a day can have. */
export type BudgetName = 'tokens' | 'usd' | 'voice_minutes';

/** Something the person or developer should know and that did not end the call. */
export type GatewayWarning = { readonly type: 'gateway.warning'; readonly message: string } & (
  | {
      readonly code: 'audio_dropped';
      /** Milliseconds of sound that did not reach Azure. */
      readonly dropped_ms: number;
    }
  | {
      /** Sound came faster than it may, and waits its turn. */
      readonly code: 'audio_held_back';
      readonly held_ms: number;
    }
  | {
      /** At 95 % the talk goes on in writing. */
      readonly code: 'budget_80' | 'budget_95';
      readonly budget: BudgetName;
      /** From 0 to 1. */
      readonly used_share: number;
      /** When the day begins anew, in Unix seconds. */
      readonly resets_at: number;
    }
  | {
      /** An event went up without fields that the operator decides about, or that are none. */
      readonly code: 'fields_left_out';
      /** Their dotted names, at most eight. */
      readonly fields: readonly string[];
    }
  | {
      readonly code: 'sound_missed';
      /** Milliseconds of sound that came while nobody was there and could not be kept. */
      readonly missed_ms: number;
    }
  | {
      /** Sound waited too long for a connection that does not keep up, and was left out. */
      readonly code: 'slow_reader';
      readonly missed_ms: number;
    }
  | {
      /** Azure broke in the middle of the call, and another session is looked for: `gateway.upstream.renewed`, or the end, follows. */
      readonly code: 'upstream_lost';
    }
  | {
      readonly code: 'session_ending';
      /** `credential`: renew it with `gateway.auth`. `idle`: say something. */
      readonly reason: 'longest' | 'idle' | 'credential';
      /** Unix seconds. */
      readonly ends_at: number;
    }
);

/**
 * The call has another session of Azure's, which was told what was said before: `lost`, the last one broke; `expiry`, its
 * time was nearly over. `gap_ms`: for so long nobody heard what came up; it waited, and goes up now.
 */
export interface GatewayUpstreamRenewed {
  readonly type: 'gateway.upstream.renewed';
  readonly reason: 'lost' | 'expiry';
  readonly gap_ms: number;
}

/** How far a tool has come that the gateway carries out. `failed`: it broke, took too long, or nobody waited for it any more. */
export type ToolProgress = 'running' | 'done' | 'failed';

/** A tool of the gateway's is at work, for who asked to be told by `?trace=tools`: neither what it is given nor what it says. */
export interface GatewayTool {
  readonly type: 'gateway.tool';
  readonly call_id: string;
  /** The item of the call, as the conversation remembers it. */
  readonly item_id: string;
  readonly name: string;
  readonly state: ToolProgress;
}

/** The gateway goes, and another comes: leave, and come back with the token after so many milliseconds, not before. */
export interface GatewayDrain {
  readonly type: 'gateway.drain';
  readonly after_ms: number;
}

/** Gateway to browser. */
export type GatewayEvent =
  | GatewaySession
  | GatewayResumed
  | GatewayPong
  | GatewayUsage
  | GatewayUpstreamRenewed
  | GatewayDrain
  | GatewayTool
  | GatewayWarning;
