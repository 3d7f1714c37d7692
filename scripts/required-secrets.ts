/** What must be set before a deployed Voxgate can work. Pure. */
import * as v from 'valibot';

/** One need, met when all names of any of its ways are set. */
interface Need {
  readonly ways: readonly (readonly string[])[];
  readonly missing: string;
}

const NEEDS: readonly Need[] = [
  {
    ways: [['AZURE_ENDPOINT'], ['AZURE_OPENAI_ENDPOINT']],
    missing: 'AZURE_ENDPOINT: the address of your Azure OpenAI resource',
  },
  {
    ways: [
      ['AZURE_API_KEY'],
      ['AZURE_OPENAI_API_KEY'],
      ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
    ],
    missing:
      'AZURE_API_KEY: a key of that resource, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
  },
  {
    ways: [['AUTH_SECRET']],
    missing: 'AUTH_SECRET: 32 bytes or more, for example from: openssl rand -base64 48',
  },
];

/** One line for each need that the names set so far do not meet; empty when all are met. */
export function missingSecrets(names: readonly string[]): readonly string[] {
  const isSet = (name: string): boolean => names.includes(name);
  return NEEDS.filter(({ ways }) => !ways.some((way) => way.every(isSet))).map(({ missing }) => missing);
}

const listSchema = v.pipe(v.string(), v.parseJson(), v.array(v.object({ name: v.string() })));

/** The names in what `wrangler secret list --format json` printed; none when it printed something else. */
export function secretNames(output: string): readonly string[] {
  const read = v.safeParse(listSchema, output.slice(Math.max(0, output.indexOf('['))));
  return read.success ? read.output.map(({ name }) => name) : [];
}
