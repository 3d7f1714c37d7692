/**
 * A call on which everything breaks that can, at any moment and in any order: the browser's network, a network that takes
 * nothing, Azure, Azure's hour, the object. Whatever happens, what the person typed is heard once and in its order.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAtEdge } from '../../src/durable-objects/azure-lost.ts';
import {
  neverReturned,
  standingFor,
  standingOf,
  stateFrom,
  type Standing,
} from '../../src/durable-objects/checkpoint.ts';
import { MOST_PENDING_BYTES, Outflow } from '../../src/durable-objects/outflow.ts';
import {
  afterAdmin,
  afterBrowserClose,
  afterBudget,
  afterExpiry,
  afterGrace,
  afterIdle,
  afterLongest,
  afterSignOut,
  afterSilence,
  afterTooManyRequests,
} from '../../src/durable-objects/endings.ts';
import type { Ending } from '../../src/durable-objects/relay-state.ts';
import { Ring } from '../../src/durable-objects/ring.ts';
import type { Said } from '../../src/durable-objects/said.ts';
import { untold, type Briefed } from '../../src/durable-objects/briefing.ts';
import { closeCodes, type CloseName } from '../../src/protocol/close-codes.ts';
import { PaperAzure } from './paper-azure.ts';
import { PaperCall } from './paper-call.ts';
import { typed } from './paper-talk.ts';

type Event = Record<string, unknown>;

const COMMANDS = {
  type: 4,
  talk: 4,
  carry: 8,
  azure: 10,
  bargeIn: 1,
  cut: 2,
  comeBack: 3,
  lose: 1,
  prepare: 1,
  renew: 1,
  evict: 1,
  narrow: 1,
  wait: 2,
} as const;

/** A piece of a quiet room. */
const SOUND = { type: 'input_audio_buffer.append', audio: 'AAAA' };

type Command = keyof typeof COMMANDS;

const commands = fc.array(
  fc.oneof(
    ...Object.entries(COMMANDS).map(([name, weight]) => ({
      weight,
      arbitrary: fc.constant(name as Command),
    })),
  ),
  { maxLength: 120, size: 'max' },
);

/** What opens a session ahead of time; nobody chooses anything here. */
const OPENING = JSON.stringify({ type: 'session.update', session: { instructions: 'x' } });

/** What was written down of a call when its object went. */
interface WrittenDown {
  readonly standing: Standing;
  readonly remembered: ReadonlyMap<string, Said>;
}

class World {
  call = new PaperCall();
  readonly words: string[] = [];
  /** What the browser got, over all its sockets. */
  readonly got: Event[] = [];
  /** How many of these came from each object. */
  ended = 0;
  endedAs: CloseName | null = null;
  /** Frames that went up after it. */
  saidAfterEnd = 0;
  /** How many sessions took over that were told everything ahead of time. */
  tookReady = 0;
  #ready: { readonly azure: PaperAzure; readonly briefed: Briefed } | null = null;
  #azure = new PaperAzure('s0');
  #sessions = 0;
  #queue: Event[] = [];
  #ring = new Ring();
  #isNarrow = false;
  #outflow = this.#newOutflow();
  #heard = 0;
  #texts: number[] = [];
  #known: ReadonlySet<number> = new Set();
  #returned = neverReturned;
  #standing: Standing | null = null;
  #lost: WrittenDown | null = null;
  /** The line: what is under way on it, each way; null while it is cut. */
  #line: { readonly up: string[]; readonly down: string[] } | null = { up: [], down: [] };
  /** The browser's frames, all of them, and how many the socket of the moment was given; null before it is back. */
  readonly #said: string[] = [];
  #given: number | null = 0;

  constructor() {
    this.call.connects();
    this.#queue.push(...this.#azure.greets());
    this.settle();
  }

  do(command: Command): void {
    if (command === 'comeBack') return this.comeBack();
    if (command === 'cut') this.#line = null;
    if (command === 'type' && this.words.length < 12) this.#types(`word${this.words.length + 1}`);
    if (command === 'talk') this.#says(SOUND);
    if (command === 'carry') this.#carry();
    if (this.#lost !== null) return;
    if (command === 'azure') this.#azureSpeaks();
    if (command === 'bargeIn') this.#says({ type: 'response.cancel' });
    if (command === 'lose' && this.call.state.name === 'open' && this.call.state.losses < 3) this.#loses();
    if (command === 'prepare' && this.call.state.name === 'open') this.#prepare();
    if (command === 'renew' && isAtEdge(this.call.state, 'due')) this.#renews();
    if (command === 'evict' && this.#standing !== null) this.#evict(this.#standing);
    if (command === 'narrow') this.#isNarrow = !this.#isNarrow;
    if (command === 'wait') this.call.waits(700);
    this.#follow();
  }

  /** Everything that is under way arrives, and everybody is there. */
  settle(): void {
    this.#isNarrow = false;
    for (let quiet = 0; quiet < 3;) {
      if (this.#line === null || this.#lost !== null) this.comeBack();
      const isBusy =
        this.#queue.length > 0 || (this.#line?.up.length ?? 0) + (this.#line?.down.length ?? 0) > 0;
      this.#carry();
      this.#azureSpeaks();
      this.call.waits(200);
      this.#follow();
      quiet = isBusy ? 0 : quiet + 1;
    }
  }

  /** The browser dials, with what it got; the gateway says first what it has. */
  comeBack(): void {
    if (this.#line !== null && this.#lost === null) return;
    const received = this.got.length;
    this.#given = null;
    this.#line = { up: [], down: [] };
    if (this.#lost !== null) return this.#restore(this.#lost, received);
    for (const frame of this.#outflow.takeAll()) this.#ring.keep(frame, this.call.now);
    const frames = this.#ring.resume(received, () => [this.#resumed('complete')], this.call.now);
    if (frames === null) throw new Error('A browser that got all it was sent may come back');
    this.#line.down.push(...frames.map(String));
    this.#returned = { count: this.#returned.count + 1, received, sent: this.#ring.sent() };
    this.#follow();
  }

  /** It ends, at whatever moment this is; for an object that was lost its browser comes back first. */
  ends(ending: Ending): void {
    if (this.#lost !== null) this.comeBack();
    this.call.endsHere(ending);
    this.#follow();
  }

  /** What the last session of Azure's was told that the person said. */
  azureKnows(): readonly string[] {
    return this.#azure.known;
  }

  #types(word: string): void {
    this.words.push(word);
    this.#says(typed(word));
    this.#says({ type: 'response.create' });
  }

  #says(event: object): void {
    this.#said.push(JSON.stringify(event));
    this.#flush();
  }

  #flush(): void {
    if (this.#line === null || this.#given === null) return;
    this.#line.up.push(...this.#said.slice(this.#given));
    this.#given = this.#said.length;
  }

  /** One frame arrives, each way. */
  #carry(): void {
    const up = this.#line?.up.shift();
    if (up !== undefined && this.#lost === null) {
      this.#heard += 1;
      const isKnown = this.#known.has(this.#heard);
      if (!isKnown && !up.includes(SOUND.type)) this.#texts.push(this.#heard);
      if (!isKnown) this.#hears(up);
    }
    const down = this.#line?.down.shift();
    if (down === undefined) return;
    const event: Event = JSON.parse(down);
    this.got.push(event);
    // One that a cut kept from arriving is replayed too, and is old by then.
    if (event['type'] !== 'gateway.resumed' || this.#given !== null) return;
    this.#given = Number(event['received']);
    this.#flush();
  }

  #hears(frame: string): void {
    this.call.browserSends(frame, this.#heard);
    this.#follow();
  }

  #azureSpeaks(): void {
    const event = this.#queue.shift();
    if (event === undefined || this.#lost !== null) return;
    this.call.azureSends(event);
    this.call.waits(1);
    this.#follow();
  }

  #loses(): void {
    this.#queue = [];
    this.call.loses();
    this.#anotherSession();
  }

  #renews(): void {
    this.#queue = [];
    this.call.givesWay();
    this.#anotherSession();
  }

  /** A session is told everything ahead of time. */
  #prepare(): void {
    const azure = this.#newAzure();
    const briefing = { opening: OPENING, conversation: this.call.conversation() };
    const [updated] = azure.hears(JSON.parse(OPENING));
    for (const frame of briefing.conversation) azure.hears(JSON.parse(frame));
    this.#ready = { azure, briefed: { briefing, updated: { type: 'session.updated', ...updated } } };
  }

  /** One that is ready and was told nothing else is taken, else another. */
  #anotherSession(): void {
    this.#follow();
    const ready = this.#ready;
    this.#ready = null;
    const briefing = { opening: OPENING, conversation: this.call.conversation() };
    if (ready !== null && untold(ready.briefed, briefing) !== null) {
      this.tookReady += 1;
      this.#azure = ready.azure;
      this.call.reconnects(ready.briefed);
      return;
    }
    this.#azure = this.#newAzure();
    this.call.reconnects();
    this.#queue.push(...this.#azure.greets());
  }

  #newAzure(): PaperAzure {
    this.#sessions += 1;
    return new PaperAzure(`s${this.#sessions}`);
  }

  /** The object goes, and with it everything but what was written down. */
  #evict(standing: Standing): void {
    this.#lost = { standing, remembered: new Map(this.call.remembered) };
    this.#ready = null;
    this.#line = null;
    this.#queue = [];
  }

  #restore({ standing, remembered }: WrittenDown, received: number): void {
    const { now } = this.call;
    this.#lost = null;
    this.call = new PaperCall();
    this.call.now = now;
    for (const [id, said] of remembered) this.call.remembered.set(id, said);
    this.#ring = new Ring(received);
    this.#outflow = this.#newOutflow();
    this.#heard = standing.received;
    this.#texts = [...standing.known];
    this.#known = new Set(standing.known);
    this.#returned = neverReturned;
    this.#outflow.push(this.#resumed('restored'), false, now);
    this.#standing = standingFor(standing, received);
    this.call.state = stateFrom(this.call.context, this.#standing, now);
    this.call.loses();
    this.#anotherSession();
    this.#follow();
  }

  /** What the call wants done is done, and what is news is written down. */
  #follow(): void {
    for (const [end, frame] of this.call.said() as (['azure' | 'browser', Event] | ['end', CloseName])[]) {
      if (end === 'azure' && this.endedAs !== null) this.saidAfterEnd += 1;
      if (end === 'azure') this.#queue.push(...this.#azure.hears(frame));
      if (end === 'end') this.endedAs = frame;
      if (end === 'browser') this.#outflow.push(JSON.stringify(frame), false, this.call.now);
      if (end === 'end') this.ended += 1;
    }
    this.#outflow.look(this.call.now);
    const sent = this.#ring.sent() + this.#outflow.size();
    const frames = { heard: this.#heard, texts: this.#texts, sent, returned: this.#returned };
    // Whoever ends a call strikes out what was written down of it.
    this.#standing = this.endedAs === null ? standingOf(this.#standing, this.call.state, frames) : null;
  }

  #newOutflow(): Outflow {
    return new Outflow({
      pendingBytes: () => (this.#isNarrow && this.#line !== null ? MOST_PENDING_BYTES + 1 : 0),
      send: (frame) => {
        this.#ring.keep(frame, this.call.now);
        this.#line?.down.push(String(frame));
      },
    });
  }

  #resumed(continuity: string): string {
    return JSON.stringify({ type: 'gateway.resumed', continuity, received: this.#heard });
  }
}

/** Why a call may end, beside Azure. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  goodbye: afterBrowserClose(closeCodes.over.code),
  'nobody came back': afterGrace,
  administrator: afterAdmin,
  'sign-out': afterSignOut,
  idle: afterIdle,
  'longest time': afterLongest,
  credential: afterExpiry,
  budget: afterBudget({ resetsAt: 86_400_000, now: 0 }),
  requests: afterTooManyRequests(1_000),
  'Azure is silent': afterSilence,
};

function idsOf(events: readonly Event[], type: string): unknown[] {
  return events.filter((one) => one['type'] === type).map(({ response }) => Object(response).id);
}

it('[Q2][Q3][Q12][Q16][X9][X11] whatever breaks, in whatever order, each word is heard and remembered once, in its order', () => {
  let evicted = 0;
  let tookReady = 0;
  fc.assert(
    fc.property(commands, (todo) => {
      const world = new World();
      for (const command of todo) world.do(command);
      world.settle();
      world.do('type');
      world.settle();
      evicted += Number(todo.includes('evict'));
      tookReady += world.tookReady;

      expect(world.ended).toBe(0);
      expect(world.call.state.name).toBe('open');
      expect(world.azureKnows()).toEqual(world.words);
      const said = [...world.call.remembered.values()]
        .filter(({ role }) => role === 'user')
        .toSorted((a, b) => a.saidAt - b.saidAt)
        .map(({ content }) => content);
      expect(said).toEqual(world.words);
      // No answer begins twice, and none is left open at the end.
      const begun = idsOf(world.got, 'response.created');
      const done = idsOf(world.got, 'response.done');
      expect(new Set(begun).size).toBe(begun.length);
      // An object that was lost takes with it how much exactly of what came again had arrived.
      expect(new Set(done).size === done.length || todo.includes('evict')).toBe(true);
      expect(begun.filter((id) => !done.includes(id))).toEqual([]);
      expect(world.got.filter(({ type }) => type === 'session.created')).toHaveLength(1);
      expect(world.call.reservations.size).toBe(0);
    }),
    { numRuns: 2_000 },
  );
  expect(evicted).toBeGreaterThan(100);
  expect(tookReady).toBeGreaterThan(100);
}, 120_000);

it('[Q8][R24][P1] however it ends, at whatever moment, it ends once, with a documented code, and nothing goes up or is promised after that', () => {
  const names = fc.constantFrom(...Object.keys(ENDINGS));
  fc.assert(
    fc.property(commands, names, commands, (before, name, after) => {
      const world = new World();
      for (const command of before) world.do(command);
      const ending = ENDINGS[name];
      if (ending === undefined) throw new Error(`No ending ${name}`);
      world.ends(ending);
      for (const command of after) world.do(command);
      expect([world.ended, world.endedAs]).toEqual([1, ending.as]);
      expect(Object.keys(closeCodes)).toContain(world.endedAs);
      expect(world.call.state.name).toBe('ended');
      expect(world.saidAfterEnd).toBe(0);
      expect(world.call.reservations.size).toBe(0);
    }),
    { numRuns: 500 },
  );
}, 120_000);
