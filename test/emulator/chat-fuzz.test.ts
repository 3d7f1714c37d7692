import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { post, tool, V1 } from './chats.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterAll(() => emulator.close());

describe('any chat request', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('count to three', 'the weather in Rome', 'Summarise this as json'),
  );
  const role = fc.constantFrom('system', 'user', 'assistant', 'tool', 'developer', 'function', 'robot');
  const part = fc.oneof(fc.record({ type: fc.constant('text'), text }), fc.jsonValue());
  const messages = fc.array(
    fc.oneof(
      fc.record({ role, content: fc.oneof(text, fc.array(part), fc.jsonValue()) }),
      fc.record({ role: fc.constant('user'), content: text }),
    ),
    { maxLength: 4 },
  );
  const chat = fc.record(
    {
      model: fc.oneof(fc.constant('gpt-4o'), fc.constant('chat-filter-completion'), fc.string()),
      messages,
      stream: fc.oneof(fc.boolean(), fc.jsonValue()),
      tools: fc.oneof(fc.constant([tool('get_weather')]), fc.jsonValue()),
      tool_choice: fc.oneof(fc.constant('required'), fc.jsonValue()),
      response_format: fc.oneof(
        fc.record({
          type: fc.constant('json_schema'),
          json_schema: fc.record({
            name: fc.constant('n'),
            schema: fc.dictionary(
              fc.constantFrom('type', 'properties', 'items', 'anyOf', '$ref', 'enum'),
              fc.jsonValue(),
            ),
          }),
        }),
        fc.jsonValue(),
      ),
      max_tokens: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.jsonValue()),
      n: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.jsonValue()),
      stop: fc.oneof(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: ['messages'] },
  );

  it('[EC8] is answered or refused in words, never with a 500', async () => {
    const requests = fc.oneof(
      fc.record({ chat, body: fc.constant(null) }),
      fc.record({ chat, body: fc.string() }),
    );
    await fc.assert(
      fc.asyncProperty(requests, async ({ chat: one, body }) => {
        const response = await post(emulator, one, V1, body === null ? {} : { body });
        const answer = await response.text();
        expect([200, 400, 404]).toContain(response.status);
        const isRefusal = /^\{"error":\{.*"message":"\w/.test(answer);
        expect(isRefusal).toBe(response.status !== 200);
      }),
      { numRuns: 400 },
    );
    expect((await post(emulator, { says: 'Hello' })).status).toBe(200);
    expect(emulator.stats().chats_open).toBe(0);
  });
});
