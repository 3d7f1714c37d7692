/** Which tool servers an agent asks: the variable `TOOLS_MCP`. */
import * as v from 'valibot';
import { readSettings, text, type Settings } from '../observe/settings.ts';

/** A server of tools that speaks MCP over streamable HTTP. */
export interface McpServer {
  /** How it is told apart: its tools are named after it. */
  readonly name: string;
  readonly url: string;
  /** Sent with each request, for example an `authorization`. Secret. */
  readonly headers: Readonly<Record<string, string>>;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const MOST_SERVERS = 16;

const headers = v.pipe(
  v.record(v.string(), v.string('must be an object of texts'), 'must be an object of texts'),
  v.check(areHeaders, 'names a header that cannot be sent'),
);

const server = v.strictObject(
  {
    name: v.pipe(
      v.string('must be text'),
      v.regex(/^[a-zA-Z0-9_-]{1,24}$/, 'must be letters, digits, _ or -, at most 24'),
    ),
    url: v.pipe(
      v.string('must be text'),
      v.check(isAddress, 'must be an https address (http only for loopback), without a password in it'),
    ),
    headers: v.optional(headers, {}),
  },
  'must be {"name", "url"} and maybe "headers"',
);

const list = v.pipe(
  v.array(server, 'must be a JSON list of {"name", "url", "headers"}'),
  v.maxLength(MOST_SERVERS, `may name ${MOST_SERVERS} servers at most`),
  v.check(
    (servers) => new Set(servers.map(({ name }) => name)).size === servers.length,
    'must give each server a name of its own',
  ),
);

const variable = v.object({ TOOLS_MCP: text('[]') });

/** Reads `TOOLS_MCP`. Every problem is named by its place in the list; no value is repeated. */
export function readMcpServers(env: object): Settings<readonly McpServer[]> {
  const read = readSettings(variable, env);
  if (!read.ok) return read;
  const given = parseJson(read.value.TOOLS_MCP);
  if (given === undefined) return problem('must be a JSON list of {"name", "url", "headers"}');
  const parsed = v.safeParse(list, given, { abortPipeEarly: true });
  if (parsed.success) return { ok: true, value: parsed.output };
  return { ok: false, problems: parsed.issues.map((issue) => `TOOLS_MCP: ${placeOf(issue)}${fixOf(issue)}`) };
}

function problem(fix: string): Settings<never> {
  return { ok: false, problems: [`TOOLS_MCP: ${fix}`] };
}

/** Which server and which of its fields; the name of a header is the operator's own word, and stays out. */
function placeOf(issue: v.BaseIssue<unknown>): string {
  const [index, field] = issue.path?.map(({ key }) => key) ?? [];
  if (typeof index !== 'number') return '';
  const isKnown = field === 'name' || field === 'url' || field === 'headers';
  return `server ${index + 1}${isKnown ? `, ${field}` : ''}: `;
}

/** Our own words; those of the schema library may repeat what was given. */
function fixOf({ kind, type, message }: v.BaseIssue<unknown>): string {
  return kind === 'schema' && type === 'strict_object'
    ? 'must be {"name", "url"} and maybe "headers"'
    : message;
}

function isAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  return isSafe && username === '' && password === '';
}

function areHeaders(given: Readonly<Record<string, string>>): boolean {
  try {
    return [...new Headers({ ...given })].length === Object.keys(given).length;
  } catch {
    return false;
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
