import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { type Methods, startMcpHost } from '../support/mcp-host.ts';
import { pick, pickString, type Received, type RealtimeClient } from '../support/realtime-client.ts';
import { ask, configure, openSession, order, wordsOf } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, rateLimits: 'none' });
});
afterAll(() => emulator.close());

function docs(extra: object = {}): object {
  const server = { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example/mcp' };
  return { ...server, require_approval: 'never', ...extra };
}

/** Declares a server and reads until its tools are there. */
async function declare(client: RealtimeClient, tool: object): Promise<Received[]> {
  await configure(client, { output_modalities: ['text'], tools: [tool] });
  return client.allUntil('conversation.item.done');
}

describe('the tools of a server', () => {
  it('[L40] are listed after session.updated: added, in_progress, completed, and done with the tools', async () => {
    const client = await openSession(emulator);
    const frames = await declare(client, docs());
    expect(order(frames)).toEqual([
      'conversation.item.added',
      'mcp_list_tools.in_progress',
      'mcp_list_tools.completed',
      'conversation.item.done',
    ]);
    const [added, inProgress, completed, done] = frames;
    expect(pick(added, 'item')).toMatchObject({ type: 'mcp_list_tools', server_label: 'docs', tools: [] });
    const id = pick(added, 'item.id');
    expect([inProgress?.['item_id'], completed?.['item_id'], pick(done, 'item.id')]).toEqual([id, id, id]);
    expect(pick(done, 'item.tools')).toMatchObject([{ name: 'search_docs' }, { name: 'docs_status' }]);
    await configure(client, {});
    client.send({ type: 'input_audio_buffer.clear' });
    expect((await client.next()).type).toBe('input_audio_buffer.cleared');
    await client.close();
  });

  it('[L40] are listed for a response that declares them, too', async () => {
    const client = await openSession(emulator);
    client.send({ type: 'response.create', response: { output_modalities: ['text'], tools: [docs()] } });
    expect(order(await client.allUntil('mcp_list_tools.completed'))).toContain('mcp_list_tools.in_progress');
    await client.close();
  });

  it('[L41] that cannot be listed fail, and the session lives', async () => {
    const client = await openSession(emulator);
    await configure(client, { tools: [docs({ server_label: 'docs-down' })] });
    expect(order(await client.allUntil('mcp_list_tools.failed'))).toEqual([
      'conversation.item.added',
      'mcp_list_tools.in_progress',
      'mcp_list_tools.failed',
    ]);
    expect(wordsOf(await ask(client, 'search docs', { output_modalities: ['text'] }))).toContain('You wrote');
    await client.close();
  });

  it('[L42] are called with streamed arguments; the call completes after the response', async () => {
    const client = await openSession(emulator);
    await declare(client, docs());
    const frames = await ask(client, 'Search the docs for "voices"');
    frames.push(...(await client.allUntil('conversation.item.done')));
    expect(order(frames)).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.mcp_call_arguments.delta',
      'response.mcp_call_arguments.done',
      'response.mcp_call.in_progress',
      'response.output_item.done',
      'response.done',
      'response.mcp_call.completed',
      'conversation.item.done',
    ]);
    const deltas = frames.filter((frame) => frame.type === 'response.mcp_call_arguments.delta');
    const given = frames.find((frame) => frame.type === 'response.mcp_call_arguments.done')?.['arguments'];
    expect(deltas.map((frame) => frame['delta']).join('')).toBe(given);
    expect(deltas.length).toBeGreaterThan(1);
    expect(JSON.parse(String(given))).toEqual({ query: 'voices' });
    const completed = frames.find((frame) => frame.type === 'response.mcp_call.completed');
    expect(Object.keys(completed ?? {})).toEqual(['type', 'event_id', 'item_id', 'output_index']);
    expect(pick(frames.at(-1), 'item')).toMatchObject({
      type: 'mcp_call',
      name: 'search_docs',
      server_label: 'docs',
      arguments: given,
      approval_request_id: null,
      error: null,
      output: expect.stringContaining('voices'),
    });
    client.send({ type: 'response.create' });
    expect(wordsOf(await client.allUntil('response.done'))).toContain('One entry of docs fits');
    await client.close();
  });

  it('[L43] that need approval are asked for, and called once it is given', async () => {
    const client = await openSession(emulator);
    await declare(client, docs({ require_approval: undefined }));
    const frames = await ask(client, 'What is the docs status?');
    expect(order(frames)).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const request = pick(frames.at(-1), 'response.output.0');
    expect(request).toMatchObject({ type: 'mcp_approval_request', name: 'docs_status', arguments: '{}' });
    const approval_request_id = pickString(request, 'id');
    const item = { type: 'mcp_approval_response', approval_request_id, approve: true };
    client.send({ type: 'conversation.item.create', item: { ...item, id: 'yes' } });
    expect(pick(await client.until('conversation.item.done'), 'item')).toEqual({
      ...item,
      id: 'yes',
      reason: null,
    });
    client.send({ type: 'response.create' });
    const called = await client.allUntil('response.mcp_call.completed');
    expect(
      pick(
        called.find((frame) => frame.type === 'response.done'),
        'response.output.0',
      ),
    ).toMatchObject({
      type: 'mcp_call',
      name: 'docs_status',
      approval_request_id,
    });
    expect(pick(await client.until('conversation.item.done'), 'item.output')).toBe('docs is doing well.');
    await client.close();
  });

  it('[L43] are not called when approval is refused, and an approval nobody asked for is refused itself', async () => {
    const client = await openSession(emulator);
    await declare(client, docs({ require_approval: { always: { tool_names: ['docs_status'] } } }));
    const request = pick((await ask(client, 'docs status')).at(-1), 'response.output.0');
    const item = { type: 'mcp_approval_response', approve: false, reason: 'no' };
    client.send({ type: 'conversation.item.create', item: { ...item, approval_request_id: 'mcpr_none' } });
    expect(pick(await client.until('error'), 'error.param')).toBe('item.approval_request_id');
    client.send({
      type: 'conversation.item.create',
      item: { ...item, approval_request_id: pick(request, 'id') },
    });
    client.send({ type: 'response.create' });
    expect(wordsOf(await client.allUntil('response.done'))).toBe('All right, I will not use docs status.');
    const unasked = await ask(client, 'search docs');
    expect(pick(unasked.at(-1), 'response.output.0.type')).toBe('mcp_call');
    await client.close();
  });

  it('[L44] are only those that allowed_tools lets in', async () => {
    for (const allowed_tools of [['docs_status'], { tool_names: ['docs_status'] }, { read_only: false }]) {
      const client = await openSession(emulator);
      await declare(client, docs({ allowed_tools }));
      expect(pick((await ask(client, 'search docs')).at(-1), 'response.output.0.type')).toBe('message');
      expect(pick((await ask(client, 'docs status')).at(-1), 'response.output.0.type')).toBe('mcp_call');
      await client.close();
    }
  });

  it('[L44] are called when tool_choice names their server', async () => {
    const client = await openSession(emulator);
    await declare(client, docs());
    const choices = [
      [{ type: 'mcp', server_label: 'docs' }, 'search_docs'],
      [{ type: 'mcp', server_label: 'docs', name: 'docs_status' }, 'docs_status'],
    ] as const;
    for (const [tool_choice, name] of choices) {
      const done = (await ask(client, 'Hello', { tool_choice })).at(-1);
      expect(pick(done, 'response.output.0')).toMatchObject({ type: 'mcp_call', name });
      await client.until('conversation.item.done');
    }
    expect(
      pick((await ask(client, 'search docs', { tool_choice: 'none' })).at(-1), 'response.output.0.type'),
    ).toBe('message');
    await client.close();
  });

  it('[L45] that fail say so in the item, after the response', async () => {
    const client = await openSession(emulator);
    await declare(client, docs({ server_label: 'docs-faulty' }));
    await ask(client, 'docs status');
    expect(order(await client.allUntil('conversation.item.done'))).toEqual([
      'response.mcp_call.failed',
      'conversation.item.done',
    ]);
    expect(pick(client.received.at(-1), 'item')).toMatchObject({
      output: null,
      error: { type: 'tool_execution_error', message: expect.any(String) },
    });
    await client.close();
  });
});

describe('a real server on loopback', () => {
  const methods: Methods = {
    'tools/list': (params) =>
      pick(params, 'cursor') === 'next'
        ? {
            tools: [
              {
                name: 'mix_paint',
                inputSchema: { type: 'object', properties: { colour: { type: 'string' } } },
              },
            ],
          }
        : { tools: [{ name: 'break_paint', inputSchema: { type: 'object' } }], nextCursor: 'next' },
    'tools/call': (params) => {
      if (pick(params, 'name') === 'break_paint')
        return { isError: true, content: [{ type: 'text', text: 'Broken.' }] };
      const colour = String(pick(params, 'arguments.colour'));
      if (colour === 'none') throw { code: -32_602, message: 'No colour.' };
      return { content: [{ type: 'text', text: `A pot of ${colour}.` }] };
    },
  };

  it.each([false, true])(
    '[L46] is really listed and called, with its answers streamed: %s',
    async (streams) => {
      const host = await startMcpHost(methods, { streams });
      const client = await openSession(emulator);
      const server = {
        server_label: 'paint',
        server_url: host.url,
        authorization: 'secret',
        headers: { 'x-one': '1' },
      };
      const listed = await declare(client, docs(server));
      expect(pick(listed.at(-1), 'item.tools')).toMatchObject([
        { name: 'break_paint' },
        { name: 'mix_paint' },
      ]);
      const tries = [
        ['mix paint "red"', { output: 'A pot of red.', error: null }],
        [
          'mix paint "none"',
          { output: null, error: { type: 'protocol_error', code: -32_602, message: 'No colour.' } },
        ],
        ['break paint', { output: null, error: { type: 'tool_execution_error', message: 'Broken.' } }],
      ] as const;
      for (const [text, outcome] of tries) {
        await ask(client, text);
        expect(pick(await client.until('conversation.item.done'), 'item')).toMatchObject(outcome);
      }
      expect(host.heard.map(({ message }) => pick(message, 'method'))).toEqual([
        'initialize',
        'notifications/initialized',
        'tools/list',
        'tools/list',
        'tools/call',
        'tools/call',
        'tools/call',
      ]);
      expect(host.heard.at(-1)?.headers).toMatchObject({
        authorization: 'Bearer secret',
        'x-one': '1',
        'mcp-session-id': 'one',
        'mcp-protocol-version': '2025-06-18',
      });
      await client.close();
      await host.close();
    },
  );

  it('[L46] that is not there fails its listing', async () => {
    const host = await startMcpHost({});
    await host.close();
    const client = await openSession(emulator);
    await configure(client, { tools: [docs({ server_url: host.url })] });
    expect((await client.until('mcp_list_tools.failed')).type).toBe('mcp_list_tools.failed');
    await client.close();
  });
});
