/**
 * What the compiler alone can say about the emulator's events, at every `tsc -b`: their names are the package's, and
 * each fits the package's type as it stands, but for the ones named here. (What those really send is judged by
 * server-events.test.ts.)
 */
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';

import type { CallEvent } from '../../emulator/webrtc/call-events.ts';

/** Our lists are read-only, which the package's are not, and which no JSON shows. */
type Writable<Value> = Value extends readonly (infer Element)[]
  ? Writable<Element>[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Writable<Value[Key]> }
    : Value;

/** What stands beside the type; members that share one shape between several types included. */
type Rest<Event, Type> = Event extends { readonly type: infer Types }
  ? Type extends Types
    ? Writable<Omit<Event, 'type' | 'event_id'>>
    : never
  : never;

type Misfit<Type> = Rest<CallEvent, Type> extends Rest<RealtimeServerEvent, Type> ? never : Type;

type Misfits = { [Type in CallEvent['type']]: Misfit<Type> }[CallEvent['type']];

/** They show null where the package says absent, or what it does not declare: see wire-extras.ts. */
type KnownMisfits =
  | `session.${'created' | 'updated'}`
  | `conversation.item.${'added' | 'done' | 'retrieved'}`
  | `response.${'created' | 'done'}`
  | `response.output_item.${'added' | 'done'}`;

type Expect<Nothing extends never> = Nothing;

/** Every event has a name the package knows. */
export type NamesAreKnown = Expect<Exclude<CallEvent['type'], RealtimeServerEvent['type']>>;

/** Every event fits, but for the known ones. */
export type OthersFit = Expect<Exclude<Misfits, KnownMisfits>>;

/** None of the known ones has come to fit meanwhile. */
export type ListIsShort = Expect<Exclude<KnownMisfits, Misfits>>;
