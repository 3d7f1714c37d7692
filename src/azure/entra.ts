/** Tokens of Microsoft Entra ID, for operators who give their gateway an application instead of a key. */
import { isRecord } from './wire.ts';

/** An application that may use the resource. */
export interface EntraApp {
  /** Where tokens are asked for, an origin: `https://login.microsoftonline.com` in the public cloud. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A token; or nobody answered; or the answer was no, with its status. Never a word of the answer itself. */
export type EntraAnswer =
  | { readonly outcome: 'token'; readonly token: string }
  | { readonly outcome: 'refused'; readonly status: number }
  | { readonly outcome: 'unreachable' };

/** The scope of Azure AI services; the older `https://cognitiveservices.azure.com/.default` is going out of use. */
const SCOPE = 'https://ai.azure.com/.default';

/** A token is renewed so long before it runs out, so that no dial ever waits for it but the first. */
const EARLY_MS = 300_000;

/** How long Entra may take. */
const TIMEOUT_MS = 5_000;

/** An answer without a lifetime is good for so long. */
const SHORTEST_MS = 60_000;

interface Kept {
  readonly token: string;
  readonly expiresAt: number;
}

/** The tokens of one application: asked for once, kept until they have nearly run out, and renewed in the background. */
export class EntraTokens {
  readonly #app: EntraApp;
  #kept: Kept | null = null;
  #asking: Promise<EntraAnswer> | null = null;

  constructor(app: EntraApp) {
    this.#app = app;
  }

  /** A token that is good now. `now` in Unix milliseconds. Never throws. */
  async token(now: number): Promise<EntraAnswer> {
    const kept = this.#kept;
    if (kept === null || kept.expiresAt <= now) return this.#ask(now);
    // Whoever needs it now takes the one there is, whatever becomes of the next.
    if (kept.expiresAt - EARLY_MS <= now) void this.#ask(now);
    return { outcome: 'token', token: kept.token };
  }

  /** Azure refused a token that should have been good: the next is asked for anew. */
  forget(token: string): void {
    if (this.#kept?.token === token) this.#kept = null;
  }

  /** One question at a time; who comes meanwhile shares its answer. */
  async #ask(now: number): Promise<EntraAnswer> {
    this.#asking ??= this.#fetch(now).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #fetch(now: number): Promise<EntraAnswer> {
    const { authority, tenantId, clientId, clientSecret } = this.#app;
    try {
      const response = await fetch(`${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
          scope: SCOPE,
        }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const read: unknown = response.ok ? await response.json() : await response.body?.cancel();
      const token = isRecord(read) ? read['access_token'] : null;
      if (!isRecord(read) || typeof token !== 'string' || token === '') {
        return { outcome: 'refused', status: response.status };
      }
      const seconds = Number(read['expires_in']);
      const lifeMs = Number.isFinite(seconds) ? Math.max(SHORTEST_MS, seconds * 1000) : SHORTEST_MS;
      this.#kept = { token, expiresAt: now + lifeMs };
      return { outcome: 'token', token };
    } catch {
      return { outcome: 'unreachable' };
    }
  }
}
