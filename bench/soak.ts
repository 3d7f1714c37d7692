/** `npm run bench:soak`: calls that are opened, talked and broken, and what is left of them. `-- --calls 1000`. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { startEmulator } from '../emulator/server.ts';
import { tokenOf, voxgateItself } from './subjects.ts';
import { startWorkerd } from './workerd.ts';

const { values } = parseArgs({ options: { calls: { type: 'string', default: '1000' } } });
const CALLS = Number(values.calls);
const AT_ONCE = 8;
const USERS = 40;
/** A call waits for its browser so long; Azure's goodbye takes a moment. */
const GRACE_MS = 36_000;

/** What an isolate of Cloudflare's may have: https://developers.cloudflare.com/workers/platform/limits/#memory. */
const HEAP_MB = 128;

/** What is kept of a call only as long as it lasts. */
const OF_A_CALL = /^(?:checkpoint|session|journal)\//;

/** How a call is broken. */
const BREAKS = ['over', 'cut', 'cut and back', 'reload', 'azure', 'in an answer'] as const;

const emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0 });
const voxgate = await startWorkerd(
  await voxgateItself(emulator.url, {
    MAX_REQUESTS_PER_MINUTE: '1000000',
    MAX_CONNECTIONS_PER_USER: '1000',
  }),
  { heapMb: HEAP_MB },
);
const tokens = await Promise.all(Array.from({ length: USERS }, (_, user) => tokenOf(`soak-${user}`)));
const admin = await tokenOf('soak-admin', { role: 'admin' });
const resident: number[] = [];
let done = 0;
const started = performance.now();

const all = Array.from({ length: CALLS }, (_, index) => index);
// A drop hits every socket to Azure that is open, and a call that has only begun ends with it.
const alone = all.filter((index) => breakOf(index) === 'azure');
const together = all.filter((index) => breakOf(index) !== 'azure');
await Promise.all(
  Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let at = lane; at < together.length; at += AT_ONCE) await goThrough(together[at] ?? 0);
  }),
);
for (const index of alone) await goThrough(index);
const talkedMs = performance.now() - started;
await wait(GRACE_MS);
await report();
await voxgate[Symbol.asyncDispose]();
await emulator.close();

async function goThrough(index: number): Promise<void> {
  await call(index);
  done += 1;
  if (done % Math.ceil(CALLS / 10) === 0) resident.push(await megabytes());
}

function breakOf(index: number): (typeof BREAKS)[number] {
  return BREAKS[index % BREAKS.length] ?? 'over';
}

/** One call: opened, talked, broken. */
async function call(index: number): Promise<void> {
  const how = breakOf(index);
  const headers = { Authorization: `Bearer ${tokens[index % USERS]}` };
  const first = await dial('/ws/voice', ['voxgate.v1'], headers);
  await first.hears('session.created');
  says(first.socket, how === 'in an answer' ? 'count to thirty' : 'hello');
  await first.hears(how === 'in an answer' ? 'response.created' : 'gateway.usage');
  if (how === 'azure') {
    await fetch(`${emulator.url}/emulator/faults`, {
      method: 'POST',
      body: JSON.stringify({ kind: 'drop', count: 1 }),
    });
    says(first.socket, 'still there?');
    await first.hears('gateway.usage');
  }
  if (how === 'over' || how === 'azure') return first.ends(() => first.socket.close(1000));
  if (how === 'reload') await first.ends(() => first.socket.close(4000));
  else await first.ends(() => first.socket.terminate());
  if (how === 'cut' || how === 'in an answer') return;
  const again = await dial(
    `/ws/voice?received=${first.count()}`,
    ['voxgate.v1', `voxgate.resume.${first.token()}`],
    headers,
  );
  await again.hears('gateway.resumed');
  says(again.socket, 'hello again');
  await again.hears('gateway.usage');
  await again.ends(() => again.socket.close(1000));
}

function says(socket: WebSocket, text: string): void {
  const content = [{ type: 'input_text', text }];
  socket.send(
    JSON.stringify({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } }),
  );
  socket.send('{"type":"response.create"}');
}

async function dial(path: string, protocols: readonly string[], headers: Record<string, string>) {
  const socket = new WebSocket(`${voxgate.url}${path}`, [...protocols], { headers });
  let count = 0;
  let token = '';
  const heard: string[] = [];
  let wake: (() => void) | null = null;
  socket.on('message', (data: Buffer, isBinary) => {
    count += 1;
    if (isBinary) return;
    const event = JSON.parse(data.toString());
    if (event.resume_token) token = event.resume_token;
    heard.push(event.type === 'error' ? event.error.code : event.type);
    wake?.();
  });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  let next = 0;
  return {
    socket,
    count: () => count,
    token: () => token,
    hears: async (type: string) => {
      for (const until = performance.now() + 20_000; ;) {
        while (next < heard.length) if (heard[next++] === type) return;
        if (performance.now() > until) throw new Error(`waited for ${type}, heard ${heard.join(', ')}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1_000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    ends: async (end: () => void) => {
      const closed = once(socket, 'close');
      end();
      await closed;
    },
  };
}

async function report(): Promise<void> {
  const stats = Object(await (await fetch(`${emulator.url}/emulator/stats`)).json());
  const origin = voxgate.url.replace('ws', 'http');
  const answer = await fetch(`${origin}/api/admin/sessions`, {
    headers: { Authorization: `Bearer ${admin}` },
  });
  const { sessions } = Object(await answer.json());
  console.log(
    `${CALLS} calls of ${USERS} people, ${AT_ONCE} at a time, in ${(talkedMs / 1000).toFixed(0)} s.`,
  );
  console.log(`Sockets to Azure opened ${stats.sockets_total}, open now ${stats.sockets_open}.`);
  console.log(`Sessions open now: ${sessions.length}.`);
  console.log(
    `Memory of the runtime after each tenth, MB: ${resident.map((mb) => mb.toFixed(0)).join(', ')}.`,
  );
  console.log(`And at the end: ${(await megabytes()).toFixed(0)}.`);
  const left = (await voxgate.keys('USERS')).filter((key) => OF_A_CALL.test(key));
  console.log(`Rows of calls left: ${left.length}.`);
  if (stats.sockets_open + sessions.length + left.length > 0) process.exitCode = 1;
}

async function megabytes(): Promise<number> {
  const status = await readFile(`/proc/${voxgate.pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(?<kb>\d+)/.exec(status)?.groups?.['kb'] ?? 0) / 1024;
}
