import { createMiddleware } from 'hono/factory';
import { readConfiguration, type Limits } from '../../durable-objects/configuration.ts';
import { countMisconfigured } from '../../observe/refusals.ts';
import type { Settings } from '../../observe/settings.ts';
import type { Door } from '../door.ts';
import { problem } from '../problem.ts';
import { readDoorSettings, type DoorSettings } from '../settings.ts';

/** What every request needs to know of the configuration. */
interface Known {
  readonly settings: DoorSettings;
  readonly limits: Limits;
}

/**
 * Knows the configuration, or answers 503: the operator's log gets every problem at once, the visitor one plain word.
 */
export const withSettings = createMiddleware<Door>(async (c, next) => {
  const known = knownOf(c.env);
  if (!known.ok) {
    countMisconfigured(known.problems);
    return problem('not_configured');
  }
  c.set('settings', known.value.settings);
  c.set('limits', known.value.limits);
  return next();
});

const readings = new WeakMap<object, Settings<Known>>();

/** Read once for each environment, which never changes and is the same object for all requests of an isolate. */
function knownOf(env: object): Settings<Known> {
  const known = readings.get(env) ?? read(env);
  readings.set(env, known);
  return known;
}

function read(env: object): Settings<Known> {
  const door = readDoorSettings(env);
  const rest = readConfiguration(env);
  if (door.ok && rest.ok) return { ok: true, value: { settings: door.value, limits: rest.value.limits } };
  const problems = [door, rest].flatMap((reading) => (reading.ok ? [] : reading.problems));
  // Both rooms ask who people are.
  return { ok: false, problems: [...new Set(problems)] };
}
