/** Every GA Realtime event a client may send over a WebSocket. */
export const clientEventTypes = [
  'session.update',
  'input_audio_buffer.append',
  'input_audio_buffer.commit',
  'input_audio_buffer.clear',
  'conversation.item.create',
  'conversation.item.truncate',
  'conversation.item.delete',
  'conversation.item.retrieve',
  'response.create',
  'response.cancel',
] as const;

/** The type of an event a client may send. */
export type ClientEventType = (typeof clientEventTypes)[number];

/** Throws away what Azure has not played yet: where Azure plays by itself, a client may send this too. */
export const CLEAR_OUTPUT = 'output_audio_buffer.clear';

/** True for a type on the list. */
export function isClientEventType(type: string): type is ClientEventType {
  return clientEventTypes.some((known) => known === type);
}

/** How every id begins that the gateway gives, to an event or to an item; a client may neither choose nor name such a one. */
export const OUR_ID_START = 'vg_';
