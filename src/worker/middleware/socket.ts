import { createMiddleware } from 'hono/factory';
import type { Door } from '../door.ts';
import { isUpgrade } from '../upgrade.ts';
import { problem } from '../problem.ts';

/** Lets only WebSocket upgrades pass; a plain request is told what this address speaks. */
export const withUpgrade = createMiddleware<Door>(async (c, next) =>
  isUpgrade(c.req.raw) ? next() : problem('upgrade_required'),
);
