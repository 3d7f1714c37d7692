import * as v from 'valibot';
import { noTools } from '../azure/operator-tools.ts';
import type { Operator } from '../azure/session.ts';
import { readMcpServers, type McpServer } from '../agent/mcp-servers.ts';
import { readOtherWays, routesTo, type Route } from '../azure/routes.ts';
import { readAzureTarget, type AzureTarget } from '../azure/target.ts';
import { readIdentitySettings, type IdentitySettings } from '../identity/settings.ts';
import type { LimitOverrides, User } from '../identity/user.ts';
import {
  flag,
  optionalAmount,
  optionalPositive,
  positiveNumber,
  readSettings,
  text,
  wholeNumber,
  type Settings,
} from '../observe/settings.ts';
import type { UserLimits } from '../protocol/gateway-events.ts';
import type { Retention } from './store/retention.ts';

/** Everything a user's object needs to know before it may open a session. */
export interface Configuration {
  readonly target: AzureTarget;
  /** Every way to Azure, in the order to try them. */
  readonly routes: readonly Route[];
  readonly operator: Operator;
  readonly limits: Limits;
  readonly identity: IdentitySettings;
  /** Who gets a key with which a browser talks to Azure by itself: whoever has no budget, everybody, nobody. */
  readonly ephemeralKeys: 'unbudgeted' | 'always' | 'never';
  /** Servers whose tools the assistant may use. */
  readonly toolServers: readonly McpServer[];
}

/** What one user may do. A daily limit that nobody set is null. */
export interface Limits {
  /** Sessions at the same time. */
  readonly connections: number;
  readonly requestsPerMinute: number;
  /** A session in which nothing is said or typed ends after so many minutes. */
  readonly idleMinutes: number;
  /** Longest life of one session, in minutes. */
  readonly sessionMinutes: number;
  readonly dailyTokens: number | null;
  readonly dailyUsd: number | null;
  readonly dailyVoiceMinutes: number | null;
}

const INSTRUCTIONS =
  'You are a helpful, friendly voice assistant. Speak naturally and keep answers short unless asked for more.';

const limitsSchema = v.pipe(
  v.object({
    MAX_CONNECTIONS_PER_USER: wholeNumber(3, 1),
    MAX_REQUESTS_PER_MINUTE: wholeNumber(60, 1),
    SESSION_IDLE_MINUTES: positiveNumber(30),
    SESSION_MAX_MINUTES: positiveNumber(240),
    DAILY_TOKENS_PER_USER: optionalAmount(),
    DAILY_USD_PER_USER: optionalAmount(),
    DAILY_VOICE_MINUTES_PER_USER: optionalAmount(),
  }),
  v.transform((read): Limits => ({
    connections: read.MAX_CONNECTIONS_PER_USER,
    requestsPerMinute: read.MAX_REQUESTS_PER_MINUTE,
    idleMinutes: read.SESSION_IDLE_MINUTES,
    sessionMinutes: read.SESSION_MAX_MINUTES,
    dailyTokens: read.DAILY_TOKENS_PER_USER,
    dailyUsd: read.DAILY_USD_PER_USER,
    dailyVoiceMinutes: read.DAILY_VOICE_MINUTES_PER_USER,
  })),
);

const operatorSchema = v.object({
  INSTRUCTIONS: text(INSTRUCTIONS),
  VOICE: text('alloy'),
  LOCK_SESSION: flag(true),
  EPHEMERAL_KEYS: v.pipe(
    text('unbudgeted'),
    v.toLowerCase(),
    v.picklist(['unbudgeted', 'true', 'false'], 'must be true or false, or empty'),
    v.transform((given) => KEYS_FOR[given]),
  ),
});

const KEYS_FOR = { unbudgeted: 'unbudgeted', true: 'always', false: 'never' } as const;

/** Reads the limits alone; the door tells them to whoever signs in. */
export function readLimits(env: object): Settings<Limits> {
  return readSettings(limitsSchema, env);
}

/** The operator's limits as a token narrowed or widened them for its user. */
export function limitsFor(limits: Limits, overrides: LimitOverrides): Limits {
  const { unlocked: _unlocked, ...own } = overrides;
  return { ...limits, ...own };
}

/** Limits as they are told on the wire. */
export function toldLimits(limits: Limits): UserLimits {
  return {
    connections: limits.connections,
    requests_per_minute: limits.requestsPerMinute,
    daily_tokens: limits.dailyTokens,
    daily_usd: limits.dailyUsd,
    daily_voice_minutes: limits.dailyVoiceMinutes,
    idle_minutes: limits.idleMinutes,
    session_minutes: limits.sessionMinutes,
  };
}

const historySchema = v.object({ HISTORY_DAYS: optionalPositive() });

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Reads how long conversations are kept. Nobody's session is still in an empty one when it goes. */
export function readRetention(env: object): Settings<Retention> {
  const history = readSettings(historySchema, env);
  const limits = readLimits(env);
  if (!history.ok) return history;
  const { HISTORY_DAYS: days } = history.value;
  const longestMs = limits.ok ? limits.value.sessionMinutes * 60_000 : 0;
  return {
    ok: true,
    value: {
      keptMs: days === null ? null : days * DAY_MS,
      emptyMs: Math.max(DAY_MS, longestMs + HOUR_MS),
    },
  };
}

/** Reads Azure, operator, limits, identity, tool servers and how long things are kept; every problem of all at once. */
export function readConfiguration(env: object): Settings<Configuration> {
  const target = readAzureTarget(env);
  const others = readOtherWays(env);
  const limits = readLimits(env);
  const operator = readSettings(operatorSchema, env);
  const identity = readIdentitySettings(env);
  const retention = readRetention(env);
  const toolServers = readMcpServers(env);
  const isRead =
    target.ok && others.ok && limits.ok && operator.ok && identity.ok && retention.ok && toolServers.ok;
  if (!isRead) {
    const reads = [target, others, limits, operator, identity, retention, toolServers];
    return { ok: false, problems: reads.flatMap((read) => (read.ok ? [] : read.problems)) };
  }
  const { INSTRUCTIONS: instructions, VOICE: voice, LOCK_SESSION: isLocked } = operator.value;
  const { transcriptionDeployment } = target.value;
  return {
    ok: true,
    value: {
      target: target.value,
      routes: routesTo(target.value, others.value),
      limits: limits.value,
      identity: identity.value,
      toolServers: toolServers.value,
      ephemeralKeys: operator.value.EPHEMERAL_KEYS,
      // Which tools there are a call knows, once the servers have said.
      operator: { instructions, voice, transcriptionDeployment, isLocked, tools: noTools },
    },
  };
}

/** Whether the operator's lock holds for this user. */
export function isLockedFor({ limits }: User, { isLocked }: Operator): boolean {
  return isLocked && limits.unlocked !== true;
}
