/** What one session is given: the choices of whoever started the emulator, and how this session is to misbehave. */
import type { Behaviour } from '../deployments.ts';
import type { Voice } from '../voice/voice.ts';
import type { ReadFrame } from './client-events.ts';
import type { Emit } from './server-events.ts';
import type { SessionConfig, SessionIdentity } from './session-config.ts';
import type { SessionKind } from './transcription-session.ts';

/** Choices where Azure itself was seen both ways, and speeds for tests. */
export interface Dialect {
  /** Multiplies every wait of an answer: 1 is Azure's pace, 5 real time, 0 as fast as possible. */
  readonly pace: number;
  /** From `response.created` to the first piece of an answer, in ms at pace 1. */
  readonly thinkMs: number;
  /** Whether `rate_limits.updated` follows `response.done`. */
  readonly rateLimits: 'after' | 'none';
  /** `silent` is Azure's: turns are found, but no `speech_started` is sent and nothing is interrupted. */
  readonly semanticVad: 'silent' | 'full';
}

/** One session's surroundings. */
export interface SessionOptions {
  readonly identity: SessionIdentity;
  /** What is in force from the start, as an ephemeral key may bring it; absent: the defaults. */
  readonly startsWith?: SessionConfig;
  readonly dialect: Dialect;
  readonly voice: Voice;
  readonly emit: Emit;
  /** Called with the milliseconds of every append. */
  readonly onAudio: (ms: number) => void;
  /** True: the response that is about to start fails with a rate limit. Asked once per response. */
  readonly failsNextResponse: () => boolean;
  /** True: every `session.update` is refused. */
  readonly rejectsUpdates: boolean;
  /** How the deployment behaves where that shows inside a session; absent: ordinarily. */
  readonly behaviour?: Behaviour;
  /** Whether it converses or only transcribes; absent: it converses. */
  readonly kind?: SessionKind;
  /** The id of its conversation; absent: a new one. */
  readonly conversationId?: string;
  /** Reads a text frame; absent: by the GA wire. */
  readonly readFrame?: (text: string, kind: SessionKind) => ReadFrame;
}
