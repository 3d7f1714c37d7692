/** People who call: through the door as anybody would, or past it, to an Azure that misbehaves or under limits of their own. */
import { env, exports } from 'cloudflare:workers';
import { Account } from '../../src/durable-objects/account.ts';
import { acceptBrowser } from '../../src/durable-objects/browser-socket.ts';
import { planCall, type CallHost } from '../../src/durable-objects/call-plan.ts';
import { overSockets } from '../../src/durable-objects/calls.ts';
import { Call } from '../../src/durable-objects/call.ts';
import type { ToolSources } from '../../src/durable-objects/call-tools.ts';
import type { Configuration, Limits } from '../../src/durable-objects/configuration.ts';
import { Dialer, type Patience } from '../../src/durable-objects/dialer.ts';
import { Meter } from '../../src/durable-objects/meter.ts';
import { newSessionId } from '../../src/durable-objects/session-id.ts';
import { Notebook, type Pages } from '../../src/durable-objects/notebook.ts';
import { openingFor } from '../../src/durable-objects/opening.ts';
import { toolTable } from '../../src/agent/tools/table.ts';
import type { Route } from '../../src/azure/routes.ts';
import type { LimitOverrides, User } from '../../src/identity/user.ts';
import { nothingSaid } from '../../src/durable-objects/store/memory.ts';
import { tokenFor } from '../support/tokens.ts';
import { Caller } from './caller.ts';
import { MemoryStorage } from './memory-storage.ts';

let people = 0;

/** A name that nobody had before. */
export function newPerson(): string {
  people += 1;
  return `person-${people}-${crypto.randomUUID()}`;
}

/** A token of this person's with limits of their own. */
export function tokenWith(person: string, voxgate: LimitOverrides, claims: object = {}): Promise<string> {
  return tokenFor(person, { claims: { voxgate, ...claims } });
}

/** What the door answers to somebody who wants to call. */
export async function knock(subprotocol: string | null, token: string, query = ''): Promise<Response> {
  const headers = new Headers({ Upgrade: 'websocket', Authorization: `Bearer ${token}` });
  if (subprotocol) headers.set('Sec-WebSocket-Protocol', subprotocol);
  return exports.default.fetch(`http://localhost/ws/voice${query}`, { headers });
}

/** A call through the door, of a new person unless a token says whose it is. */
export async function calls(subprotocol: string | null, token?: string, query = ''): Promise<Caller> {
  const shown = token ?? (await tokenFor(newPerson()));
  const { webSocket, status, headers } = await knock(subprotocol, shown, query);
  if (!webSocket) throw new Error(`refused with ${status}`);
  const chosen = headers.get('Sec-WebSocket-Protocol');
  if (chosen !== subprotocol) throw new Error(`asked for ${subprotocol}, answered ${chosen}`);
  return new Caller(webSocket);
}

/** How a call past the door differs from the usual one. */
export interface DirectCall {
  readonly deployment?: string;
  readonly endpoint?: string;
  /** In place of the one to `deployment` at `endpoint`. */
  readonly routes?: readonly Route[];
  readonly dialer?: Dialer;
  readonly patience?: Patience;
  /** What the model may call; the table unless told. */
  readonly tools?: ToolSources;
  readonly lane?: 'voxgate.v1' | 'realtime';
  readonly isTraced?: boolean;
  readonly limits?: Partial<Limits>;
  /** When the credential runs out, in milliseconds from now. */
  readonly credentialMs?: number;
  readonly authenticate?: CallHost['authenticate'];
  /** Told what is kept of the call. */
  readonly pages?: Pages;
}

/** What somebody may do of whom nobody has said anything else. */
export const LIMITS: Limits = {
  connections: 3,
  requestsPerMinute: 60,
  idleMinutes: 30,
  sessionMinutes: 240,
  dailyTokens: null,
  dailyUsd: null,
  dailyVoiceMinutes: null,
};

/** A way to a deployment of the emulator. */
export function routeTo(
  deployment: string,
  { name = 'primary', endpoint = env.AZURE_ENDPOINT, key = 'k' } = {},
): Route {
  return {
    name,
    endpoint,
    credential: { kind: 'key', key },
    realtimeDeployment: deployment,
    chatDeployment: null,
  };
}

/** A call without door and object. */
export function callsDirectly({
  deployment = 'gpt-realtime',
  endpoint = env.AZURE_ENDPOINT,
  lane = 'voxgate.v1',
  isTraced = false,
  limits = {},
  credentialMs = 86_400_000,
  authenticate = async () => ({ outcome: 'refused', message: 'Not here.' }),
  pages = { note: () => {}, erase: () => {}, recall: () => nothingSaid },
  routes = [routeTo(deployment, { endpoint })],
  patience = 'always',
  dialer = new Dialer(),
  tools = toolTable,
}: DirectCall = {}): { caller: Caller; ended: Promise<void>; account: Account } {
  const configuration: Configuration = {
    target: {
      endpoint,
      apiKey: 'k',
      realtimeDeployment: deployment,
      transcriptionDeployment: 'whisper-1',
      chatDeployment: 'gpt-4o',
    },
    routes,
    operator: {
      instructions: 'x',
      voice: 'alloy',
      transcriptionDeployment: 'whisper-1',
      isLocked: true,
      tools: [],
    },
    identity: {
      authSecret: 'a secret of the test, long enough for it',
      keySetUrl: null,
      issuer: null,
      audience: null,
    },
    limits: { ...LIMITS, ...limits },
    toolServers: [],
    ephemeralKeys: 'unbudgeted',
  };
  const user: User = {
    issuer: 'voxgate',
    subject: 'test',
    isAdmin: false,
    isGuest: false,
    expiresAt: (Date.now() + credentialMs) / 1000,
    limits: {},
    credential: { kind: 'token', hash: 'test' },
  };
  const opening = { ...openingFor([lane], { kind: 'user', user }), isTraced };
  const { browser, answer } = acceptBrowser(opening);
  if (!answer.webSocket) throw new Error('no socket');
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<void>();
  const host: CallHost = {
    env: {},
    user: '0123456789ab',
    dial: async (signal) => dialer.dial(routes, { signal, patience }),
    authenticate,
    onTick: () => {},
    onPaid: () => {},
    tools,
    keep: () => {},
    onEnd,
  };
  const sessionId = newSessionId('00');
  const account = new Account(new MemoryStorage(), Date.now());
  const meter = new Meter(account, sessionId, { limits: configuration.limits, sessions: () => 1 });
  const notebook = new Notebook(`conv_${'0'.repeat(32)}`, sessionId, pages);
  const booking = {
    sessionId,
    user,
    meter,
    notebook,
    recalled: nothingSaid,
    startedAt: Date.now(),
    now: Date.now(),
  };
  const call = new Call(
    browser,
    planCall(opening, configuration, { booking, host, course: overSockets(host) }),
  );
  const caller = new Caller(answer.webSocket);
  void call.connect();
  return { caller, ended, account };
}

/** An item somebody typed. */
export function typed(text: string): object {
  const content = [{ type: 'input_text', text }];
  return { type: 'conversation.item.create', item: { type: 'message', role: 'user', content } };
}
