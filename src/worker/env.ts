import type { Directory } from '../durable-objects/directory.ts';
import type { SessionManager } from '../durable-objects/session-manager.ts';

/** What the platform binds to this Worker; variables beside these are read by the rooms that own them. */
export interface Env {
  readonly USERS: DurableObjectNamespace<SessionManager>;
  /** Counts requests by address, roughly; a runtime without it counts nothing. */
  readonly KNOCKS?: RateLimit;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  /** Where measurements go; without it there are none. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
}
