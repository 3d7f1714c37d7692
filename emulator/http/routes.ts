/** A table of plain HTTP routes by path and method, and the one way their answers are written. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { type HttpRefusal, notFound, toHttp } from './refusals.ts';

/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Handlers by path, then by method. `:name` in a path stands for any one segment. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** Writes JSON. */
export function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Writes a refusal as Azure words it. */
export function sendRefusal(response: ServerResponse, refusal: HttpRefusal): void {
  const { body, headers } = toHttp(refusal);
  response.writeHead(refusal.status, headers);
  response.end(body);
}

/** Finds the handler of a request, or the one that says there is none. */
export function route(routes: Routes, request: IncomingMessage): Handler {
  const { pathname } = toUrl(request);
  const methods = Object.entries(routes).find(([path]) => matches(path, pathname))?.[1];
  if (!methods) return (_request, response) => sendRefusal(response, notFound);
  const method = request.method ?? 'GET';
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  return handler ?? ((_request, response) => sendRefusal(response, methodNotAllowed(Object.keys(methods))));
}

/** The address a request asks for. Paths with a double slash stay as they are: Azure knows no such path. */
export function toUrl(request: IncomingMessage): URL {
  const path = request.url ?? '/';
  return new URL(`http://emulator.invalid${path.startsWith('/') ? path : '/'}`);
}

function matches(path: string, pathname: string): boolean {
  const wanted = path.split('/');
  const given = pathname.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((segment, at) => (segment.startsWith(':') ? given[at] !== '' : segment === given[at]))
  );
}

function methodNotAllowed(allowed: readonly string[]): HttpRefusal {
  return {
    status: 405,
    code: '405',
    message: `This path answers ${allowed.join(', ')}.`,
    headers: { allow: allowed.join(', ') },
  };
}
