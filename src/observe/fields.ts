/**
 * The fields a log line or a datapoint may have, and what may stand in each. The list is closed, and so is every value:
 * an id, a code, a count. A key, a token, a transcript or a piece of audio fits none of them.
 */

/** Stands where a value did not fit its field. */
export const INVALID = 'invalid';

/** One field: the value as it may leave, or `invalid`. It takes whatever comes: types end where data was parsed. */
interface Field<T> {
  readonly clean: (given: unknown) => T | typeof INVALID;
}

/** A new field is a decision, not a habit: add it here, with the narrowest pattern that its values fit. */
export const fields = {
  /** Which session, as the browser knows it: `vs_` and 32 hexadecimal digits. */
  session: text(/^v[a-z]_[0-9a-f]{32}$/),
  /** Which user: the first 12 digits of the object's id, itself an HMAC. */
  user: text(/^[0-9a-f]{12}$/),
  mode: text(/^(?:voice|text)$/),
  /** What carries a call: frames of either kind, WebRTC, or WebRTC with a key that was given away. */
  lane: text(/^(?:binary|json|webrtc|key)$/),
  /** How a session ended, by its name in the table of close codes. */
  end: text(/^[A-Za-z]{1,24}$/),
  close_code: number(),
  /** HTTP status of an answer or of a refused upgrade. */
  status: number(),
  /** A stable code: ours, or Azure's `error.code`. Words and short numbers; letters and digits never mix, as in keys. */
  code: text(/^(?=.{1,64}$)(?:[A-Za-z]{1,32}|\d{1,3})(?:[._-](?:[A-Za-z]{1,32}|\d{1,3}))*$/),
  /** The type of the event that caused it; never its content. */
  cause: text(/^(?=.{1,64}$)[a-z_]{1,24}(?:\.[a-z_]{1,32}){0,3}$/),
  /** Which way to Azure: `primary`, `primary-2`, `entra`, `fallback-1`. */
  route: text(/^[a-z]{1,16}(?:-\d{1,2})?$/),
  /** Which tool server, by the name that the operator gave it. */
  server: text(/^[A-Za-z0-9_-]{1,24}$/),
  /** How many times, in the running minute. */
  count: number(),
  frames_up: number(),
  frames_down: number(),
  bytes_up: number(),
  bytes_down: number(),
  dropped_ms: number(),
  duration_ms: number(),
  /** How many conversations. */
  conversations: number(),
  /** How many sessions. */
  sessions: number(),
  tokens: number(),
  usd: number(),
  /** Names of variables and what is wrong with them; never their values. */
  problems: { clean: cleanProblems } satisfies Field<readonly string[]>,
  /** The `name` of a thrown error; its message may hold anything and stays out. */
  error_name: text(/^[A-Za-z]{1,40}$/),
};

/** What may be told of an event. */
export type Fields = {
  readonly [Name in keyof typeof fields]?: Exclude<
    ReturnType<(typeof fields)[Name]['clean']>,
    typeof INVALID
  >;
};

/** What is told: the fields that exist, each cleaned; anything else is left out. */
export function cleaned(given: Fields): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(given));
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => values.get(name) !== undefined)
      .map(([name, field]) => [name, field.clean(values.get(name))]),
  );
}

function text(pattern: RegExp): Field<string> {
  return { clean: (given) => (typeof given === 'string' && pattern.test(given) ? given : INVALID) };
}

function number(): Field<number> {
  return { clean: (given) => (typeof given === 'number' && Number.isFinite(given) ? given : INVALID) };
}

const PROBLEM = /^(?<variable>\w[\w.]{0,63}): [\x20-\x7e‘’“”–]{1,300}$/;

/** A problem is a variable's name and our own words; a word that looks like a key or token is not ours. */
function cleanProblems(given: unknown): readonly string[] | typeof INVALID {
  if (!Array.isArray(given)) return INVALID;
  return given.map((problem: unknown) => {
    const variable = typeof problem === 'string' ? PROBLEM.exec(problem)?.groups?.['variable'] : undefined;
    if (typeof problem !== 'string' || variable === undefined) return INVALID;
    return looksSecret(problem.slice(variable.length)) ? `${variable}: ${INVALID}` : problem;
  });
}

const RUN = /[\w+/=~-]{16,}/g;
const LONGEST_WORD = 48;

/** True for text with a run of 16 characters or more in which letters and digits mix, or one longer than any word. */
function looksSecret(words: string): boolean {
  const runs = words.match(RUN) ?? [];
  return runs.some((run) => run.length > LONGEST_WORD || (/\d/.test(run) && /[A-Za-z]/.test(run)));
}
