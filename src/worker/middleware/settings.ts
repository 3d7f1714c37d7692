import { createMiddleware } from 'hono/factory';
import { readConfiguration } from '../../durable-objects/configuration.ts';
import { countMisconfigured } from '../../observe/refusals.ts';
import type { Door } from '../door.ts';
import { problem } from '../problem.ts';
import { readDoorSettings } from '../settings.ts';

/**
 * Reads the configuration, or answers 503: the operator's log gets every problem at once, the visitor one plain word.
 */
export const withSettings = createMiddleware<Door>(async (c, next) => {
  const door = readDoorSettings(c.env);
  const rest = readConfiguration(c.env);
  if (!door.ok || !rest.ok) {
    const problems = [door, rest].flatMap((read) => (read.ok ? [] : read.problems));
    // Both rooms ask who people are.
    countMisconfigured([...new Set(problems)]);
    return problem('not_configured');
  }
  c.set('settings', door.value);
  c.set('limits', rest.value.limits);
  return next();
});
