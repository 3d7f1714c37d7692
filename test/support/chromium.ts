/** A real Chromium for tests: the one that is installed, else the one inside the `@sparticuz/chromium` package. */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const REPO = resolve(import.meta.dirname, '../..');
const PACKAGE = join(REPO, 'node_modules/@sparticuz/chromium');
const CACHE = join(REPO, 'node_modules/.cache/chromium');

const INSTALLED = [
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Nothing but loopback is ever asked for, not even by the browser's own housekeeping. */
const QUIET = [
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** What a browser needs to run: its program, and the environment that finds its libraries and fonts. */
export interface ChromiumProgram {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How to start a browser; everything may be left out. */
export interface LaunchOptions {
  /** A WAV file that plays once into the fake microphone, from the moment a page opens it. Default: beeps. */
  readonly microphoneWav?: string;
  /** More command-line flags. */
  readonly args?: readonly string[];
}

/**
 * The program to run: `CHROME_PATH`, else the first usual path that exists, else the packaged one, unpacked once into
 * `node_modules/.cache`. Throws when `CHROME_PATH` names no program, so that a typing error is not hidden.
 */
export async function findChromium(env: NodeJS.ProcessEnv = process.env): Promise<ChromiumProgram> {
  const wanted = env['CHROME_PATH'];
  if (wanted) {
    accessSync(wanted, constants.X_OK);
    return { executablePath: wanted, env: {} };
  }
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed) return { executablePath: installed, env: {} };
  return packagedChromium(CACHE);
}

/**
 * The browser inside the package, unpacked below `cache` when this version is not there yet. Safe for several processes
 * at once: each unpacks into a folder of its own, and whoever renames it first is the one that counts.
 */
export async function packagedChromium(cache: string): Promise<ChromiumProgram> {
  const home = join(cache, await packageVersion());
  if (!existsSync(home)) await unpackInto(home);
  return {
    executablePath: join(home, 'chromium'),
    env: {
      LD_LIBRARY_PATH: [join(home, 'al2023/lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
    },
  };
}

/**
 * Starts a headless browser with a fake microphone that is allowed without asking. Sound still needs a user's gesture, as
 * it does for people. Close it with `browser.close()`.
 */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const program = await findChromium();
  const { microphoneWav, args = [] } = options;
  return chromium.launch({
    executablePath: program.executablePath,
    env: { ...process.env, ...program.env },
    chromiumSandbox: false,
    args: [
      ...QUIET,
      '--autoplay-policy=document-user-activation-required',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      ...(microphoneWav ? [`--use-file-for-fake-audio-capture=${microphoneWav}%noloop`] : []),
      ...args,
    ],
  });
}

async function unpackInto(home: string): Promise<void> {
  await mkdir(dirname(home), { recursive: true });
  const own = await mkdtemp(`${home}-unpacking-`);
  try {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'chromium-unpack.ts')], {
      env: { ...process.env, TMPDIR: own, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    });
    await writeFile(join(own, 'fonts.conf'), fontsConf(home));
    await rename(own, home);
  } catch (cause) {
    if (!existsSync(home)) throw new Error(`could not unpack Chromium into ${home}`, { cause });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** The package's own configuration names only folders of a cloud function; ours names where the fonts really are. */
function fontsConf(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(home, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(home, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}

async function packageVersion(): Promise<string> {
  const text = await readFile(join(PACKAGE, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
