import * as v from 'valibot';
import type { Operator } from '../azure/session.ts';
import { readAzureTarget, type AzureTarget } from '../azure/target.ts';
import { flag, readSettings, text, wholeNumber, type Settings } from '../observe/settings.ts';

/** Everything a user's object needs to know before it may open a session. */
export interface Configuration {
  readonly target: AzureTarget;
  readonly operator: Operator;
  readonly limits: Limits;
}

/** What one user may do. */
export interface Limits {
  /** Sessions at the same time. */
  readonly connections: number;
  /** Longest life of one session, in minutes. */
  readonly sessionMinutes: number;
}

const INSTRUCTIONS =
  'You are a helpful, friendly voice assistant. Speak naturally and keep answers short unless asked for more.';

const limitsSchema = v.pipe(
  v.object({ MAX_CONNECTIONS_PER_USER: wholeNumber(3, 1), SESSION_MAX_MINUTES: wholeNumber(240, 1) }),
  v.transform((read): Limits => ({
    connections: read.MAX_CONNECTIONS_PER_USER,
    sessionMinutes: read.SESSION_MAX_MINUTES,
  })),
);

const operatorSchema = v.object({
  INSTRUCTIONS: text(INSTRUCTIONS),
  VOICE: text('alloy'),
  LOCK_SESSION: flag(true),
});

/** Reads the limits alone; the door tells them to whoever signs in. */
export function readLimits(env: object): Settings<Limits> {
  return readSettings(limitsSchema, env);
}

/** Reads Azure, operator and limits; every problem of all three at once. */
export function readConfiguration(env: object): Settings<Configuration> {
  const target = readAzureTarget(env);
  const limits = readLimits(env);
  const operator = readSettings(operatorSchema, env);
  if (!target.ok || !limits.ok || !operator.ok) {
    return {
      ok: false,
      problems: [target, limits, operator].flatMap((read) => (read.ok ? [] : read.problems)),
    };
  }
  const { INSTRUCTIONS: instructions, VOICE: voice, LOCK_SESSION: isLocked } = operator.value;
  const { transcriptionDeployment } = target.value;
  return {
    ok: true,
    value: {
      target: target.value,
      limits: limits.value,
      operator: { instructions, voice, transcriptionDeployment, isLocked },
    },
  };
}
