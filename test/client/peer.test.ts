import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endingNotice } from '../../src/client/endings.ts';
import { closingOf } from '../../src/client/peer-way.ts';
import type { Answered } from '../../src/client/peer/call-door.ts';
import type { ConnectionListener, PeerConnection } from '../../src/client/peer/peer-connection.ts';
import { costBetween, readDay, type Day } from '../../src/client/peer/peer-cost.ts';
import { ANSWER_MS, AWAY_MS, COST_MS, MEDIA_MS, Peer } from '../../src/client/peer/peer.ts';
import { problems } from '../../src/client/problems.ts';
import { parseServerEvent } from '../../src/client/server-events.ts';
import { NOON } from './dialogue.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

const answered: Answered = {
  name: 'answered',
  sdp: 'v=0',
  place: '/api/calls/vs_1',
  conversationId: 'conv_1',
};

/** A connection that a test moves, and a page that is told. */
class Far {
  readonly told: string[] = [];
  readonly sent: string[] = [];
  readonly hungUp: string[] = [];
  readonly asked: (string | null)[] = [];
  isHeard = true;
  isClosed = false;
  day = dayOf(100, null);
  answer: Answered = answered;
  #listener: ConnectionListener | null = null;
  readonly peer: Peer;

  constructor(answer: Answered = answered, acceptable = true) {
    this.answer = answer;
    const note = (word: string): void => void this.told.push(word);
    const connection: PeerConnection = {
      offer: () => Promise.resolve('v=0'),
      accept: () => (acceptable ? Promise.resolve() : Promise.reject(new Error('This is no answer'))),
      send: (text) => void this.sent.push((JSON.parse(text) as { type: string }).type),
      speakBy: () => {},
      listen: (isHeard) => {
        this.isHeard = isHeard;
      },
      close: () => {
        this.isClosed = true;
      },
    };
    this.peer = new Peer(
      'conv_0',
      {
        onEvent: (event) => note(event.type),
        onAway: () => note('away'),
        onBack: (way) => note(`back ${way}`),
        onLevel: () => {},
        onRefused: ({ status }) => note(`refused ${status}`),
        onOver: () => note('over'),
        onUnfit: ({ conversationId, wasOpen, unsent }) =>
          note(`unfit ${conversationId} ${wasOpen} ${unsent.map(({ type }) => type).join()}`.trim()),
      },
      {
        connect: (listener) => {
          this.#listener = listener;
          return connection;
        },
        post: (_sdp, conversationId) => {
          this.asked.push(conversationId);
          return Promise.resolve(this.answer);
        },
        hangUp: (place) => {
          this.hungUp.push(place);
          return Promise.resolve();
        },
        askForDay: () => Promise.resolve(this.day),
        read: parseServerEvent,
      },
    );
  }

  /** A call whose channel is open. */
  static async open(): Promise<Far> {
    const far = new Far();
    await far.passes(0);
    far.does('onOpen');
    far.take();
    return far;
  }

  does(what: 'onOpen' | 'onOver'): void {
    this.#listener?.[what]();
  }

  network(state: 'there' | 'away' | 'gone'): void {
    this.#listener?.onNetwork(state);
  }

  says(event: Readonly<Record<string, unknown>>): void {
    this.#listener?.onText(JSON.stringify(event));
  }

  async passes(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  take(): readonly string[] {
    return this.told.splice(0);
  }
}

function ending(status: 401 | 402 | 403 | 429, lastError: string, waitSeconds: number | null = null) {
  return endingNotice({ ...closingOf({ status, waitSeconds }), lastError, at: NOON });
}

function dayOf(tokens: number, left: number | null): Day {
  return { tokens, seconds: 0, usd: 0, remaining: { tokens: left, seconds: null, usd: null } };
}

test('[C48] a call begins when its channel is open, in the conversation that the gateway names', async () => {
  const far = new Far();
  await far.passes(0);
  expect(far.asked).toEqual(['conv_0']);
  expect(far.take()).toEqual([]);
  far.does('onOpen');
  expect(far.take()).toEqual(['gateway.session', 'session.created']);
  await far.passes(MEDIA_MS);
  expect(far.take()).toEqual([]);
});

test('[C49] sound that has found no way after 5 s, an answer that is none and an offer that failed need another way', async () => {
  const silent = new Far();
  await silent.passes(MEDIA_MS - 1);
  expect(silent.take()).toEqual([]);
  await silent.passes(1);
  const failed = new Far({ name: 'failed' });
  const broken = new Far(answered, false);
  await failed.passes(0);
  for (const far of [silent, failed, broken]) expect(far.take()).toEqual(['unfit conv_0 false']);
  expect([silent.hungUp, failed.hungUp, broken.hungUp]).toEqual([[answered.place], [], [answered.place]]);
  expect(silent.isClosed).toBe(true);
});

test('[C49] what is refused for the sake of the person is told as a socket tells it', async () => {
  const far = new Far({ name: 'refused', status: 429, code: 'too_many_connections', waitSeconds: 30 });
  await far.passes(0);
  expect(far.take()).toEqual(['refused 429']);
  expect(ending(401, 'invalid_credential')).toBe(problems.signInExpired);
  expect(ending(403, 'origin_not_allowed')).toBe(problems.refused);
  expect(ending(402, 'budget_spent')).toEqual(problems.budgetSpent);
  expect(ending(402, 'budget_spent', 3600)?.text).toContain('Come back at');
  expect(ending(429, 'too_many_connections', 30)?.text).toContain('30 seconds');
  expect(ending(429, 'rate_limited', 7)?.text).toContain('in a short time. Start again in 7 seconds');
});

test('[C51] a network that is back within 4 s is the same call, and what was typed goes up then', async () => {
  const far = await Far.open();
  far.network('away');
  expect(far.take()).toEqual(['away']);
  far.peer.send({ type: 'response.create' });
  await far.passes(AWAY_MS - 1);
  expect(far.sent).toEqual([]);
  far.network('there');
  expect(far.take()).toEqual(['back resume']);
  expect(far.sent).toEqual(['response.create']);
  await far.passes(AWAY_MS);
  expect(far.take()).toEqual([]);
});

test('[C51][C53] one that stays away, or failed, needs another way in its conversation, with what was typed', async () => {
  const far = await Far.open();
  const said = 'conversation.item.input_audio_transcription.completed';
  far.says({ type: said, item_id: 'speech', transcript: 'hello' });
  far.take();
  far.network('away');
  far.peer.send({ type: 'response.create' });
  await far.passes(AWAY_MS);
  expect(far.take()).toEqual(['away', 'unfit conv_1 true response.create']);
  expect(far.hungUp).toEqual([answered.place]);
  const failed = await Far.open();
  failed.network('gone');
  // Nothing was said in the one that was begun: it is gone with the call.
  expect(failed.take()).toEqual(['away', 'unfit conv_0 true']);
});

test('[C51] a call that the far end closed is over, and nothing comes of it any more', async () => {
  const far = await Far.open();
  far.does('onOver');
  expect(far.take()).toEqual(['over']);
  expect(far.hungUp).toEqual([]);
  far.network('gone');
  far.says({ type: 'input_audio_buffer.speech_started', item_id: 'speech' });
  await far.passes(60_000);
  expect(far.take()).toEqual([]);
});

test('[C52] silence clears Azure’s buffer, and nothing is heard until the next answer', async () => {
  const far = await Far.open();
  far.says({ type: 'output_audio_buffer.started', response_id: 'r1' });
  far.peer.send({ type: 'response.cancel', response_id: 'r1' });
  far.peer.hush();
  expect(far.sent).toEqual(['response.cancel', 'output_audio_buffer.clear']);
  expect(far.isHeard).toBe(false);
  far.says({ type: 'output_audio_buffer.started', response_id: 'r2' });
  expect(far.isHeard).toBe(true);
});

test('[C52] an answer that does not show within 15 s is waited for no longer', async () => {
  const far = await Far.open();
  far.peer.send({ type: 'response.create' });
  await far.passes(ANSWER_MS - 1);
  expect(far.take()).toEqual([]);
  await far.passes(1);
  expect(far.take()).toEqual(['answer.over']);
  far.peer.send({ type: 'response.create' });
  far.says({ type: 'output_audio_buffer.started', response_id: 'r1' });
  far.take();
  await far.passes(ANSWER_MS);
  expect(far.take()).toEqual([]);
});

test('[C53] ending a call hangs up, once, and one whose answer comes too late is hung up as well', async () => {
  const far = await Far.open();
  far.peer.close();
  far.peer.close();
  expect(far.hungUp).toEqual([answered.place]);
  await far.passes(0);
  expect(far.isClosed).toBe(true);
  const late = new Far();
  late.peer.close();
  await late.passes(60_000);
  expect(late.hungUp).toEqual([]);
  expect(late.asked).toEqual([]);
  const offered = new Far();
  while (offered.asked.length === 0) await Promise.resolve();
  offered.peer.close();
  await offered.passes(0);
  expect(offered.hungUp).toEqual([answered.place]);
  for (const it of [far, late, offered]) expect(it.take()).toEqual([]);
});

test('[C20] frames that are no events change nothing', async () => {
  const far = await Far.open();
  for (const event of [{}, { type: 'constructor' }, { type: 7 }, { type: 'output_audio_buffer.stopped' }])
    far.says(event);
  expect(far.take()).toEqual([]);
});

test('[C54] an answer that is over is asked for its price, which is the difference', async () => {
  const far = await Far.open();
  far.says({ type: 'output_audio_buffer.started', response_id: 'r1' });
  far.says({ type: 'output_audio_buffer.stopped', response_id: 'r1' });
  far.take();
  far.day = dayOf(150, null);
  await far.passes(COST_MS);
  expect(far.take()).toEqual(['gateway.usage']);
});

test('[C54] the day is read as it is told, and each of its marks is told once', () => {
  const body = {
    today: {
      tokens: 5,
      voice_minutes: 2,
      usd: 0.5,
      remaining: { tokens: null, voice_minutes: 3, usd: null },
    },
  };
  expect(readDay(body)).toEqual({
    tokens: 5,
    seconds: 120,
    usd: 0.5,
    remaining: { tokens: null, seconds: 180, usd: null },
  });
  expect(readDay('nonsense')).toEqual({
    tokens: 0,
    seconds: 0,
    usd: 0,
    remaining: { tokens: null, seconds: null, usd: null },
  });
  const told = (from: number, to: number): readonly unknown[] =>
    costBetween(dayOf(from, 100 - from), dayOf(to, 100 - to)).map((event) =>
      event.type === 'gateway.warning' ? event.warning.code : event.type,
    );
  expect(told(10, 20)).toEqual(['gateway.usage']);
  expect(told(70, 80)).toEqual(['gateway.usage', 'budget_80']);
  expect(told(80, 90)).toEqual(['gateway.usage']);
  expect(told(70, 96)).toEqual(['gateway.usage', 'budget_95']);
  expect(costBetween(dayOf(100, null), dayOf(130, null))).toMatchObject([{ turn: { tokens: 30 } }]);
  // Midnight.
  expect(costBetween(dayOf(100, null), dayOf(3, null))).toMatchObject([{ turn: { tokens: 0 } }]);
});
