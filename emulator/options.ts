/** How the emulator can be started, and what each choice is when nobody makes it. */

/** Everything has a default; see each field. */
export interface EmulatorOptions {
  /** TCP port on 127.0.0.1; 0 is any free one (8788). */
  readonly port?: number;
  /** The only key that is accepted; absent: any non-empty one. */
  readonly apiKey?: string;
  /** Multiplies every wait of an answer: 1 is Azure's pace, about 5x faster than life; 5 is life; 0 is at once (1). */
  readonly pace?: number;
  /** From `response.created` to the first piece of an answer, in ms at pace 1 (200). */
  readonly thinkMs?: number;
  /** Life of a session; Azure's is an hour (3,600,000). */
  readonly sessionMs?: number;
  /** Life of a session of the deployment `expires-in-30s` (30,000). */
  readonly shortSessionMs?: number;
  /** How long `slow-dial` keeps an upgrade waiting (30,000). */
  readonly slowDialMs?: number;
  /** How long `slow-first-audio` thinks, at pace 1 (5,000). */
  readonly slowFirstAudioMs?: number;
  /** Whether `rate_limits.updated` follows `response.done` (`after`). */
  readonly rateLimits?: 'after' | 'none';
  /** `silent`, Azure's way: with `semantic_vad` no `speech_started` is sent and nothing is interrupted (`silent`). */
  readonly semanticVad?: 'silent' | 'full';
}

/** Options with every choice made; only the key may be absent. */
export type Settings = Required<Omit<EmulatorOptions, 'apiKey'>> & { readonly apiKey: string | undefined };

/** Fills in the defaults. */
export function toSettings(options: EmulatorOptions): Settings {
  return {
    port: 8_788,
    pace: 1,
    thinkMs: 200,
    sessionMs: 3_600_000,
    shortSessionMs: 30_000,
    slowDialMs: 30_000,
    slowFirstAudioMs: 5_000,
    rateLimits: 'after',
    semanticVad: 'silent',
    ...options,
    apiKey: options.apiKey === '' ? undefined : options.apiKey,
  };
}
