/** `npm run emulator`: the pretend Azure alone, on EMULATOR_PORT (8788), until SIGINT or SIGTERM. */
import { toSettings } from './options.ts';
import { startEmulator } from './server.ts';

const { EMULATOR_PORT: portText = '', EMULATOR_API_KEY: apiKey = '', EMULATOR_TETHER: tether } = process.env;

try {
  const port = readPort(portText);
  const emulator = await startEmulator({ port, apiKey });
  console.log(`The emulator listens on ${emulator.url}`);
  const stop = (): void => void emulator.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // Whoever starts the emulator as a child may be killed without a chance to stop it: then its end of the pipe closes.
  if (tether === '1') process.stdin.resume().once('end', stop).once('error', stop);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

function readPort(text: string): number {
  if (text === '') return toSettings({}).port;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`EMULATOR_PORT must be a port between 0 and 65535, not "${text}".`);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `The emulator cannot start: ${error.message.replace('listen ', '')}. Set EMULATOR_PORT to a free port.`;
  }
  return `The emulator cannot start: ${error.message}`;
}
