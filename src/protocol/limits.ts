/** The sizes and counts a client can run into, and must be told about. */

/** Largest frame that carries audio: a JSON append as text, or a binary frame. */
export const AUDIO_FRAME_BYTES = 1024 * 1024;

/** Largest frame of any other kind, in UTF-8 bytes. */
export const CONTROL_FRAME_BYTES = 64 * 1024;

/** Longest `event_id` a client may choose, as Azure's documentation says. */
export const EVENT_ID_LENGTH = 512;

/** This many refused frames inside `REFUSED_WINDOW_MS` end the call with 4400. */
export const REFUSED_FRAMES = 10;

/** The window in which refused frames are counted. */
export const REFUSED_WINDOW_MS = 60_000;

/** Longest message a person may write, in UTF-16 units: at most 300,000 bytes. */
export const MESSAGE_CHARACTERS = 100_000;

/** Longest answer that is kept, in UTF-16 units; an answer that reaches it ends there. At most 900,000 bytes. */
export const ANSWER_CHARACTERS = 300_000;

/** The longest title a conversation may be given, in UTF-16 units. */
export const TITLE_CHARACTERS = 200;

/** The longest question a search may be asked, in UTF-16 units. */
export const QUESTION_CHARACTERS = 200;

/** Longest frame of a chat that is looked at, in UTF-16 units: a message ten times too long, however it is escaped. */
export const CHAT_FRAME_UNITS = 8 * 1024 * 1024;

/** Longest id of its own that a client may give a message, in UTF-16 units. */
export const CLIENT_MESSAGE_ID_LENGTH = 64;

/** Messages of one conversation that may wait for the answer under way. */
export const WAITING_MESSAGES = 8;
