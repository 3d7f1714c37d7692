/** The page on a real port with its real headers, and a gateway beside it that says what a test tells it to. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ChatServerEvent } from '../../src/protocol/chat-events.ts';
import { errorEvent, type GatewayErrorCode } from '../../src/protocol/errors.ts';
import type { GatewayEvent, UserLimits } from '../../src/protocol/gateway-events.ts';
import { ScriptedMemory } from './scripted-memory.ts';

const PUBLIC = resolve(import.meta.dirname, '../../public');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/**
 * How `POST /api/session` answers: 200 lets a person in, as a guest unless told, anything else is a problem with this
 * code. `DELETE` answers with `signOutStatus` (204).
 */
export interface SessionAnswer {
  readonly status: number;
  readonly code?: string;
  readonly isGuest?: boolean;
  readonly retryAfterSeconds?: number;
  readonly signOutStatus?: number;
}

/** The gateway's end of one call of the page. */
export interface FakeCall {
  /** What the page sent as text, oldest first; waits for the next that matches. */
  next(type: string): Promise<Record<string, unknown>>;
  /** What stands behind the path of its address. */
  readonly query: string;
  /** The subprotocols it offered. */
  readonly offered: readonly string[];
  /** How many frames came up, text and binary. */
  frames(): number;
  /** Everything it sent as text so far, with what `next` has taken. */
  readonly events: readonly Record<string, unknown>[];
  /** Waits until this many bytes of sound have come up; resolves with all of them so far. */
  sound(bytes: number): Promise<Buffer>;
  send(event: Readonly<Record<string, unknown>>): void;
  /** The same, checked against the words that only the gateway speaks. */
  tell(event: GatewayEvent): void;
  sendSound(pcm: Uint8Array): void;
  /** Complains with one of the gateway's own codes. */
  complain(code: GatewayErrorCode, message: string): void;
  close(code: number, reason?: string): void;
  /** Cuts the connection without a word, as a network does. */
  cut(): void;
  /** The code the page closed with. */
  readonly closed: Promise<number>;
}

/** The gateway's end of one chat of the page. Pings are answered and not told. */
export interface FakeChat {
  /** What the page sent, oldest first; waits for the next of this type. */
  next(type: string): Promise<Record<string, unknown>>;
  readonly events: readonly Record<string, unknown>[];
  send(event: ChatServerEvent): void;
  close(code: number, reason?: string): void;
  /** Cuts the connection without a word, as a network does. */
  cut(): void;
  /** The code the page closed with. */
  readonly closed: Promise<number>;
}

/** A page server that runs. */
export interface PageServer {
  readonly url: string;
  /** What `/api/conversations` and `/api/me` answer from. */
  readonly memory: ScriptedMemory;
  /** The next chat that the page opens. */
  nextChat(): Promise<FakeChat>;
  /** The next call that the page opens. The first frames are the test's to send. */
  nextCall(): Promise<FakeCall>;
  answerSessionsWith(answer: SessionAnswer): void;
  stop(): Promise<void>;
}

/** Serves `public/` as it is built, and beside it `scripts`, source text by path. */
export async function startPageServer(scripts: Readonly<Record<string, string>> = {}): Promise<PageServer> {
  const headers = await readHeaders();
  let sessionAnswer: SessionAnswer = { status: 200 };
  const server = createServer((request, response) => {
    if (request.url === '/api/session') answerSession(request, response, sessionAnswer);
    else if (request.url !== undefined && request.url in scripts) serveScript(response, scripts[request.url]);
    else if (request.url?.startsWith('/api/')) void memory.answer(request, response);
    else void serveAsset(request.url ?? '/', response, headers);
  });
  const memory = new ScriptedMemory();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const calls = queue<FakeCall>();
  const chats = queue<FakeChat>();
  server.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    sockets.handleUpgrade(request, socket, head, (browser) => {
      if (pathname === '/ws/text') chats.put(fakeChat(browser));
      else calls.put(fakeCall(browser, request));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    memory,
    nextCall: () => calls.take(),
    nextChat: () => chats.take(),
    answerSessionsWith: (answer) => {
      sessionAnswer = answer;
    },
    stop: () => stop(server, sockets),
  };
}

/** What comes up a socket, as it is waited for. */
function ears(browser: WebSocket) {
  const events: Record<string, unknown>[] = [];
  const taken = new Set<Record<string, unknown>>();
  const waiters = new Set<() => void>();
  const heard = { sound: Buffer.alloc(0) };
  browser.on('message', (data: Buffer, isBinary) => {
    if (isBinary) heard.sound = Buffer.concat([heard.sound, data]);
    else events.push(JSON.parse(data.toString()) as Record<string, unknown>);
    for (const wake of waiters) wake();
  });

  function until<T>(look: () => T | undefined): Promise<T> {
    return new Promise((found) => {
      const wake = (): void => {
        const value = look();
        if (value === undefined) return;
        waiters.delete(wake);
        found(value);
      };
      waiters.add(wake);
      wake();
    });
  }

  const next = (type: string): Promise<Record<string, unknown>> =>
    until(() => {
      const event = events.find((it) => it['type'] === type && !taken.has(it));
      if (event !== undefined) taken.add(event);
      return event;
    });
  return { events, heard, until, next };
}

function fakeChat(browser: WebSocket): FakeChat {
  const { events, next } = ears(browser);
  return {
    events,
    next,
    send: (event) => browser.send(JSON.stringify(event)),
    close: (code, reason) => browser.close(code, reason),
    cut: () => browser.terminate(),
    closed: new Promise((done) => browser.once('close', done)),
  };
}

function fakeCall(browser: WebSocket, { url = '', headers }: IncomingMessage): FakeCall {
  const query = new URL(url, 'http://localhost').search;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim());
  let frames = 0;
  browser.on('message', () => {
    frames += 1;
  });
  const { events, heard, until, next } = ears(browser);
  return {
    events,
    query,
    offered,
    frames: () => frames,
    next,
    sound: (bytes) => until(() => (heard.sound.length >= bytes ? heard.sound : undefined)),
    send: (event) => browser.send(JSON.stringify(event)),
    tell: (event) => browser.send(JSON.stringify(event)),
    sendSound: (pcm) => browser.send(pcm),
    complain: (code, message) => browser.send(JSON.stringify(errorEvent({ code, message }, 'event_1'))),
    close: (code, reason) => browser.close(code, reason),
    cut: () => browser.terminate(),
    closed: new Promise((done) => browser.once('close', done)),
  };
}

function queue<T>(): { put(value: T): void; take(): Promise<T> } {
  const values: T[] = [];
  const takers: ((value: T) => void)[] = [];
  return {
    put(value) {
      const taker = takers.shift();
      if (taker === undefined) values.push(value);
      else taker(value);
    },
    take() {
      const value = values.shift();
      return value === undefined ? new Promise((taker) => takers.push(taker)) : Promise.resolve(value);
    },
  };
}

function answerSession(request: IncomingMessage, response: ServerResponse, answer: SessionAnswer): void {
  if (request.method === 'DELETE') {
    response.writeHead(answer.signOutStatus ?? 204).end();
    return;
  }
  const isAllowed = answer.status === 200 && request.method === 'POST';
  const status = request.method === 'GET' ? 401 : answer.status;
  const { code = 'unauthenticated', isGuest = true, retryAfterSeconds } = answer;
  response.writeHead(status, {
    'content-type': isAllowed ? 'application/json' : 'application/problem+json',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(isAllowed ? whoIs(isGuest) : { title: 'Refused', status, code }));
}

/** Limits as a person without budgets has them. */
export const limits: UserLimits = {
  connections: 3,
  requests_per_minute: 60,
  daily_tokens: null,
  daily_usd: null,
  daily_voice_minutes: null,
  idle_minutes: 30,
  session_minutes: 240,
};

function whoIs(isGuest: boolean): object {
  const user = isGuest ? 'guest-1' : 'ada';
  return { user, role: 'user', guest: isGuest, expires_at: 4_102_444_800, limits };
}

function serveScript(response: ServerResponse, source: string | undefined): void {
  response.writeHead(200, { 'content-type': 'text/javascript' });
  response.end(source);
}

async function serveAsset(
  url: string,
  response: ServerResponse,
  headers: Record<string, string>,
): Promise<void> {
  const path = new URL(url, 'http://localhost').pathname;
  const file = join(PUBLIC, path === '/' ? 'index.html' : path);
  try {
    if (!file.startsWith(PUBLIC)) throw new Error('outside');
    const content = await readFile(file);
    response.writeHead(200, {
      ...headers,
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

/** The headers of `public/_headers`, as the platform would send them with every asset. */
async function readHeaders(): Promise<Record<string, string>> {
  const text = await readFile(join(PUBLIC, '_headers'), 'utf8');
  const lines = text.split('\n').filter((line) => /^\s+\S+:/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const;
    }),
  );
}

async function stop(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const browser of sockets.clients) browser.terminate();
  sockets.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
