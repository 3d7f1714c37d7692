/** A session's settings: the defaults a GA session starts with, how an update changes them, how they are shown. */
import { SAMPLE_RATE_HZ } from '../../src/protocol/audio-format.ts';
import { DEFAULT_VOICE } from '../voice/voices.ts';
import type { TurnSettings } from './input-buffer.ts';
import type {
  AudioFormat,
  SessionUpdate,
  Tool,
  ToolChoice,
  Transcription,
  TurnDetection,
  Voice,
} from './session-schema.ts';
import type { viewTranscription } from './transcription-session.ts';

/** How long `semantic_vad` waits for more, by eagerness: a stand-in for Azure's own judgement. */
const SEMANTIC_SILENCE_MS = { high: 500, auto: 800, medium: 800, low: 1_500 } as const;
const DEFAULT_PREFIX_MS = 300;

/** Seen in every captured session, though the type text says 500. */
const DEFAULT_SILENCE_MS = 200;
const DEFAULT_THRESHOLD = 0.5;

const DEFAULT_INSTRUCTIONS =
  'You are a friendly voice assistant. Keep your answers short and natural, speak the language of the person you talk with, and say so when you do not know something.';

/** What is in force. */
export interface SessionConfig {
  readonly output_modalities: readonly ('text' | 'audio')[];
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly tool_choice: ToolChoice;
  readonly parallel_tool_calls?: boolean;
  readonly max_output_tokens: number | 'inf';
  readonly tracing: unknown;
  readonly truncation: unknown;
  readonly prompt: unknown;
  readonly reasoning?: unknown;
  readonly include: unknown;
  readonly input: {
    readonly format: AudioFormat;
    readonly transcription: Transcription | null;
    readonly noise_reduction: object | null;
    readonly turn_detection: TurnDetection | null;
  };
  readonly output: { readonly format: AudioFormat; readonly voice: Voice; readonly speed: number };
}

/** What never changes while a session lives. `expiresAt` in Unix seconds. */
export interface SessionIdentity {
  readonly id: string;
  readonly model: string;
  readonly expiresAt: number;
}

/** A session as `session.created` and `session.updated` show it. */
export type SessionView = ReturnType<typeof viewSession> | ReturnType<typeof viewTranscription>;

const PCM = { type: 'audio/pcm', rate: SAMPLE_RATE_HZ } as const;

const defaultServerVad = {
  type: 'server_vad',
  threshold: DEFAULT_THRESHOLD,
  prefix_padding_ms: DEFAULT_PREFIX_MS,
  silence_duration_ms: DEFAULT_SILENCE_MS,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
} as const;

const defaultSemanticVad = {
  type: 'semantic_vad',
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
} as const;

/** A GA session before any update. */
export const defaultConfig: SessionConfig = {
  output_modalities: ['audio'],
  instructions: DEFAULT_INSTRUCTIONS,
  tools: [],
  tool_choice: 'auto',
  max_output_tokens: 'inf',
  tracing: null,
  truncation: 'auto',
  prompt: null,
  include: null,
  input: { format: PCM, transcription: null, noise_reduction: null, turn_detection: defaultServerVad },
  output: { format: PCM, voice: DEFAULT_VOICE, speed: 1 },
};

/** What an update makes of a session: absent keeps, '' and [] clear, null switches off. `model` cannot be changed and is ignored. */
export function mergeUpdate(config: SessionConfig, update: SessionUpdate): SessionConfig {
  const { type: _type, model: _model, audio, ...rest } = update;
  const { turn_detection: detection, ...input } = audio?.input ?? {};
  return {
    ...config,
    ...withoutAbsent(rest),
    input: {
      ...config.input,
      ...withoutAbsent(input),
      turn_detection:
        detection === undefined
          ? config.input.turn_detection
          : mergeDetection(config.input.turn_detection, detection),
    },
    output: { ...config.output, ...withoutAbsent(audio?.output ?? {}) },
  };
}

/** The effective session in Azure's order of keys. */
export function viewSession(config: SessionConfig, identity: SessionIdentity) {
  const { input, output, include, parallel_tool_calls: parallel, reasoning, ...plain } = config;
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: identity.id,
    model: identity.model,
    output_modalities: plain.output_modalities,
    instructions: plain.instructions,
    tools: plain.tools,
    tool_choice: plain.tool_choice,
    ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
    ...(reasoning === undefined ? {} : { reasoning }),
    max_output_tokens: plain.max_output_tokens,
    tracing: plain.tracing,
    truncation: plain.truncation,
    prompt: plain.prompt,
    expires_at: identity.expiresAt,
    audio: { input, output },
    include,
  } as const;
}

/** How the input buffer is to find turns. */
export function turnSettings(detection: TurnDetection | null): TurnSettings {
  if (detection === null) return { detects: false };
  if (detection.type === 'semantic_vad') {
    return {
      detects: true,
      threshold: DEFAULT_THRESHOLD,
      prefixMs: DEFAULT_PREFIX_MS,
      silenceMs: SEMANTIC_SILENCE_MS[detection.eagerness ?? 'auto'],
    };
  }
  return {
    detects: true,
    threshold: detection.threshold ?? DEFAULT_THRESHOLD,
    prefixMs: detection.prefix_padding_ms ?? DEFAULT_PREFIX_MS,
    silenceMs: detection.silence_duration_ms ?? DEFAULT_SILENCE_MS,
  };
}

/** Within one kind of detection absent fields keep their value; another kind starts from its own defaults. */
function mergeDetection(current: TurnDetection | null, update: TurnDetection | null): TurnDetection | null {
  if (update === null) return null;
  if (update.type === 'server_vad') {
    const base = current?.type === 'server_vad' ? current : defaultServerVad;
    return { ...base, ...withoutAbsent(update) };
  }
  const base = current?.type === 'semantic_vad' ? current : defaultSemanticVad;
  return { ...base, ...withoutAbsent(update) };
}

type Present<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** JSON has no undefined, but types of optional fields do. */
function withoutAbsent<Fields extends object>(fields: Fields): Present<Fields>;
function withoutAbsent(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
