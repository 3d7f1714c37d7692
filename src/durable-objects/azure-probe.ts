import type { Route } from '../azure/routes.ts';
import type { AzureProbe } from './admission.ts';
import type { Dialer } from './dialer.ts';

/** Dials Azure as a call would, hangs up at once, and tells how it went. Never throws. */
export async function probeAzure(dialer: Dialer, routes: readonly Route[]): Promise<AzureProbe> {
  const startedAt = Date.now();
  const dialled = await dialer.dial(routes, {
    signal: new AbortController().signal,
    patience: 'none',
  });
  switch (dialled.outcome) {
    case 'connected':
      dialled.socket.accept();
      dialled.socket.close(1000, 'Only asking');
      return { ok: true, ms: Date.now() - startedAt };
    case 'refused':
      return { ok: false, reason: `refused with ${dialled.status} (${dialled.code})` };
    case 'unreachable':
      return { ok: false, reason: `unreachable (${dialled.reason})` };
    case 'resting':
      return { ok: false, reason: 'unreachable (circuit open)' };
  }
}
