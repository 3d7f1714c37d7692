/** Modules written by a test, judged by the compiler of this repository. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const REPO = resolve(import.meta.dirname, '../..');

/** Inside the repository, so that the modules find its packages, and ignored by git. */
const SCRATCH = join(REPO, 'node_modules/.cache/type-check');

const options = {
  extends: '../../../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    noEmit: true,
    emitDeclarationOnly: false,
    declaration: false,
    exactOptionalPropertyTypes: false,
    noUnusedLocals: false,
    lib: ['esnext', 'dom'],
    types: ['node'],
  },
  include: ['./*.ts'],
};

/** What the compiler found, as it prints it, by file name; a file with nothing wrong has an empty list. */
export type Findings = Readonly<Record<string, readonly string[]>>;

/** Checks modules (source by file name, e.g. `good.ts`) in one run of `tsc`. `REPO` in an import stands for the repository. */
export async function typeCheck(modules: Readonly<Record<string, string>>): Promise<Findings> {
  await mkdir(SCRATCH, { recursive: true });
  const folder = await mkdtemp(join(SCRATCH, 'run-'));
  try {
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
    for (const [name, source] of Object.entries(modules)) {
      await writeFile(join(folder, name), source.replaceAll("'REPO/", `'${REPO}/`));
    }
    const lines = (await runCompiler(folder)).split('\n').filter((line) => line !== '');
    const findings = Object.keys(modules).map((name) => [name, findingsOf(lines, name)] as const);
    const rest = lines.filter((line) => /^\S+\(\d+,\d+\): error|^error/.test(line) && !isOf(line, modules));
    if (rest.length > 0) throw new Error(`The compiler did not get to the modules:\n${rest.join('\n')}`);
    return Object.fromEntries(findings);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function findingsOf(lines: readonly string[], name: string): string[] {
  const found: string[] = [];
  let isOurs = false;
  for (const line of lines) {
    if (!line.startsWith(' ')) isOurs = isIn(line, name);
    if (!isOurs) continue;
    if (line.startsWith(' ')) found.push(`${found.pop() ?? ''}\n${line}`);
    else found.push(line);
  }
  return found;
}

function isOf(line: string, modules: Readonly<Record<string, string>>): boolean {
  return Object.keys(modules).some((name) => isIn(line, name));
}

function isIn(line: string, name: string): boolean {
  return line.startsWith(`${name}(`) || line.includes(`/${name}(`);
}

function runCompiler(folder: string): Promise<string> {
  return new Promise((done) => {
    const tsc = join(REPO, 'node_modules/.bin/tsc');
    execFile(
      tsc,
      ['-p', folder, '--pretty', 'false'],
      { cwd: folder, maxBuffer: 2 ** 26 },
      (_, stdout, stderr) => done(stdout + stderr),
    );
  });
}
