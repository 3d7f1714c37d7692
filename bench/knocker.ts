/**
 * Knocks at a door that lets nobody in, as a process of its own: so many upgrades, so many of them a second, of each kind
 * in turn. Told by one message, and answers with how many got which status.
 */
import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** What to knock with. */
export interface Knocks {
  readonly url: string;
  readonly count: number;
  readonly perSecond: number;
  /** Headers of the kinds of visitor, in turn. */
  readonly kinds: readonly Readonly<Record<string, string>>[];
}

/** No finer than timers are; coarser, and visitors would come in crowds. */
const TICK_MS = 1;

process.once('message', (knocks: Knocks) => void main(knocks));
process.once('disconnect', () => process.exit());
process.send?.({ port: 0 });

async function main({ url, count, perSecond, kinds }: Knocks): Promise<void> {
  const pending: Promise<string>[] = [];
  const start = performance.now();
  for (let made = 0; made < count; made += 1) {
    const due = start + (made * 1000) / perSecond;
    const earlyMs = due - performance.now();
    if (earlyMs > TICK_MS) await wait(earlyMs);
    pending.push(knock(url, kinds[made % kinds.length] ?? {}));
  }
  const statuses: Record<string, number> = {};
  for (const status of await Promise.all(pending)) statuses[status] = (statuses[status] ?? 0) + 1;
  process.send?.({ statuses, ms: performance.now() - start });
}

function knock(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve) => {
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const sent = request(url, { headers: { ...upgrade, ...headers } });
    sent.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(String(answer.statusCode)));
    });
    sent.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve('101');
    });
    sent.on('error', () => resolve('no answer'));
    sent.end();
  });
}
