/** `npm run deploy`: `wrangler deploy`, after a check that every required secret is set. Arguments go to wrangler. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { missingSecrets, secretNames } from './required-secrets.ts';

const REPO = resolve(import.meta.dirname, '..');

process.exitCode = await deploy(process.argv.slice(2));

async function deploy(args: readonly string[]): Promise<number> {
  if (args.includes('--dry-run')) return (await wrangler(['deploy', ...args], 'inherit')).code;
  const listed = await wrangler(['secret', 'list', '--format', 'json'], 'pipe');
  const { vars } = unstable_readConfig({ config: join(REPO, 'wrangler.toml') });
  const plain = Object.keys(vars).filter((name) => vars[name] !== '');
  const missing = missingSecrets([...plain, ...secretNames(listed.output)]);
  if (missing.length === 0) return (await wrangler(['deploy', ...args], 'inherit')).code;
  if (listed.code !== 0) console.error(`${listed.output}\nThe secrets could not be listed, see above.`);
  console.error(
    `Not deployed: needed and not known to be set:\n${missing.map((line) => `  ${line}`).join('\n')}`,
  );
  console.error('Set one with: npx wrangler secret put NAME');
  return 1;
}

async function wrangler(
  args: readonly string[],
  output: 'pipe' | 'inherit',
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(join(REPO, 'node_modules/.bin/wrangler'), args, {
    cwd: REPO,
    stdio: ['inherit', output, output],
    env: { WRANGLER_SEND_METRICS: 'false', ...process.env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)));
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : 1, output: text };
}
