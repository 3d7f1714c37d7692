/**
 * What a client may send in a locked session, event by event, to the last leaf. A field that is not in these tables does
 * not go up; a wrong value in one that is refuses the event. Each leaf's message says what it must be.
 */
import * as v from 'valibot';
import { OUR_ID_START, type ClientEventType } from '../protocol/client-events.ts';
import { isRecord } from './wire.ts';

/** Names, ids, languages, enumerations: too short and too plain to carry an instruction. Azure's own ids have 26 letters. */
const A_WORD = 'a word of at most 40 characters';
const word = v.pipe(v.string(A_WORD), v.regex(/^[\w.:/+=-]{1,40}$/, A_WORD));

const text = v.string('text');
const flag = v.boolean('true or false');
// 1e999 is JSON, is read as Infinity, and would be written as null: which switches things off.
const number = v.pipe(v.number('a number'), v.finite('a number'));

/** Base64 of any length, or none. */
export const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const base64 = v.pipe(v.string('base64 text'), v.regex(BASE64, 'base64 text'));

/** An address would have Azure fetch it. */
const AN_IMAGE = 'an image as a data URI';
const image = v.pipe(
  v.string(AN_IMAGE),
  v.regex(/^data:image\/[a-z.+-]{1,20};base64,[A-Za-z0-9+/]*={0,2}$/, AN_IMAGE),
);

/** Typed clients write what they leave out as null. */
function maybe<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.pipe(
    v.nullish(schema),
    v.transform((given) => given ?? undefined),
  );
}

/** Those fields of an object, in a new one; a list is none. */
function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  type Input = v.InferInput<v.ObjectSchema<Entries, undefined>>;
  return v.pipe(v.custom<Input>(isRecord, 'an object'), v.object(entries));
}

/** The one format of sound on this wire: the gateway reads and writes it as such. */
export const soundFormat = object({
  type: v.literal('audio/pcm', 'audio/pcm'),
  rate: maybe(v.literal(24_000, '24000')),
});

const voice = v.union([word, object({ id: word })], 'the name of a voice, or its id in an object');

const modalities = v.pipe(
  v.array(v.picklist(['audio', 'text'], 'audio or text'), 'a list'),
  v.maxLength(2, 'a list of one or two'),
);

const tokens = v.union(
  [v.literal('inf'), v.pipe(v.number(), v.integer(), v.minValue(1))],
  'a whole number of tokens, or "inf"',
);

/** A session that answers silence answers nobody, and costs: sooner than this it would talk without end. */
const A_PAUSE = 'a number of at least 5000, or null';
const pause = v.pipe(v.number(A_PAUSE), v.finite(A_PAUSE), v.minValue(5_000, A_PAUSE));

const turnDetection = object({
  type: maybe(word),
  threshold: maybe(number),
  prefix_padding_ms: maybe(number),
  silence_duration_ms: maybe(number),
  idle_timeout_ms: v.nullish(pause),
  eagerness: maybe(word),
  create_response: maybe(flag),
  interrupt_response: maybe(flag),
});

/** A session that only transcribes is another product. */
export const sessionType = v.literal('realtime', 'realtime');

const session = object({
  type: maybe(sessionType),
  output_modalities: maybe(modalities),
  max_output_tokens: maybe(tokens),
  audio: maybe(
    object({
      input: maybe(
        object({
          format: maybe(soundFormat),
          turn_detection: v.nullish(turnDetection),
          noise_reduction: v.nullish(object({ type: maybe(word), strength: maybe(number) })),
          transcription: maybe(object({ language: maybe(word) })),
        }),
      ),
      output: maybe(object({ format: maybe(soundFormat), voice: maybe(voice), speed: maybe(number) })),
    }),
  ),
});

const common = { id: maybe(word), object: maybe(word), status: maybe(word) };

const inputText = v.object({ type: v.literal('input_text', 'input_text'), text: maybe(text) });

const userMessage = v.object({
  ...common,
  type: v.literal('message'),
  role: v.literal('user'),
  content: v.array(
    v.variant(
      'type',
      [
        inputText,
        v.object({ type: v.literal('input_audio'), audio: maybe(base64), transcript: maybe(text) }),
        v.object({ type: v.literal('input_image'), image_url: image, detail: maybe(word) }),
      ],
      'input_text, input_audio or input_image',
    ),
    'a list of parts',
  ),
});

const assistantMessage = v.object({
  ...common,
  type: v.literal('message'),
  role: v.literal('assistant'),
  content: v.array(
    v.variant(
      'type',
      [
        v.object({ type: v.literal('output_text'), text: maybe(text) }),
        v.object({ type: v.literal('output_audio'), audio: maybe(base64), transcript: maybe(text) }),
      ],
      'output_text or output_audio',
    ),
    'a list of parts',
  ),
});

const message = v.variant('role', [userMessage, assistantMessage], 'user or assistant');

/** Which calls a client may answer, the relay knows: `tool-calls.ts`. */
const callOutput = v.object({
  ...common,
  type: v.literal('function_call_output'),
  call_id: word,
  output: text,
});

const reference = v.object({ type: v.literal('item_reference'), id: word });

const item = v.variant('type', [message, callOutput], 'message or function_call_output');

/** An answer to a call is given once, as an item; a response may refer to it. */
const inputItem = v.variant('type', [message, reference], 'message or item_reference');

const A_KEY = `a note whose name has at most 64 characters and does not begin with ${OUR_ID_START}`;

/** Azure's own limits. `record` leaves out `__proto__`, `prototype` and `constructor`. */
const notes = v.pipe(
  v.custom<Record<string, string>>(isRecord, 'an object'),
  v.record(
    v.pipe(
      v.string(),
      v.check((key) => key.length <= 64 && !key.startsWith(OUR_ID_START), A_KEY),
    ),
    v.pipe(v.string('text'), v.maxLength(512, 'text of at most 512 characters')),
  ),
  v.maxEntries(16, 'an object of at most 16 pairs'),
);

const response = object({
  conversation: maybe(v.picklist(['auto', 'none'], 'auto or none')),
  input: maybe(v.array(inputItem, 'a list of items')),
  output_modalities: maybe(modalities),
  max_output_tokens: maybe(tokens),
  metadata: maybe(notes),
  audio: maybe(object({ output: maybe(object({ format: maybe(soundFormat), voice: maybe(voice) })) })),
});

/** The allow-list, without `type` and `event_id`, which every event has. */
export const lockedEvents = {
  'session.update': v.object({ session }),
  'input_audio_buffer.append': v.object({ audio: base64 }),
  'input_audio_buffer.commit': v.object({}),
  'input_audio_buffer.clear': v.object({}),
  'conversation.item.create': v.object({
    previous_item_id: maybe(word),
    item: v.pipe(v.custom<v.InferInput<typeof item>>(isRecord, 'an object'), item),
  }),
  'conversation.item.truncate': v.object({ item_id: word, content_index: number, audio_end_ms: number }),
  'conversation.item.delete': v.object({ item_id: word }),
  'conversation.item.retrieve': v.object({ item_id: word }),
  'response.create': v.object({ response: maybe(response) }),
  'response.cancel': v.object({ response_id: maybe(word) }),
} as const satisfies Record<ClientEventType, v.GenericSchema>;
