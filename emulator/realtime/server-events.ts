/** Every event the emulator sends on the GA wire, without the `event_id` that sending adds. Keys stand in Azure's order. */
import type { Item } from './items.ts';
import type { SessionView } from './session-config.ts';
import type { AudioFormat } from './session-schema.ts';
import type { Usage } from './usage.ts';

/** Where a piece of an answer belongs. */
export interface PartAddress {
  readonly response_id: string;
  readonly item_id: string;
  readonly output_index: number;
  readonly content_index: number;
}

/** The body of an `error` event. `event_id` is the client's, when it gave one. */
export interface ErrorBody {
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
  readonly event_id: string | null;
}

/** Why a response ended as it did; null for an ordinary end. */
export type StatusDetails =
  | null
  | { readonly type: 'cancelled'; readonly reason: 'turn_detected' | 'client_cancelled' }
  | { readonly type: 'incomplete'; readonly reason: 'max_output_tokens' | 'content_filter' }
  | {
      readonly type: 'failed';
      readonly error: { readonly type: string; readonly code: string; readonly message: string };
    };

/** A response as `response.created` and `response.done` show it. */
export interface ResponseView {
  readonly object: 'realtime.response';
  readonly id: string;
  readonly status: 'in_progress' | 'completed' | 'cancelled' | 'incomplete' | 'failed';
  readonly status_details: StatusDetails;
  readonly output: readonly Item[];
  readonly conversation_id: string | null;
  readonly output_modalities: readonly ('text' | 'audio')[];
  readonly max_output_tokens: number | 'inf';
  readonly audio: { readonly output: { readonly format: AudioFormat; readonly voice: unknown } };
  readonly usage: Usage | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** Parts say `audio` and `text` in these two events, though items say `output_audio` and `output_text`. */
export type PartView =
  | { readonly type: 'audio'; readonly transcript: string }
  | { readonly type: 'text'; readonly text: string };

/** What a transcriber counts: tokens, or seconds for whisper. */
export type TranscriptionUsage =
  | {
      readonly type: 'tokens';
      readonly total_tokens: number;
      readonly input_tokens: number;
      readonly input_token_details: { readonly text_tokens: number; readonly audio_tokens: number };
      readonly output_tokens: number;
    }
  | { readonly type: 'duration'; readonly seconds: number };

type ItemPlace<Type extends string> = {
  readonly type: Type;
  readonly previous_item_id: string | null;
  readonly item: Item;
};
type Delta<Type extends string> = { readonly type: Type } & PartAddress & {
    readonly delta: string;
    readonly obfuscation?: string;
  };
type CallAddress = Omit<PartAddress, 'content_index'>;
type TranscriptionAddress = { readonly item_id: string; readonly content_index: number };

/** The events about the session and its buffer. */
export type SessionEvent =
  | { readonly type: 'session.created' | 'session.updated'; readonly session: SessionView }
  | { readonly type: 'error'; readonly error: ErrorBody }
  | {
      readonly type: 'input_audio_buffer.speech_started';
      readonly audio_start_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'input_audio_buffer.speech_stopped';
      readonly audio_end_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'input_audio_buffer.committed';
      readonly previous_item_id: string | null;
      readonly item_id: string;
    }
  | { readonly type: 'input_audio_buffer.cleared' }
  | {
      readonly type: 'input_audio_buffer.timeout_triggered';
      readonly audio_start_ms: number;
      readonly audio_end_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'rate_limits.updated';
      readonly rate_limits: readonly {
        readonly name: 'tokens';
        readonly limit: number;
        readonly remaining: number;
        readonly reset_seconds: number;
      }[];
    };

/** The events about conversation items. */
export type ItemEvent =
  | ItemPlace<'conversation.item.added'>
  | ItemPlace<'conversation.item.done'>
  | { readonly type: 'conversation.item.deleted'; readonly item_id: string }
  | { readonly type: 'conversation.item.retrieved'; readonly item: Item }
  | {
      readonly type: 'conversation.item.truncated';
      readonly item_id: string;
      readonly content_index: number;
      readonly audio_end_ms: number;
    }
  | ({
      readonly type: 'conversation.item.input_audio_transcription.delta';
      readonly delta: string;
      readonly obfuscation: string;
    } & TranscriptionAddress)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.completed';
      readonly transcript: string;
      readonly usage: TranscriptionUsage;
    } & TranscriptionAddress)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.failed';
      readonly error: { readonly type: string; readonly code: string; readonly message: string };
    } & TranscriptionAddress);

/** The events about the tools of servers. Those of a call say no response. */
export type McpEvent =
  | {
      readonly type: 'mcp_list_tools.in_progress' | 'mcp_list_tools.completed' | 'mcp_list_tools.failed';
      readonly item_id: string;
    }
  | ({
      readonly type: 'response.mcp_call_arguments.delta';
      readonly delta: string;
      readonly obfuscation: string;
    } & CallAddress)
  | ({ readonly type: 'response.mcp_call_arguments.done'; readonly arguments: string } & CallAddress)
  | ({
      readonly type:
        | 'response.mcp_call.in_progress'
        | 'response.mcp_call.completed'
        | 'response.mcp_call.failed';
    } & Omit<CallAddress, 'response_id'>);

/** The events about an answer. */
export type ResponseEvent =
  | { readonly type: 'response.created' | 'response.done'; readonly response: ResponseView }
  | {
      readonly type: 'response.output_item.added' | 'response.output_item.done';
      readonly response_id: string;
      readonly output_index: number;
      readonly item: Item;
    }
  | ({
      readonly type: 'response.content_part.added' | 'response.content_part.done';
      readonly part: PartView;
    } & PartAddress)
  | Delta<'response.output_audio.delta'>
  | Delta<'response.output_audio_transcript.delta'>
  | Delta<'response.output_text.delta'>
  | ({ readonly type: 'response.output_audio.done' } & PartAddress)
  | ({ readonly type: 'response.output_audio_transcript.done'; readonly transcript: string } & PartAddress)
  | ({ readonly type: 'response.output_text.done'; readonly text: string } & PartAddress)
  | ({
      readonly type: 'response.function_call_arguments.delta';
      readonly call_id: string;
      readonly delta: string;
      readonly obfuscation: string;
    } & CallAddress)
  | ({
      readonly type: 'response.function_call_arguments.done';
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    } & CallAddress);

/** Any event the emulator sends. */
export type ServerEvent = SessionEvent | ItemEvent | ResponseEvent | McpEvent;

/** Puts an event on its way. */
export type Emit = (event: ServerEvent) => void;
