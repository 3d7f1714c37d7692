import type { Limits } from '../durable-objects/configuration.ts';
import type { Proof } from '../durable-objects/opening.ts';
import type { Env } from './env.ts';
import type { DoorSettings } from './settings.ts';
import type { User } from '../identity/user.ts';

/** What a request carries through the door: bindings, settings once read, and who it is once known. */
export interface Door {
  readonly Bindings: Env;
  readonly Variables: {
    settings: DoorSettings;
    limits: Limits;
    /** Set on the routes of the API, by `withKnownUser` and `withAdmittedUser`. */
    user: User;
    /** Set on the addresses of sockets, by `withUser`: a ticket does not tell the door whose it is. */
    entrance: Entrance;
  };
}

/** By which object a socket comes in, and on what proof. */
export interface Entrance {
  readonly objectName: string;
  readonly proof: Proof;
}
