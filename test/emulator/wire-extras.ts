/**
 * Where Azure's wire and the `openai` package are known to differ: everything else must fit the package's types exactly.
 * Each line says what is taken away before an event is judged, and why it is there.
 */
import type { Received } from '../support/realtime-client.ts';

interface Extra {
  /** The events it is about. */
  readonly events: RegExp;
  /** Dotted; `*` is any index. */
  readonly path: string;
  /** `null`: taken away only when it is null, which stands for absent on the wire. `preview`: only on that wire. */
  readonly when: 'always' | 'null' | 'preview';
  readonly why: string;
}

/** The whole list. */
export const wireExtras: readonly Extra[] = [
  {
    events: /\.delta$/,
    path: 'obfuscation',
    when: 'always',
    why: 'captured on every text-like delta; the package declares it for MCP arguments only',
  },
  {
    events: /^session\./,
    path: 'session.id',
    when: 'always',
    why: 'captured; the package types these events by what a client may send, and declares id for client secrets',
  },
  { events: /^session\./, path: 'session.object', when: 'always', why: 'as session.id' },
  { events: /^session\./, path: 'session.expires_at', when: 'always', why: 'as session.id' },
  {
    events: /^session\./,
    path: 'session.include',
    when: 'null',
    why: 'captured as null until it is set',
  },
  {
    events: /^session\./,
    path: 'session.audio.input.transcription',
    when: 'null',
    why: 'captured as null while transcription is off',
  },
  {
    events: /^session\./,
    path: 'session.audio.input.noise_reduction',
    when: 'null',
    why: 'captured as null while noise reduction is off',
  },
  {
    events: /^response\.(created|done)$/,
    path: 'response.status_details',
    when: 'null',
    why: 'captured as null unless the response ended early',
  },
  {
    events: /^response\.(created|done)$/,
    path: 'response.usage',
    when: 'null',
    why: 'captured as null in response.created',
  },
  {
    events: /^response\.(created|done)$/,
    path: 'response.conversation_id',
    when: 'null',
    why: 'documented as null for responses out of band, declared as a string',
  },
  {
    events: /^conversation\.item\.(added|created|done|retrieved)$/,
    path: 'item.content.*.transcript',
    when: 'null',
    why: 'captured as null for speech that is not transcribed yet',
  },
  ...['input_audio_transcription', 'input_audio_noise_reduction', 'tracing'].map((setting) => ({
    events: /^session\./,
    path: `session.${setting}`,
    when: 'null' as const,
    why: 'preview: captured as null while it is off',
  })),
  {
    events: /^session\./,
    path: 'session.client_secret',
    when: 'null',
    why: 'preview: shown as null on sockets; the package declares it for minted sessions',
  },
  {
    events: /^response\.done$/,
    path: 'response.usage.input_token_details.cached_tokens_details',
    when: 'preview',
    why: 'preview: captured late in its life, declared for GA only',
  },
];

/** The same event without what the package is known not to declare. */
export function withoutExtras(event: Received, wire: 'ga' | 'preview' = 'ga'): Received {
  const copy = structuredClone(event);
  for (const { events, path, when } of wireExtras) {
    if (!events.test(event.type) || (when === 'preview' && wire === 'ga')) continue;
    remove(copy, path.split('.'), when);
  }
  return copy;
}

function remove(value: unknown, path: readonly string[], when: Extra['when']): void {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== 'object' || value === null) return;
  if (key === '*') {
    for (const element of Object.values(value)) remove(element, rest, when);
  } else if (rest.length > 0) {
    remove(Reflect.get(value, key), rest, when);
  } else if (when !== 'null' || Reflect.get(value, key) === null) {
    Reflect.deleteProperty(value, key);
  }
}
