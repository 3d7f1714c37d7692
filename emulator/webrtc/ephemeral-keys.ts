/** The ephemeral keys that are out: each opens calls with the session it was minted for, until it expires. */
import { randomBase62 } from '../ids.ts';
import type { SessionConfig } from '../realtime/session-config.ts';
import type { SessionKind } from '../realtime/transcription-session.ts';

const KEY_LENGTH = 32;

/** What a key stands for. `model` is null for a session that only transcribes: there it is a setting of its own. */
export interface Grant {
  readonly kind: SessionKind;
  readonly model: string | null;
  readonly config: SessionConfig;
}

/** A key as it is handed out; `expires_at` in Unix seconds. */
export interface EphemeralKey {
  readonly value: string;
  readonly expires_at: number;
}

/** All keys of one emulator. `now` is in Unix ms. */
export class EphemeralKeys {
  readonly #grants = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();

  /** Hands out a key. Forgets the expired ones, so that their number stays bounded by time. */
  mint(grant: Grant, life: { readonly seconds: number; readonly now: number }): EphemeralKey {
    for (const [value, { expiresAt }] of this.#grants) {
      if (expiresAt * 1000 <= life.now) this.#grants.delete(value);
    }
    const value = `ek_${randomBase62(KEY_LENGTH)}`;
    const expiresAt = Math.floor(life.now / 1000) + life.seconds;
    this.#grants.set(value, { grant, expiresAt });
    return { value, expires_at: expiresAt };
  }

  /** What a key stands for; null when it is unknown or expired. It may be used more than once. */
  find(value: string, now: number): Grant | null {
    const found = this.#grants.get(value);
    return found && found.expiresAt * 1000 > now ? found.grant : null;
  }
}
