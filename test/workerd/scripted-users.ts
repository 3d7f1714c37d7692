import type { Admission, AzureProbe, LiveSession } from '../../src/durable-objects/admission.ts';
import type { SessionManager } from '../../src/durable-objects/session-manager.ts';

/** What a scripted object answers; `unreachable` instead of an answer rejects, as a broken stub does. */
export interface Script {
  readonly admit?: Admission | 'unreachable';
  readonly live?: readonly LiveSession[] | 'unreachable' | 'silent';
  readonly probe?: AzureProbe | 'unreachable';
}

/** Users' objects that answer what the test says: the states that real ones are in for a moment only. */
export class ScriptedUsers {
  /** Names of the objects asked for their sessions, in order. */
  readonly asked: string[] = [];
  /** Ids of the sessions that were ended. */
  readonly ended: string[] = [];
  readonly #silence = Promise.withResolvers<void>();
  /** Settles when an object that stays silent was asked. */
  readonly silence: Promise<void> = this.#silence.promise;
  readonly #scripts: Readonly<Record<string, Script>>;

  /** `scripts` by the name of the object; whoever has none is admitted, and has no sessions. */
  constructor(scripts: Readonly<Record<string, Script>> = {}) {
    this.#scripts = scripts;
  }

  /** As the platform binds it. */
  get namespace(): DurableObjectNamespace<SessionManager> {
    return this as unknown as DurableObjectNamespace<SessionManager>;
  }

  getByName(name: string): object {
    const { admit = { outcome: 'admitted' }, live = [], probe } = this.#scripts[name] ?? {};
    return {
      id: { toString: () => name },
      admit: async () => orReject(admit),
      liveSessions: async () => {
        this.asked.push(name);
        if (live === 'silent') {
          this.#silence.resolve();
          return new Promise(() => {});
        }
        return orReject(live);
      },
      endSession: async (id: string) => {
        if (!Array.isArray(live) || !live.some(({ sessionId }) => sessionId === id)) return false;
        this.ended.push(id);
        return true;
      },
      probeAzure: async () => orReject(probe ?? { ok: true, ms: 12 }),
    };
  }
}

function orReject<T>(answer: T | 'unreachable'): T {
  if (answer === 'unreachable') throw new Error('Durable Object reset because its code was updated.');
  return answer;
}
