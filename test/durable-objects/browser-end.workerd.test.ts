/** The browser's end of a call by itself: what is kept, what waits, and whom it gives up. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { acceptBrowser } from '../../src/durable-objects/browser-socket.ts';
import { BrowserEnd, type BrowserListener } from '../../src/durable-objects/browser-end.ts';
import { openingFor } from '../../src/durable-objects/opening.ts';
import { hashOf } from '../../src/identity/hash.ts';
import { Caller } from '../workerd/caller.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A socket of a browser's, and our end of it. */
function socket(): { browser: WebSocket; caller: Caller } {
  const proof = { kind: 'ticket', hash: '', origin: '' } as const;
  const { browser, answer } = acceptBrowser(openingFor(['voxgate.v1'], proof));
  if (!answer.webSocket) throw new Error('no socket');
  return { browser, caller: new Caller(answer.webSocket) };
}

function ignore(): void {}

/** Our end of a socket, which nobody else hears of unless told. */
function endOf(
  browser: WebSocket,
  told: Partial<BrowserListener> & { missed?: (ms: number) => void } = {},
): BrowserEnd {
  const record = { missed: told.missed ?? ignore, told: ignore };
  const listener = { onFrame: ignore, onLost: ignore, onGone: ignore, onKeys: ignore, ...told };
  return new BrowserEnd(browser, { lane: 'binary', preview: null, from: null, record }, listener);
}

describe('a browser’s end', () => {
  it('[Q4] whoever misses sound that made room is told how much, and gets every word', async () => {
    const first = socket();
    const { promise: lost, resolve: onLost } = Promise.withResolvers<number>();
    const end = endOf(first.browser, { onLost });
    const hash = await hashOf(end.issueToken());
    await end.ready();
    first.caller.hangsUp(1001);
    expect(await lost).toBe(1001);
    end.tell('{"type":"first"}');
    for (let count = 0; count < 60; count += 1) end.tell(new Uint8Array(48_000));
    end.tell('{"type":"last"}');
    const again = socket();
    expect(end.resume(again.browser, { hash, received: 0 })).toBe(true);
    await again.caller.hears('last');
    const pieces = again.caller.types().filter((type) => type === 'sound').length;
    expect(again.caller.heard[0]).toMatchObject({
      event: { type: 'gateway.resumed', continuity: 'restored', replayed: 3 + pieces },
    });
    expect(again.caller.heard[1]).toMatchObject({
      event: { type: 'gateway.warning', code: 'sound_missed', missed_ms: (60 - pieces) * 1_000 },
    });
    expect(
      again.caller
        .types()
        .filter((type) => type !== 'sound')
        .slice(2),
    ).toEqual(['first', 'last']);
    expect(pieces).toBeGreaterThan(40);
  });

  it('[Q3] what a socket says after it was replaced is not heard, and its end is none', async () => {
    const [first, second] = [socket(), socket()];
    const heard: unknown[] = [];
    const onLost = vi.fn<(code: number) => void>();
    const end = endOf(first.browser, { onFrame: (frame) => heard.push(frame), onLost });
    const hash = await hashOf(end.issueToken());
    await end.ready();
    expect(end.resume(second.browser, { hash, received: 0 })).toBe(true);
    first.caller.says('from the first');
    await first.caller.ends();
    second.caller.says('from the second');
    await expect.poll(() => heard).toEqual(['from the second']);
    expect(onLost).not.toHaveBeenCalled();
  });

  it('[Q16][Q17] one that says it is far behind gets words late, misses sound, and is told', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const first = socket();
    const missed: number[] = [];
    const end = endOf(first.browser, { missed: (ms) => missed.push(ms) });
    end.answer(0, 12);
    expect(await first.caller.hears('gateway.pong')).toMatchObject({ upstream_ms: 12 });
    // The first count is where counting begins.
    for (let count = 0; count < 30; count += 1) end.tell(new Uint8Array(48_000));
    end.tell('{"type":"words"}');
    end.tell(new Uint8Array(48_000));
    end.tell('{"type":"more"}');
    vi.advanceTimersByTime(3_100);
    await vi.waitFor(() => expect(first.caller.types()).toContain('sound'));
    expect(first.caller.types()).not.toContain('words');
    const sent = first.caller.types().length;
    end.answer(sent, null);
    vi.advanceTimersByTime(100);
    await first.caller.hears('words');
    await first.caller.hears('more');
    const warning = await first.caller.hears('gateway.warning');
    const sound = first.caller.types().filter((type) => type === 'sound').length;
    expect(warning).toMatchObject({ code: 'slow_reader', missed_ms: (31 - sound) * 1_000 });
    expect(missed).toEqual([(31 - sound) * 1_000]);
    expect(sound).toBeGreaterThan(10);
    end.close({ code: 1000, reason: '' });
  });

  it('[Q19] one that used to ask and falls silent is lost; one that never asked is not', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const asks of [3, 2, 0]) {
      const first = socket();
      const onLost = vi.fn<(code: number) => void>();
      const end = endOf(first.browser, { onLost });
      for (let asked = 0; asked < asks; asked += 1) end.answer(null, null);
      const now = Date.now();
      end.look(now + 44_999);
      expect(onLost).not.toHaveBeenCalled();
      end.look(now + 45_000);
      expect(onLost.mock.calls).toEqual(asks === 3 ? [[1001]] : []);
      end.close({ code: 1000, reason: '' });
    }
  });

  it('[Q18] a hopeless one is closed with 1001, and what it did not get is kept for its return', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const [first, again] = [socket(), socket()];
    const onLost = vi.fn<(code: number) => void>();
    const end = endOf(first.browser, { onLost });
    const hash = await hashOf(end.issueToken());
    await end.ready();
    end.answer(0, null);
    for (let count = 0; count < 30; count += 1) end.tell(new Uint8Array(48_000));
    end.tell('{"type":"words"}');
    vi.advanceTimersByTime(20_100);
    expect(onLost.mock.calls).toEqual([[1001]]);
    await first.caller.ends();
    expect(end.resume(again.browser, { hash, received: first.caller.types().length - 1 })).toBe(true);
    await again.caller.hears('words');
    end.close({ code: 1000, reason: '' });
  });
});
