/** Azure's ways to fail, each as the person hears of it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { catchLog } from '../../support/printed.ts';
import { agentAt, endOf, eventsOf, fresh, KEY, wordsOf } from '../talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0 });
});
afterAll(() => emulator.close());

/** How a run at a deployment ends. */
async function endAt(chatDeployment: string, stallMs = 2_000) {
  const options = fresh();
  const events = await eventsOf(
    agentAt(emulator.url, { chatDeployment, stallMs }).runStream('Count to nine', options),
  );
  const { turn, error } = endOf(events);
  expect(options.session.kept).toEqual([turn]);
  expect(turn.answer).toBe(wordsOf(events));
  return { answer: turn.answer, reason: turn.reason, code: error?.code, error };
}

async function fault(body: object): Promise<void> {
  const answer = await fetch(`${emulator.url}/emulator/faults`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

describe('the filter', () => {
  it('[J16] a prompt that is blocked is told as `content_filter`, in kind words', async () => {
    const { reason, error } = await endAt('chat-filter-prompt');
    expect(reason).toBe('failed');
    expect(error).toEqual({
      code: 'content_filter',
      message: expect.stringContaining('put it another way'),
      retryAfterMs: null,
    });
  });

  it('[J17] an answer that the filter cuts ends as `content_filter`, and its words are kept', async () => {
    const { answer, reason, error } = await endAt('chat-filter-completion');
    expect([answer, reason, error]).toEqual(['One, two, three', 'content_filter', null]);
  });
});

describe('refusals', () => {
  it('[J18] 429 is `upstream_throttled` with the wait, and is not tried again behind our back', async () => {
    const { chat_requests: before } = emulator.stats();
    const { code, error } = await endAt('rate-limited');
    expect([code, error?.retryAfterMs]).toEqual(['upstream_throttled', 2_000]);
    expect(emulator.stats().chat_requests).toBe(before + 1);
  });

  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, null],
    [{}, null],
  ])('[J18] the wait is read from %j', async (headers: Record<string, string>, wait) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(429, headers).end('{"error":{"code":"429"}}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { error } = await agentAt(`http://127.0.0.1:${port}`).run('Hello', fresh());
    server.close();
    expect([error?.code, error?.retryAfterMs]).toEqual(['upstream_throttled', wait]);
  });

  it.each(['refuses-401', 'refuses-403', 'refuses-404', 'refuses-500', 'server-error', 'no-such-model'])(
    '[J19] %s is `upstream_refused`',
    async (chatDeployment) => {
      const { answer, reason, code } = await endAt(chatDeployment);
      expect([answer, reason, code]).toEqual(['', 'failed', 'upstream_refused']);
    },
  );

  it('[J19] a service that is broken for one request answers the next', async () => {
    await fault({ kind: 'refuse', status: 503, count: 1 });
    expect((await endAt('gpt-4o')).code).toBe('upstream_refused');
    expect((await endAt('gpt-4o')).reason).toBe('stop');
  });

  it('[J20] an Azure that cannot be reached is `upstream_unreachable`', async () => {
    const gone = await startEmulator({ port: 0 });
    await gone.close();
    const { turn, error } = await agentAt(gone.url).run('Hello', fresh());
    expect([turn.reason, error?.code]).toEqual(['failed', 'upstream_unreachable']);
    expect((await endAt('drops-at-once')).code).toBe('upstream_unreachable');
  });
});

describe('answers that break', () => {
  it.each(['chat-cut', 'malformed'])(
    '[J21] %s is `upstream_lost`, and the words so far are kept',
    async (name) => {
      const { answer, reason, code } = await endAt(name);
      expect([answer, reason, code]).toEqual(['One, two', 'failed', 'upstream_lost']);
    },
  );

  it.each(['close', 'error'])('[J21] an answer that %ss in the middle is `upstream_lost`', async (kind) => {
    const events = [];
    const agent = agentAt(emulator.url, { chatDeployment: 'chat-stalls' });
    for await (const event of agent.runStream('Count to nine', fresh())) {
      events.push(event);
      if (wordsOf(events) === 'One, two') await fault({ kind });
    }
    expect(endOf(events)).toMatchObject({ turn: { answer: 'One, two' }, error: { code: 'upstream_lost' } });
  });

  it('[J22] silence for longer than `stallMs` ends the step as `upstream_lost`; Azure is let go', async () => {
    const { answer, code } = await endAt('chat-stalls', 50);
    expect([answer, code]).toEqual(['One, two', 'upstream_lost']);
    await vi.waitFor(() => expect(emulator.stats().chats_open).toBe(0));
  });

  it('[J22] so does a first byte that does not come, and a step that is longer than `stepTimeoutMs`', async () => {
    const { answer, code } = await endAt('slow-dial', 50);
    expect([answer, code]).toEqual(['', 'upstream_lost']);
    const agent = agentAt(emulator.url, { chatDeployment: 'chat-stalls', stepTimeoutMs: 50 });
    expect((await agent.run('Count to nine', fresh())).error?.code).toBe('upstream_lost');
  });
});

describe('what is told', () => {
  const deployments = [
    'chat-filter-prompt',
    'rate-limited',
    'refuses-401',
    'refuses-500',
    'chat-cut',
    'malformed',
    'drops-at-once',
    'gpt-5',
  ];

  it('[J23] no word of Azure, no key and no address is in an event, however it fails', async () => {
    catchLog();
    for (const chatDeployment of deployments) {
      const agent = agentAt(emulator.url, { chatDeployment });
      const told = JSON.stringify(await eventsOf(agent.runStream('Count to nine', fresh())));
      expect(told).not.toMatch(/azure|policy|tier|openai|127\.0\.0\.1|subscription/i);
      expect(told).not.toContain(KEY);
    }
  });

  it('[J23] the log tells the status and code of what failed, and the libraries print nothing', async () => {
    const lines = catchLog();
    const others = [
      ...(['info', 'warn', 'error', 'debug'] as const).map((level) => vi.spyOn(console, level)),
      vi.spyOn(process, 'emitWarning'),
    ];
    for (const chatDeployment of deployments) await endAt(chatDeployment);
    for (const spy of others) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    const mode = 'text';
    expect(lines()).toEqual([
      { event: 'azure.refused', mode, status: 400, code: 'content_filter' },
      { event: 'azure.refused', mode, status: 429, code: '429' },
      { event: 'azure.refused', mode, status: 401, code: '401' },
      { event: 'azure.refused', mode, status: 500, code: 'InternalServerError' },
      { event: 'azure.error', mode, code: 'upstream_lost' },
      { event: 'azure.error', mode, code: 'upstream_lost' },
      { event: 'azure.error', mode, code: 'upstream_unreachable' },
    ]);
  });
});
