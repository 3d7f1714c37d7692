import type { Limits } from '../durable-objects/configuration.ts';
import type { Env } from './env.ts';
import type { DoorSettings } from './settings.ts';
import type { User } from '../identity/user.ts';

/** What a request carries through the door: bindings, settings once read, and the user once known. */
export interface Door {
  readonly Bindings: Env;
  readonly Variables: {
    settings: DoorSettings;
    limits: Limits;
    user: User;
  };
}
