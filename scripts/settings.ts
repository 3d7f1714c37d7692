/** Which value each variable has in a local run, and why a run cannot start. Pure: files and sockets are elsewhere. */
import { parseEnv } from 'node:util';

/** The Worker's own variables, older names included. Nothing else of the environment reaches the Worker. */
export const WORKER_VARIABLES = [
  'AZURE_ENDPOINT',
  'AZURE_API_KEY',
  'AZURE_API_KEY_SECONDARY',
  'AZURE_FALLBACKS',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_REALTIME_DEPLOYMENT',
  'AZURE_CHAT_DEPLOYMENT',
  'AZURE_API_VERSION',
  'AZURE_TRANSCRIPTION_DEPLOYMENT',
  'AZURE_OPENAI_ENDPOINT',
  'AZURE_OPENAI_API_KEY',
  'AZURE_OPENAI_API_VERSION',
  'AZURE_DEPLOYMENT',
  'API_VERSION',
  'INSTRUCTIONS',
  'VOICE',
  'AUTH_SECRET',
  'AUTH_JWKS_URL',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'GUEST_ACCESS',
  'ALLOWED_ORIGINS',
  'MAX_CONNECTIONS_PER_USER',
  'MAX_REQUESTS_PER_MINUTE',
  'SESSION_IDLE_MINUTES',
  'SESSION_MAX_MINUTES',
  'DAILY_TOKENS_PER_USER',
  'DAILY_USD_PER_USER',
  'DAILY_VOICE_MINUTES_PER_USER',
  'LOCK_SESSION',
  'EPHEMERAL_KEYS',
  'HISTORY_DAYS',
  'TOOLS_MCP',
] as const;

const DEFAULT_PORT = 8787;
const DEFAULT_EMULATOR_PORT = 8788;
const HIGHEST_PORT = 65_535;
const SECRET_BYTES = 32;

/** Where variables come from: the environment first, then the text of `.dev.vars` ('' when there is none). */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly devVars: string;
  /** Taken when nobody chose an `AUTH_SECRET`. */
  readonly freshSecret: string;
}

/** A port, and whether somebody asked for it by name: one that was only a default may be swapped for a free one. */
export interface WantedPort {
  readonly port: number;
  readonly isChosen: boolean;
}

/** Everything a local run is started with. */
export interface Settings {
  readonly port: number;
  readonly emulator: WantedPort;
  /** False when an Azure is named. */
  readonly needsEmulator: boolean;
  /** What the Worker gets; without Azure's address and key when the emulator stands in for it. */
  readonly vars: Readonly<Record<string, string>>;
  readonly authSecret: string;
  /** The new text of `.dev.vars` when the secret is new, else null. */
  readonly devVarsToWrite: string | null;
  /** Why it cannot start: the variable and the fix, never a value. Empty when it can. */
  readonly problems: readonly string[];
  /** What it starts with although somebody may not have meant it. */
  readonly remarks: readonly string[];
}

/**
 * Settles every variable: from the environment, else from `.dev.vars`, else the default of a local run. An empty value
 * in the environment counts as "not set" and hides the one in the file.
 */
export function settle({ env, devVars, freshSecret }: Sources): Settings {
  const file = parseEnv(devVars);
  const get = (name: string): string => (env[name] ?? file[name] ?? '').trim();
  // Not hidden by an empty one in the environment: the secret in the file would be overwritten.
  const chosenSecret = get('AUTH_SECRET') || (file['AUTH_SECRET'] ?? '').trim();
  const authSecret = chosenSecret || freshSecret;
  const needsEmulator = firstOf(get, ['AZURE_ENDPOINT', 'AZURE_OPENAI_ENDPOINT']) === '';
  const port = portOf(get('PORT'), DEFAULT_PORT);
  const emulator = portOf(get('EMULATOR_PORT'), DEFAULT_EMULATOR_PORT);
  return {
    port: port ?? DEFAULT_PORT,
    emulator: { port: emulator ?? DEFAULT_EMULATOR_PORT, isChosen: get('EMULATOR_PORT') !== '' },
    needsEmulator,
    vars: workerVariables(get, { authSecret, needsEmulator }),
    authSecret,
    devVarsToWrite: chosenSecret === '' ? withSecret(devVars, freshSecret) : null,
    problems: [
      ...(port === null ? [portProblem('PORT')] : []),
      ...(emulator === null ? [portProblem('EMULATOR_PORT')] : []),
      ...(needsEmulator ? [] : credentialProblems(get)),
      ...(new TextEncoder().encode(authSecret).byteLength < SECRET_BYTES ? [SECRET_PROBLEM] : []),
    ],
    remarks: needsEmulator && firstOf(get, KEYS) !== '' ? [KEY_REMARK] : [],
  };
}

/** What the Worker is told to reach the emulator; the key is no secret, and the emulator takes any. */
export function emulatorVariables(url: string): Record<string, string> {
  return { AZURE_ENDPOINT: url, AZURE_API_KEY: 'the-emulator-takes-any-key' };
}

type Get = (name: string) => string;

const KEYS = ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'];
const ENTRA = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'];
const AZURE_ITSELF: readonly string[] = [
  ...KEYS,
  ...ENTRA,
  'AZURE_ENDPOINT',
  'AZURE_OPENAI_ENDPOINT',
  'AZURE_API_KEY_SECONDARY',
  'AZURE_FALLBACKS',
];

const SECRET_PROBLEM = `AUTH_SECRET: use ${SECRET_BYTES} bytes or more, or remove it and one is made`;
const KEY_REMARK =
  'A key is set but AZURE_ENDPOINT is not, so the emulator answers. Set AZURE_ENDPOINT to talk to Azure.';

function workerVariables(
  get: Get,
  { authSecret, needsEmulator }: Pick<Settings, 'authSecret' | 'needsEmulator'>,
): Record<string, string> {
  const names = WORKER_VARIABLES.filter((name) => !needsEmulator || !AZURE_ITSELF.includes(name));
  const named = names.map((name) => [name, get(name)] as const).filter(([, value]) => value !== '');
  return { GUEST_ACCESS: 'true', ...Object.fromEntries(named), AUTH_SECRET: authSecret };
}

function credentialProblems(get: Get): readonly string[] {
  if (firstOf(get, KEYS) !== '') return [];
  const missing = ENTRA.filter((name) => get(name) === '');
  if (missing.length === 0) return [];
  if (missing.length < ENTRA.length)
    return missing.map((name) => `${name}: set it too, Entra ID needs all three`);
  return ['AZURE_API_KEY: set it to a key of the resource that AZURE_ENDPOINT names'];
}

function firstOf(get: Get, names: readonly string[]): string {
  return names.map(get).find((value) => value !== '') ?? '';
}

/** Null when the text is no port. */
function portOf(given: string, fallback: number): number | null {
  if (given === '') return fallback;
  const port = Number(given);
  return Number.isInteger(port) && port >= 0 && port <= HIGHEST_PORT ? port : null;
}

function portProblem(name: string): string {
  return `${name}: must be a whole number from 0 (any free one) to ${HIGHEST_PORT}`;
}

/** The text with the secret in it: in place of an empty `AUTH_SECRET=`, else as one more line. */
function withSecret(devVars: string, secret: string): string {
  const line = `AUTH_SECRET=${secret}`;
  const empty = /^[ \t]*(?:export[ \t]+)?AUTH_SECRET[ \t]*=.*$/m;
  if (empty.test(devVars)) return devVars.replace(empty, () => line);
  const gap = devVars === '' || devVars.endsWith('\n') ? '' : '\n';
  return `${devVars}${gap}${line}\n`;
}
