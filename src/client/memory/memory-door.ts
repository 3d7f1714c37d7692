/** Asks the gateway about what it remembers of this person. */
import { record, text } from '../fields.ts';
import { inSeconds, problems, type Notice } from '../problems.ts';
import type { MemoryAnswer, MemoryRequest } from './memory.ts';
import { readConversation, readConversationPage, readSearchPage, readSummary } from './memory-words.ts';

/** What came of a request. */
export type Asked =
  | { readonly name: 'answered'; readonly answer: MemoryAnswer }
  | { readonly name: 'stranger' }
  | { readonly name: 'failed'; readonly notice: Notice; readonly isGone: boolean };

const PATIENCE_MS = 15_000;

/** A big export takes its time. */
const EXPORT_PATIENCE_MS = 120_000;

/** Entries on one page of a list, and messages on one page of a conversation. */
const LIST_PAGE = 40;
const MESSAGE_PAGE = 50;

/** Asks once; `signal` lets go of it. Never rejects. */
export async function ask(request: MemoryRequest, signal: AbortSignal): Promise<Asked> {
  const { path, init } = addressOf(request);
  const patience = AbortSignal.timeout(request.name === 'export' ? EXPORT_PATIENCE_MS : PATIENCE_MS);
  try {
    const answer = await fetch(path, { ...init, signal: AbortSignal.any([signal, patience]) });
    if (answer.ok) return { name: 'answered', answer: await readAnswer(request, answer) };
    if (answer.status === 401) return { name: 'stranger' };
    const { detail, seconds } = await complaintOf(answer);
    return { name: 'failed', notice: refusal(answer.status, detail, seconds), isGone: answer.status === 404 };
  } catch {
    return { name: 'failed', notice: unreachable, isGone: false };
  }
}

function addressOf(request: MemoryRequest): { readonly path: string; readonly init: RequestInit } {
  const all = '/api/conversations';
  switch (request.name) {
    case 'list':
      return { path: `${all}?${paging(LIST_PAGE, request.cursor)}`, init: {} };
    case 'search': {
      const page = paging(LIST_PAGE, request.cursor);
      return { path: `${all}/search?q=${encodeURIComponent(request.query)}&${page}`, init: {} };
    }
    case 'open':
    case 'refresh':
      return { path: `${all}/${encodeURIComponent(request.id)}?${paging(MESSAGE_PAGE, null)}`, init: {} };
    case 'older': {
      const page = paging(MESSAGE_PAGE, request.cursor);
      return { path: `${all}/${encodeURIComponent(request.id)}?${page}`, init: {} };
    }
    case 'rename': {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'PATCH', headers, body: JSON.stringify({ title: request.title }) };
      return { path: `${all}/${encodeURIComponent(request.id)}`, init };
    }
    case 'delete':
      return { path: `${all}/${encodeURIComponent(request.id)}`, init: { method: 'DELETE' } };
    case 'export':
      return { path: '/api/me/export', init: {} };
    case 'forget':
      return { path: '/api/me', init: { method: 'DELETE' } };
  }
}

function paging(limit: number, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor !== null) query.set('cursor', cursor);
  return query.toString();
}

async function readAnswer(request: MemoryRequest, answer: Response): Promise<MemoryAnswer> {
  switch (request.name) {
    case 'list':
      return { name: 'list', page: readConversationPage(await answer.json()) };
    case 'search':
      return { name: 'search', page: readSearchPage(await answer.json()) };
    case 'open':
    case 'refresh':
    case 'older':
      return { name: request.name, conversation: readConversation(await answer.json()) };
    case 'rename':
      return { name: 'rename', summary: readSummary(record(await answer.json())) };
    case 'export':
      save(await answer.blob());
      return { name: 'export' };
    case 'delete':
    case 'forget':
      return { name: request.name };
  }
}

/** Hands a file to the person. */
function save(content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = 'voxgate-export.json';
  link.click();
  // The download has begun by then; until it is let go of, the whole file stays in memory.
  setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE_MS);
}

async function complaintOf(answer: Response): Promise<{ detail: string; seconds: number | null }> {
  const body: unknown = await answer.json().catch(() => null);
  const seconds = Number.parseInt(answer.headers.get('retry-after') ?? '', 10);
  return { detail: text(record(body), 'detail'), seconds: Number.isNaN(seconds) ? null : seconds };
}

const unreachable: Notice = {
  text: 'The gateway cannot be reached. Check your connection and try again.',
  remedy: 'none',
};

function refusal(status: number, detail: string, seconds: number | null): Notice {
  switch (status) {
    case 404:
      return { text: 'This conversation is not there any more.', remedy: 'none' };
    case 429:
      return inSeconds(
        { text: 'You asked for a lot in a short time. Try again in a little while.', remedy: 'none' },
        seconds,
      );
    case 503:
      return inSeconds(
        { text: 'The gateway is not available at the moment. Try again in a little while.', remedy: 'none' },
        seconds,
      );
    case 403:
      return problems.refused;
    default:
      return { text: detail === '' ? 'That did not work. Try it again.' : detail, remedy: 'none' };
  }
}
