import * as fc from 'fast-check';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { settle, WORKER_VARIABLES } from '../../scripts/settings.ts';

const FRESH = 'f'.repeat(64);
const OWN = 'o'.repeat(32);
const AZURE = { AZURE_ENDPOINT: 'https://a.openai.azure.com', AZURE_API_KEY: 'k', AUTH_SECRET: OWN };

function settings(env: Record<string, string | undefined>, devVars = '') {
  return settle({ env, devVars, freshSecret: FRESH });
}

describe('where a value comes from', () => {
  test('[S2] the environment wins over .dev.vars, and .dev.vars over the default', () => {
    expect(settings({ PORT: '9000' }, 'PORT=9001').port).toBe(9000);
    expect(settings({}, 'PORT=9001').port).toBe(9001);
    expect(settings({}).port).toBe(8787);
    expect(settings({}).emulator).toEqual({ port: 8788, isChosen: false });
    expect(settings({ EMULATOR_PORT: '8788' }).emulator).toEqual({ port: 8788, isChosen: true });
  });

  test('[S2] an empty variable in the environment hides the one in the file', () => {
    const file = 'AZURE_ENDPOINT=https://a.openai.azure.com\nAZURE_API_KEY=k';
    expect(settings({}, file).needsEmulator).toBe(false);
    expect(settings({ AZURE_ENDPOINT: '' }, file).needsEmulator).toBe(true);
  });

  test('[S2] guests are let in by default, and kept out when a variable says so', () => {
    expect(settings({}).vars['GUEST_ACCESS']).toBe('true');
    expect(settings({ GUEST_ACCESS: 'false' }).vars['GUEST_ACCESS']).toBe('false');
  });

  test('[S2] nothing of the environment but the named variables reaches the Worker', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (env) => {
        const names = Object.keys(settings(env).vars);
        expect(names.filter((name) => !(WORKER_VARIABLES as readonly string[]).includes(name))).toEqual([]);
      }),
    );
  });
});

describe('the emulator', () => {
  test('[S3] it is needed when no Azure is named, under the current name or the older one', () => {
    expect(settings({}).needsEmulator).toBe(true);
    expect(settings(AZURE).needsEmulator).toBe(false);
    const older = { AZURE_OPENAI_ENDPOINT: 'https://a.openai.azure.com', AZURE_OPENAI_API_KEY: 'k' };
    expect(settings(older).needsEmulator).toBe(false);
    expect(settings(older).problems).toEqual([]);
  });

  test('[S3] beside the emulator no real credential is handed to the Worker, and a lone key is remarked on', () => {
    const { vars, remarks, problems } = settings({ AZURE_API_KEY: 'k', AZURE_REALTIME_DEPLOYMENT: 'slow' });
    expect(vars).not.toHaveProperty('AZURE_API_KEY');
    expect(vars['AZURE_REALTIME_DEPLOYMENT']).toBe('slow');
    expect(remarks).toHaveLength(1);
    expect(problems).toEqual([]);
  });
});

describe('the secret', () => {
  test('[S4] a new one is written on a line of its own, and every other line stays', () => {
    expect(settings({}).devVarsToWrite).toBe(`AUTH_SECRET=${FRESH}\n`);
    expect(settings({}, 'VOICE=ash').devVarsToWrite).toBe(`VOICE=ash\nAUTH_SECRET=${FRESH}\n`);
    expect(settings({}, 'AUTH_SECRET=\nVOICE=ash\n').devVarsToWrite).toBe(
      `AUTH_SECRET=${FRESH}\nVOICE=ash\n`,
    );
  });

  test('[S4] one that is there is kept, wherever it is, even when the environment holds an empty one', () => {
    expect(settings({ AUTH_SECRET: OWN }).devVarsToWrite).toBeNull();
    expect(settings({}, `AUTH_SECRET=${OWN}`).authSecret).toBe(OWN);
    expect(settings({ AUTH_SECRET: '' }, `AUTH_SECRET=${OWN}`).devVarsToWrite).toBeNull();
  });

  test('[S4] whatever lines the file had, the next run reads the same values and the secret', () => {
    const name = fc.stringMatching(/^[A-Z_]{1,12}$/).filter((n) => n !== 'AUTH_SECRET');
    const value = fc.stringMatching(/^[a-z0-9:/.$ -]{0,20}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fc.boolean(), (pairs, endsInNewline) => {
        const text = pairs.map(([n, v]) => `${n}="${v}"`).join('\n') + (endsInNewline ? '\n' : '');
        const written = settings({}, text).devVarsToWrite ?? '';
        expect(parseEnv(written)).toEqual({ ...parseEnv(text), AUTH_SECRET: FRESH });
        expect(settings({}, written).devVarsToWrite).toBeNull();
      }),
    );
  });
});

describe('problems', () => {
  test('[S5] a missing key beside an endpoint is named', () => {
    const { problems } = settings({ ...AZURE, AZURE_API_KEY: undefined });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('AZURE_API_KEY');
  });

  test('[S5] Entra ID does instead of a key, when all three are there', () => {
    const entra = { ...AZURE, AZURE_API_KEY: undefined, AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' };
    expect(settings({ ...entra, AZURE_CLIENT_SECRET: 's' }).problems).toEqual([]);
    expect(settings(entra).problems.join()).toContain('AZURE_CLIENT_SECRET');
  });

  test.each(['8787x', '-1', '65536', '1.5'])('[S5] %s is no port, and is not repeated', (port) => {
    const { problems } = settings({ PORT: port, EMULATOR_PORT: port });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['PORT', 'EMULATOR_PORT']);
    expect(problems.join()).not.toContain(port);
  });

  test('[S5] a short secret is told without its value', () => {
    const { problems } = settings({ AUTH_SECRET: 'hunter2' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('AUTH_SECRET');
    expect(problems[0]).not.toContain('hunter2');
  });
});
