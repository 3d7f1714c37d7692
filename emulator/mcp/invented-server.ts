/** A tool server that exists nowhere: plausible tools for its label, answered the same way every time. */
import type { McpListing, McpOutcome, McpServer } from './mcp-server.ts';

/** A label with this end cannot be listed. */
const UNREACHABLE = /-down$/;

/** A label with this end lists its tools, and fails every call. */
const FAULTY = /-faulty$/;

/** Plays the server of a label. `docs` lists `search_docs` and `docs_status`; `docs-down` and `docs-faulty` fail. */
export function inventServer(label: string): McpServer {
  return {
    list: () => Promise.resolve(listing(label)),
    call: (name, argumentsText) => Promise.resolve(outcome(label, name, argumentsText)),
  };
}

function listing(label: string): McpListing {
  if (UNREACHABLE.test(label)) {
    return { ok: false, failure: { type: 'http_error', code: 503, message: `${label} does not answer.` } };
  }
  const topic = topicOf(label);
  return {
    ok: true,
    tools: [
      {
        name: `search_${topic}`,
        description: `Searches ${topic}.`,
        input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
        annotations: { readOnlyHint: true },
      },
      {
        name: `${topic}_status`,
        description: `Tells how ${topic} is doing.`,
        input_schema: { type: 'object', properties: {} },
        annotations: null,
      },
    ],
  };
}

function outcome(label: string, name: string, argumentsText: string): McpOutcome {
  const topic = topicOf(label);
  if (FAULTY.test(label)) {
    return { ok: false, failure: { type: 'tool_execution_error', message: `${name} broke.` } };
  }
  if (name === `${topic}_status`) return { ok: true, output: `${topic} is doing well.` };
  if (name === `search_${topic}`) {
    return { ok: true, output: `One entry of ${topic} fits ${argumentsText}.` };
  }
  return { ok: false, failure: { type: 'protocol_error', code: -32_602, message: `Unknown tool: ${name}` } };
}

/** A label as a part of a name. */
function topicOf(label: string): string {
  const words = label.replace(UNREACHABLE, '').replace(FAULTY, '').toLowerCase();
  return words.replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'things';
}
