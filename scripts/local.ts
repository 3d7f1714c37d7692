/** The settings of a local run, from where they really are. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Settings, settle, type Sources } from './settings.ts';

const DEV_VARS = join(resolve(import.meta.dirname, '..'), '.dev.vars');
const SECRET_BYTES = 48;
const OWNER_ONLY = 0o600;

/**
 * Reads the environment and `.dev.vars`, and writes a new `AUTH_SECRET` there when there is none: to a file that only
 * its owner can read when it is a new one, else beside the lines that are in it.
 */
export async function readLocalSettings(
  env: Sources['env'] = process.env,
  path: string = DEV_VARS,
): Promise<Settings> {
  const devVars = await readFile(path, 'utf8').catch(emptyWhenMissing);
  const freshSecret = randomBytes(SECRET_BYTES).toString('base64url');
  const settings = settle({ env, devVars: devVars ?? '', freshSecret });
  if (settings.devVarsToWrite === null) return settings;
  try {
    // A file that came meanwhile is another run's, with its secret in it: read that one.
    const flag = devVars === null ? 'wx' : 'w';
    await writeFile(path, settings.devVarsToWrite, { mode: OWNER_ONLY, flag });
    return settings;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    return readLocalSettings(env, path);
  }
}

/** True for an error of the system with this code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function emptyWhenMissing(error: unknown): null {
  if (isCode(error, 'ENOENT')) return null;
  throw error;
}
