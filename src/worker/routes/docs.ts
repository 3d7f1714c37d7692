import type { Context } from 'hono';
import { docsPage } from '../docs/page.ts';
import type { Door } from '../door.ts';
import { apiDocument, type ApiDocument } from '../openapi/document.ts';
import { docsPolicy } from '../security-policy.ts';
import { VERSION } from './health.ts';

/** The same for everybody, and for as long as this version runs. */
const FRESH = 'public, max-age=300';

/** Made once per isolate, when somebody asks. */
let document: ApiDocument | null = null;
let page: string | null = null;

/** `GET /openapi.json`. */
export function openapi(c: Context<Door>): Response {
  document ??= apiDocument(VERSION);
  return c.json(document, 200, { 'Cache-Control': FRESH });
}

/** `GET /docs`. */
export async function docs(c: Context<Door>): Promise<Response> {
  page ??= await docsPage(apiDocument(VERSION));
  return c.html(page, 200, { 'Cache-Control': FRESH, 'Content-Security-Policy': docsPolicy });
}
