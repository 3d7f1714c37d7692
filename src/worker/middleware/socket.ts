import { createMiddleware } from 'hono/factory';
import type { Door } from '../door.ts';
import { modeParameter } from '../openapi/sockets.ts';
import { readQuery } from '../parameter.ts';
import { isUpgrade } from '../upgrade.ts';
import { problem } from '../problem.ts';

/** Lets only WebSocket upgrades pass; a plain request is told what this address speaks. */
export const withUpgrade = createMiddleware<Door>(async (c, next) =>
  isUpgrade(c.req.raw) ? next() : problem('upgrade_required'),
);

/** Lets only a mode pass that there is. */
export const withMode = createMiddleware<Door>(async (c, next) => {
  const mode = readQuery(c, modeParameter);
  return mode.ok ? next() : mode.refusal;
});
