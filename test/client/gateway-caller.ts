/** A page's way to the gateway, under a clock of the test's. */
import { vi } from 'vitest';
import { Gateway } from '../../src/client/gateway.ts';
import type { GatewayListener, Means } from '../../src/client/gateway-listener.ts';
import type { Place } from '../../src/client/gateway-place.ts';
import { STEADY_MS } from '../../src/client/reconnect.ts';
import type { SignIn } from '../../src/client/sign-in.ts';
import { ScriptedGateway } from './scripted-gateway.ts';

/** A page with a call, and the gateway it talks to. What it is told is a list of words. */
export class Caller {
  readonly far = new ScriptedGateway();
  readonly told: string[] = [];
  isOnline = true;
  random = 0.5;
  door: SignIn = { name: 'in', isGuest: true };
  gateway: Gateway;

  constructor(place: Place = null) {
    const note = (word: string): void => void this.told.push(word);
    const listener: GatewayListener = {
      onEvent: (event) => note('itemId' in event ? event.itemId : event.type),
      onSound: (pcm) => note(`sound ${new Int16Array(pcm)[0]}`),
      onDropped: () => note('dropped'),
      onSilence: () => note('silence'),
      onAway: () => note('away'),
      onBack: (way, { soundMs, hasWords }) => note(`back ${way} ${soundMs} ${hasWords}`),
      onRefused: ({ notice }) => note(notice.text),
      onClose: (code, reason) => note(`closed ${code} ${reason}`.trim()),
    };
    const means: Means = {
      dial: this.far.dial,
      signIn: () => Promise.resolve(this.door),
      isOnline: () => this.isOnline,
      random: () => this.random,
    };
    this.gateway = new Gateway(place, listener, means);
  }

  /** A call that has been open for a while. */
  static async live(): Promise<Caller> {
    const caller = new Caller();
    await caller.settles();
    caller.far.carry();
    await caller.passes(STEADY_MS);
    caller.take();
    return caller;
  }

  /** Something was said in the call, which its conversation keeps. */
  hearsAnswer(): void {
    this.far.say({ type: 'response.output_text.done', response_id: 'r', item_id: 'i', text: 'Hello.' });
    this.far.carry();
    this.take();
  }

  take(): readonly string[] {
    return this.told.splice(0);
  }

  /** Everything that needs no clock has happened. */
  async settles(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    this.far.carry();
  }

  /** Time passes, in which the gateway answers. */
  async passes(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await vi.advanceTimersByTimeAsync(Math.min(500, left));
      this.far.carry();
    }
  }
}
