import { dialRealtime } from '../azure/dial.ts';
import type { AzureTarget } from '../azure/target.ts';
import type { AzureProbe } from './admission.ts';

/** Dials Azure as a call would, hangs up at once, and tells how it went. Never throws. */
export async function probeAzure(target: AzureTarget): Promise<AzureProbe> {
  const startedAt = Date.now();
  const dialled = await dialRealtime(target, new AbortController().signal);
  switch (dialled.outcome) {
    case 'connected':
      dialled.socket.accept();
      dialled.socket.close(1000, 'Only asking');
      return { ok: true, ms: Date.now() - startedAt };
    case 'refused':
      return { ok: false, reason: `refused with ${dialled.status} (${dialled.code})` };
    case 'unreachable':
      return { ok: false, reason: `unreachable (${dialled.reason})` };
  }
}
