/** What there is to say about the words on the sockets. The types see to it that no word and no field is forgotten. */
import type { ComeBack } from '../../protocol/close-codes.ts';
import type { GatewayEvent } from '../../protocol/gateway-events.ts';

type EventOf<Type extends GatewayEvent['type']> = Extract<GatewayEvent, { readonly type: Type }>;

/** The fields of all members of a union, not only those they share. */
type FieldOf<Event> = Event extends unknown ? Exclude<keyof Event, 'type'> : never;

/** What an event tells, and what each of its fields says. */
export interface EventWords<Field extends string> {
  readonly says: string;
  readonly fields: Readonly<Record<Field, string>>;
}

/** Gateway to browser, on the `voxgate.v1` lane. */
export const gatewayEvents: {
  readonly [Type in GatewayEvent['type']]: EventWords<FieldOf<EventOf<Type>>>;
} = {
  'gateway.session': {
    says: 'The first frame of a call, and of a socket beside one; and again after a `gateway.auth` that was taken.',
    fields: {
      session_id: 'Names the call.',
      resume_token: 'Brings you back to this call, once, when the network lost you.',
      conversation_id: 'What the call writes into: to be continued by `?conversation=`, or by a chat.',
      audio: '`binary` or `json`: how sound travels; `webrtc`: not by this socket.',
      limits: 'What you may do, as in `GET /api/session`.',
      expires_at: 'Unix seconds: when the call ends unless it is renewed.',
    },
  },
  'gateway.resumed': {
    says: 'The first frame of a socket that goes on with a call.',
    fields: {
      continuity: '`complete`: you miss nothing; `restored`: the call goes on, and some of it is missing.',
      resume_token: 'The next one: each works once.',
      received: 'How many of your frames arrived, over all sockets of this call: send the others again.',
      replayed: 'How many of the frames that follow were said while you were away.',
    },
  },
  'gateway.pong': {
    says: 'The answer to `gateway.ping`.',
    fields: { upstream_ms: 'The round trip to Azure in milliseconds; null while it is unknown.' },
  },
  'gateway.usage': {
    says: 'What was just paid for, and the day so far, over all your calls and chats.',
    fields: {
      turn: '`tokens`, `seconds` and `usd` of this turn.',
      today: '`tokens`, `seconds` and `usd` of today, UTC, and what is `remaining`; null: no limit.',
    },
  },
  'gateway.upstream.renewed': {
    says: 'The call has another session of Azure’s, which knows what was said: nothing to do. Only the item ids of before are no longer known to it.',
    fields: {
      reason: '`lost`: the last one broke. `expiry`: its time was nearly over.',
      gap_ms: 'For so many milliseconds nobody heard what came up; it waited, and was not lost.',
    },
  },
  'gateway.drain': {
    says: 'The gateway goes, and another comes: leave without 1000, and come back with your token.',
    fields: { after_ms: 'When to come back, in milliseconds from now; each call has a time of its own.' },
  },
  'gateway.tool': {
    says: 'A tool is at work that the gateway carries out; sent to who asks for it by `?trace=tools`.',
    fields: {
      call_id: 'The model’s call of it.',
      item_id: 'The item that the call is, as the conversation remembers it.',
      name: 'The tool.',
      state:
        '`running`, and at last `done` or `failed`: it broke, took too long, or was stopped since somebody spoke.',
    },
  },
  'gateway.warning': {
    says: 'Something to know that does not end the call.',
    fields: {
      code: '`audio_dropped`, `audio_held_back`, `budget_80`, `budget_95`, `session_ending`, `sound_missed`, `slow_reader`, `upstream_lost` or `fields_left_out`.',
      message: 'The same in words.',
      dropped_ms: 'With `audio_dropped`: milliseconds of sound that did not reach Azure.',
      held_ms: 'With `audio_held_back`: milliseconds of sound that came faster than it may, and wait.',
      budget: 'With `budget_…`: `tokens`, `usd` or `voice_minutes`.',
      used_share: 'With `budget_…`: from 0 to 1.',
      resets_at: 'With `budget_…`: Unix seconds, when the day begins anew.',
      reason: 'With `session_ending`: `longest`, `idle` or `credential`.',
      ends_at: 'With `session_ending`: Unix seconds.',
      missed_ms: 'With `sound_missed` and `slow_reader`: milliseconds of sound that you will not hear.',
      fields: 'With `fields_left_out`: what of an event did not go up, since the operator keeps it.',
    },
  },
};

/** Browser to gateway, beside the events of the Realtime API. */
export const browserEvents: Readonly<Record<string, EventWords<string>>> = {
  'gateway.ping': {
    says: 'Asks whether the gateway is there; answered by `gateway.pong`. A client that has asked three times and is then silent for 45 s counts as lost.',
    fields: {
      received:
        'Optional: how many frames of this session you got, as in `?received=`. Whoever says so every 500 kB is never sent more than it can take.',
    },
  },
  'gateway.auth': {
    says: 'Renews who you are before the credential runs out; answered by `gateway.session`.',
    fields: { token: 'A new token of the same user.' },
  },
};

/** What a client does after a close. */
export const comeBackWords: Readonly<Record<ComeBack, string>> = {
  no: 'do not come back',
  'at-once': 'come back at once',
  'with-backoff': 'come back after a while, longer each time',
  'after-seconds': 'come back after the seconds that the reason names',
  'when-reset': 'come back when the budget begins anew',
  'sign-in': 'sign in first',
};
