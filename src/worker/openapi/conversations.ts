import * as v from 'valibot';
import type {
  ConversationMessage,
  ConversationPage,
  ConversationSummary,
  ConversationToolCall,
  ConversationWithMessages,
  SearchPage,
} from '../../protocol/conversations.ts';
import { QUESTION_CHARACTERS, TITLE_CHARACTERS } from '../../protocol/limits.ts';
import { whenObjectsAreAsked, type Operations, type Parameter } from './operation.ts';
import { next, pageParameters } from './pages.ts';
import { count, unixSeconds } from './values.ts';

/** One conversation, as a list tells of it. */
export const conversationSummary = v.strictObject({
  id: v.string(),
  title: v.pipe(
    v.string(),
    v.description('The person’s own, else the beginning of the first thing they said.'),
  ),
  created_at: unixSeconds,
  updated_at: v.pipe(unixSeconds, v.description('When something was last said in it.')),
  message_count: count,
}) satisfies v.GenericSchema<ConversationSummary>;

/** A tool that an answer called on its way. */
export const toolCall = v.strictObject({
  call_id: v.string(),
  name: v.string(),
  arguments: v.unknown(),
  output: v.pipe(v.unknown(), v.description('What it said; null: it never said anything.')),
  is_error: v.boolean(),
}) satisfies v.GenericSchema<ConversationToolCall>;

/** The fields of one thing that was said. */
export const messageFields = {
  id: v.string(),
  role: v.picklist(['user', 'assistant']),
  mode: v.pipe(v.picklist(['voice', 'text']), v.description('Said on a call, or written.')),
  content: v.pipe(v.string(), v.description('What was written or said; of a spoken answer, what was heard.')),
  status: v.pipe(
    v.picklist(['complete', 'interrupted', 'answering']),
    v.description('`answering`: on its way. `interrupted`: talked over, stopped or broken.'),
  ),
  created_at: unixSeconds,
  tool_calls: v.pipe(v.array(toolCall), v.description('What the answer did on its way.')),
};

const message = v.strictObject(messageFields) satisfies v.GenericSchema<ConversationMessage>;

/** A page of conversations. */
export const conversationPage = v.strictObject({
  conversations: v.array(conversationSummary),
  next,
}) satisfies v.GenericSchema<ConversationPage>;

/** A conversation and a page of what was said in it. */
export const conversationWithMessages = v.strictObject({
  ...conversationSummary.entries,
  messages: v.pipe(v.array(message), v.description('The oldest first, in this page.')),
  next: v.pipe(
    v.nullable(v.string()),
    v.description('Leads to older messages: the `cursor` of the next request; null: there are none.'),
  ),
}) satisfies v.GenericSchema<ConversationWithMessages>;

/** What was found. */
export const searchPage = v.strictObject({
  results: v.array(
    v.strictObject({
      conversation_id: v.string(),
      title: v.string(),
      message_id: v.pipe(v.nullable(v.string()), v.description('null: its title has what was looked for.')),
      role: v.nullable(v.picklist(['user', 'assistant'])),
      snippet: v.pipe(v.string(), v.description('The words around what was found, without markup.')),
      matches: v.pipe(
        v.array(v.strictTuple([count, count])),
        v.description('Where in the snippet it stands: start and end, in UTF-16 units.'),
      ),
      created_at: unixSeconds,
    }),
  ),
  next,
}) satisfies v.GenericSchema<SearchPage>;

/** What a conversation is called from now on. */
export const newTitle = v.strictObject({
  title: v.pipe(
    v.string(),
    v.transform((given) => given.replace(/\s+/gu, ' ').trim()),
    v.minLength(1),
    v.maxLength(TITLE_CHARACTERS),
  ),
});

/** `q`: what is looked for. */
export const questionParameter = {
  name: 'q',
  in: 'query',
  description:
    'Words, all of which have to be there; the last may be the beginning of one. Case and accents do not matter.',
  schema: v.pipe(v.string(), v.minLength(1), v.maxLength(QUESTION_CHARACTERS)),
  isRequired: true,
} as const satisfies Parameter;

const id: Parameter = { name: 'id', in: 'path', description: 'Its `id`.', schema: v.string() };

const json = <const Schema extends v.GenericSchema>(schema: Schema) =>
  ({ type: 'application/json', schema }) as const;

export const conversationOperations = {
  'GET /api/conversations': {
    summary: 'Lists my conversations, the one in which something was said last first.',
    tag: 'Memory',
    who: 'user',
    parameters: pageParameters,
    answers: { 200: { description: 'A page of them.', body: json(conversationPage) } },
    refusals: ['invalid_request', ...whenObjectsAreAsked],
  },
  'GET /api/conversations/search': {
    summary: 'Finds what was said, and conversations by the titles I gave them; the best first.',
    tag: 'Memory',
    who: 'user',
    parameters: [questionParameter, ...pageParameters],
    answers: { 200: { description: 'A page of results.', body: json(searchPage) } },
    refusals: ['invalid_request', ...whenObjectsAreAsked],
  },
  'GET /api/conversations/:id': {
    summary: 'Opens a conversation: the newest page of what was said, and by `cursor` the pages before it.',
    details: 'A page is shorter than `limit` when the messages are long.',
    tag: 'Memory',
    who: 'user',
    parameters: [id, ...pageParameters],
    answers: { 200: { description: 'The conversation.', body: json(conversationWithMessages) } },
    refusals: ['not_found', 'invalid_request', ...whenObjectsAreAsked],
  },
  'PATCH /api/conversations/:id': {
    summary: 'Gives a conversation a title that stays.',
    tag: 'Memory',
    who: 'user',
    parameters: [id],
    takes: newTitle,
    answers: { 200: { description: 'The conversation as it is now.', body: json(conversationSummary) } },
    refusals: ['not_found', ...whenObjectsAreAsked],
  },
  'DELETE /api/conversations/:id': {
    summary: 'Forgets a conversation. Nothing of it is left.',
    tag: 'Memory',
    who: 'user',
    parameters: [id],
    answers: { 204: { description: 'It is gone.' } },
    refusals: ['not_found', ...whenObjectsAreAsked],
  },
} as const satisfies Operations;
