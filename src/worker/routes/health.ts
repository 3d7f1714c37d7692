import { Hono, type Context, type Next } from 'hono';
import type { AzureProbe } from '../../durable-objects/admission.ts';
import { readConfiguration } from '../../durable-objects/configuration.ts';
import type { Door } from '../door.ts';
import { withAdmin, withAdmittedUser } from '../middleware/identity.ts';
import { readDoorSettings } from '../settings.ts';
import { unreachable } from '../unreachable.ts';
import { userObject } from '../users.ts';

/** Version of this Voxgate, as `package.json` has it. */
export const VERSION = '0.1.0';

const RETRY_AFTER_SECONDS = 60;

/**
 * Tells whether this Worker could serve a call: 200 healthy, or 503 with the names of what is not configured. When it
 * could, and `deep=1` asks for more, the question goes on to those who know who asks, and to `deepHealth`.
 */
export async function health(c: Context<Door>, next: Next): Promise<Response | void> {
  const reads = [readDoorSettings(c.env), readConfiguration(c.env)];
  const reasons = [...new Set(reads.flatMap((read) => (read.ok ? [] : read.problems)))];
  if (reasons.length > 0) return unhealthy(c, { reasons });
  if (c.req.query('deep') === '1') return next();
  c.header('Cache-Control', 'no-store');
  return c.json({ status: 'healthy', version: VERSION });
}

/** Dials Azure from the object of the admin who asks: 200 with how long it took, or 503 with the reason. */
export const deepHealth = new Hono<Door>().get('/', withAdmittedUser, withAdmin, (c) => probe(c));

deepHealth.onError(unreachable);

async function probe(c: Context<Door>): Promise<Response> {
  const object = await userObject(c.env, c.var.settings.authSecret, c.var.user);
  const found: AzureProbe = await object.probeAzure();
  if (!found.ok) return unhealthy(c, { azure: { reachable: false }, reasons: [found.reason] });
  c.header('Cache-Control', 'no-store');
  return c.json({ status: 'healthy', version: VERSION, azure: { reachable: true, ms: found.ms } });
}

interface Unhealthy {
  readonly reasons: readonly string[];
  readonly azure?: { readonly reachable: false };
}

function unhealthy(c: Context<Door>, facts: Unhealthy): Response {
  c.header('Cache-Control', 'no-store');
  c.header('Retry-After', String(RETRY_AFTER_SECONDS));
  return c.json({ status: 'unhealthy', version: VERSION, ...facts }, 503);
}
