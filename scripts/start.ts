/** `npm start`: everything a newcomer needs, on loopback, until SIGINT or SIGTERM. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmulator } from '../emulator/server.ts';
import { isCode, readLocalSettings } from './local.ts';
import { isPortFree } from './port.ts';
import { emulatorVariables, type Settings } from './settings.ts';
import { startVoxgate } from './voxgate.ts';

const STATE_DIR = join(resolve(import.meta.dirname, '..'), '.wrangler/state');
const STOP_MS = 4_000;
const PARENT_POLL_MS = 500;

const USAGE =
  'usage: npm start [-- --state DIR]\n  --state DIR   keep conversations there instead of in .wrangler/state';

/** A reason not to start that the person can do something about: told in words, without a stack. */
class Refusal extends Error {}

async function main(): Promise<void> {
  const wantsToStop = stopSignal();
  try {
    const { state } = readArguments();
    const settings = await readLocalSettings();
    if (settings.problems.length > 0) throw new Refusal(settings.problems.join('\n'));
    const running = run(settings, state);
    // Stopped while starting: what was started is tied to this process and ends with it.
    const stop = await Promise.race([running, wantsToStop]);
    await wantsToStop;
    setTimeout(() => process.exit(1), STOP_MS).unref();
    await stop?.();
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Refusal ? error.message : error);
    process.exit(1);
  }
}

async function run(settings: Settings, stateDir: string): Promise<() => Promise<void>> {
  if (!(await isPortFree(settings.port))) {
    throw new Refusal(
      `Port ${settings.port} is in use. Stop what listens there, or choose another: PORT=9000 npm start`,
    );
  }
  for (const remark of settings.remarks) console.log(remark);
  console.log('Starting…');
  const emulator = settings.needsEmulator ? await openEmulator(settings) : null;
  const voxgate = await startVoxgate({
    port: settings.port,
    stateDir,
    isWatching: true,
    vars: { ...settings.vars, ...(emulator ? emulatorVariables(emulator.url) : {}) },
    log: (line) => console.log(line),
  });
  let isStopping = false;
  void voxgate.ended.then(() => {
    if (isStopping) return;
    console.error('The server ended by itself; the lines above say why.');
    process.exit(1);
  });
  announce(voxgate.url, emulator?.url ?? null);
  return async () => {
    isStopping = true;
    await Promise.all([voxgate.close(), emulator?.close()]);
  };
}

async function openEmulator({ emulator: { port, isChosen } }: Settings): ReturnType<typeof startEmulator> {
  try {
    return await startEmulator({ port });
  } catch (error) {
    if (!isCode(error, 'EADDRINUSE')) throw error;
    if (!isChosen) return startEmulator({ port: 0 });
    throw new Refusal(
      `Port ${port} is in use. Choose another for the emulator: EMULATOR_PORT=9001 npm start`,
    );
  }
}

function announce(url: string, emulatorUrl: string | null): void {
  const address = url.replace('127.0.0.1', 'localhost');
  const speaksWith = emulatorUrl
    ? `the emulator, a pretend Azure on this machine (${emulatorUrl}); set AZURE_ENDPOINT and AZURE_API_KEY for a real one`
    : 'the Azure that AZURE_ENDPOINT names';
  console.log(`\n  Voxgate is at  ${address}\n  It talks to    ${speaksWith}\n  Stop it with   Ctrl+C\n`);
}

function readArguments(): { readonly state: string } {
  try {
    const { values } = parseArgs({ options: { state: { type: 'string' } } });
    return { state: values.state ? resolve(values.state) : STATE_DIR };
  } catch {
    throw new Refusal(USAGE);
  }
}

/** Settles at the first SIGINT or SIGTERM, or when the npm that started this is gone and can no longer pass one on. */
function stopSignal(): Promise<void> {
  return new Promise((settle) => {
    process.on('SIGINT', () => settle());
    process.on('SIGTERM', () => settle());
    const parent = process.ppid;
    if (process.env['npm_lifecycle_event'] === undefined) return;
    setInterval(() => {
      if (process.ppid !== parent) settle();
    }, PARENT_POLL_MS).unref();
  });
}

await main();
