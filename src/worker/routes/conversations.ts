import { Hono } from 'hono';
import type { Context } from 'hono';
import * as v from 'valibot';
import type { ConversationPage, ConversationWithMessages, SearchPage } from '../../protocol/conversations.ts';
import type { MessagePage } from '../../durable-objects/store/sql-memory.ts';
import { QUESTION_CHARACTERS, TITLE_CHARACTERS } from '../../protocol/limits.ts';
import type { Door } from '../door.ts';
import { withAdmittedUser } from '../middleware/identity.ts';
import { newTitle, questionParameter } from '../openapi/conversations.ts';
import { offsetCursors, placeCursors, readPage } from '../page-request.ts';
import { readQuery } from '../parameter.ts';
import { problem } from '../problem.ts';
import { askUser, type Answer, type UserObject } from '../users.ts';

/** What was said, and by whom it is read: only by whoever said it. Of anything else there is nothing here. */
export const conversations = new Hono<Door>()
  .use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  })
  .get('/', withAdmittedUser, (c) => list(c))
  .get('/search', withAdmittedUser, (c) => search(c))
  .get('/:id', withAdmittedUser, (c) => open(c))
  .patch('/:id', withAdmittedUser, (c) => rename(c))
  .delete('/:id', withAdmittedUser, (c) => remove(c));

async function list(c: Context<Door>): Promise<Response> {
  const part = readPage(c.req.query(), placeCursors);
  if (!part.ok) return part.refusal;
  const { after, limit } = part;
  const answer = await askMine(c, async (object) => object.conversations({ after, limit }));
  if (answer.outcome === 'unavailable') return problem('unavailable');
  const { items, next } = answer.value;
  return c.json({
    conversations: [...items],
    next: next === null ? null : placeCursors.write(next),
  } satisfies ConversationPage);
}

async function search(c: Context<Door>): Promise<Response> {
  const part = readPage(c.req.query(), offsetCursors);
  if (!part.ok) return part.refusal;
  const asked = readQuery(c, { ...questionParameter, schema: v.string() });
  if (!asked.ok) return asked.refusal;
  const question = asked.value ?? '';
  if (!v.is(questionParameter.schema, question)) {
    return problem('invalid_request', { detail: `q must have 1 to ${QUESTION_CHARACTERS} characters.` });
  }
  const { after, limit } = part;
  const answer = await askMine(c, async (object) => object.searchConversations(question, { after, limit }));
  if (answer.outcome === 'unavailable') return problem('unavailable');
  const { results, next } = answer.value;
  return c.json({
    // On the way here pairs became lists, in their types.
    results: results.map((result) => ({
      ...result,
      matches: result.matches.map(([from = 0, to = 0]) => [from, to]),
    })),
    next: next === null ? null : offsetCursors.write(next),
  } satisfies SearchPage);
}

async function open(c: Context<Door>): Promise<Response> {
  const part = readPage(c.req.query(), placeCursors);
  if (!part.ok) return part.refusal;
  const { after, limit } = part;
  const answer = await askMine<MessagePage | null>(c, async (object) =>
    // Its type is lost on the way: what tools take and say may be anything.
    object.conversation(idOf(c), { after, limit }),
  );
  if (answer.outcome === 'unavailable') return problem('unavailable');
  if (answer.value === null) return problem('not_found');
  const { conversation, messages, next } = answer.value;
  return c.json({
    ...conversation,
    messages: [...messages],
    next: next === null ? null : placeCursors.write(next),
  } satisfies ConversationWithMessages);
}

async function rename(c: Context<Door>): Promise<Response> {
  const read = v.safeParse(newTitle, await bodyOf(c));
  if (!read.success) {
    const detail = `The body must be {"title"}, a text of 1 to ${TITLE_CHARACTERS} characters.`;
    return problem('invalid_request', { detail });
  }
  const { title } = read.output;
  const answer = await askMine(c, async (object) => object.renameConversation(idOf(c), title));
  if (answer.outcome === 'unavailable') return problem('unavailable');
  return answer.value === null ? problem('not_found') : c.json({ ...answer.value });
}

async function remove(c: Context<Door>): Promise<Response> {
  const answer = await askMine(c, async (object) => object.deleteConversation(idOf(c)));
  if (answer.outcome === 'unavailable') return problem('unavailable');
  return answer.value ? c.body(null, 204) : problem('not_found');
}

function askMine<T>(c: Context<Door>, ask: (object: UserObject) => Promise<T>): Promise<Answer<T>> {
  const { user, settings } = c.var;
  return askUser({ env: c.env, settings, user }, ask);
}

function idOf(c: Context<Door>): string {
  return c.req.param('id') ?? '';
}

/** The body as JSON, whatever it says it is; undefined when it is none. */
async function bodyOf(c: Context<Door>): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}
