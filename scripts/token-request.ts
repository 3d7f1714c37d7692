/** What `npm run token` was asked for. Pure. */
import { parseArgs } from 'node:util';
import * as v from 'valibot';

/** How to ask. */
export const TOKEN_USAGE = `usage: npm run --silent token -- USER [--admin] [--ttl 1h] [--limits JSON]
  USER            who the token names
  --admin         opens the admin routes
  --ttl           how long it is good: a number and s, m, h or d (1h)
  --limits JSON   this user's own limits, any of connections, requestsPerMinute, dailyTokens, dailyUsd,
                  dailyVoiceMinutes (numbers) and unlocked (true or false)`;

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 };

const amount = v.optional(v.pipe(v.number(), v.minValue(0)));
const whole = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));

/** The claim `voxgate`: limits of one user. */
const limitsSchema = v.strictObject({
  connections: whole,
  requestsPerMinute: whole,
  dailyTokens: amount,
  dailyUsd: amount,
  dailyVoiceMinutes: amount,
  unlocked: v.optional(v.boolean()),
});

/** One token to sign. */
export interface TokenRequest {
  readonly user: string;
  readonly isAdmin: boolean;
  readonly ttlSeconds: number;
  readonly limits: v.InferOutput<typeof limitsSchema> | null;
}

/** Reads the command line after the program's name; `problem` says in words what is wrong with it. */
export function parseTokenRequest(
  args: readonly string[],
): { readonly ok: true; readonly request: TokenRequest } | { readonly ok: false; readonly problem: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        admin: { type: 'boolean', default: false },
        ttl: { type: 'string', default: '1h' },
        limits: { type: 'string' },
      },
    });
    const [user] = positionals;
    if (!user || positionals.length > 1) return { ok: false, problem: 'exactly one USER is needed' };
    const limits = values.limits === undefined ? null : parseLimits(values.limits);
    const request = { user, isAdmin: values.admin, ttlSeconds: parseTtl(values.ttl), limits };
    return { ok: true, request };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function parseTtl(text: string): number {
  const { count, unit } = /^(?<count>[1-9]\d{0,8})(?<unit>[smhd])$/.exec(text)?.groups ?? {};
  if (unit === 's' || unit === 'm' || unit === 'h' || unit === 'd') return Number(count) * SECONDS[unit];
  throw new Error(`--ttl must be a number and s, m, h or d, like 90s or 1h`);
}

function parseLimits(text: string): TokenRequest['limits'] {
  const read = v.safeParse(
    v.pipe(v.string(), v.parseJson(), v.check(isObject, 'must be a JSON object'), limitsSchema),
    text,
  );
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new Error(`--limits: ${v.getDotPath(issue) ?? 'JSON'}: ${issue.message}`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
