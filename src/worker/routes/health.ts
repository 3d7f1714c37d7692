import type { Context } from 'hono';
import { readConfiguration } from '../../durable-objects/configuration.ts';
import type { Door } from '../door.ts';
import { readDoorSettings } from '../settings.ts';

/** Version of this Voxgate, as `package.json` has it. */
export const VERSION = '0.1.0';

/** Tells whether this Worker could serve a call: 200 healthy, or 503 with the names of what is not configured. */
export function health(c: Context<Door>): Response {
  const reads = [readDoorSettings(c.env), readConfiguration(c.env)];
  const reasons = [...new Set(reads.flatMap((read) => (read.ok ? [] : read.problems)))];
  c.header('Cache-Control', 'no-store');
  if (reasons.length === 0) return c.json({ status: 'healthy', version: VERSION });
  c.header('Retry-After', '60');
  return c.json({ status: 'unhealthy', version: VERSION, reasons }, 503);
}
