/**
 * A call: joins two sockets, `browser` and `azure`, and does what the relay decides. Azure's may be another one later. Everything that happens to a
 * call passes through `#apply`; everything that ends it, through `#end`, once.
 */
import { log } from '../observe/log.ts';
import { closeCodes } from '../protocol/close-codes.ts';
import type { Action } from './actions.ts';
import type { LiveSession } from './admission.ts';
import { azureLost, giveWay, isAtEdge, lastActions, renewalDue } from './azure-lost.ts';
import { greeting, planFor, type CallPlan } from './call-plan.ts';
import { CallRecord } from './call-record.ts';
import { closeQuietly } from './close-quietly.ts';
import type { Limits } from './configuration.ts';
import { afterAzureClose, afterDial, afterSilence, answerTo } from './endings.ts';
import { wake } from './pass-up.ts';
import { authRefused, azureConnected, fromAzure, fromBrowser } from './relay.ts';
import { dialling, end, type Ending, type RelayState, type Step } from './relay-state.ts';
import { active, announceEnds, dueEnding, renewed, type SessionClock } from './session-clock.ts';
import { afterPaying, mindBudget } from './thrift.ts';
import { PreviewWire } from './preview-wire.ts';
import { ABNORMAL, type Upstream } from './upstream.ts';
import { Upstreams, type Connection } from './upstreams.ts';
import { isStalled, WATCH_EVERY_MS, type Pulse } from './watchdog.ts';

/** One voice conversation in progress. It dials Azure as soon as it exists and lives until the browser is gone, or no way leads to Azure. */
export class Call {
  #plan: CallPlan;
  readonly #browser: WebSocket;
  readonly #upstreams: Upstreams;
  readonly #record: CallRecord;
  readonly #watch: ReturnType<typeof setInterval>;
  #wakeUp: ReturnType<typeof setTimeout> | null = null;
  readonly #preview: PreviewWire | null;
  #azure: Upstream | null = null;
  /** Calls that began together do not renew together. */
  readonly #chance = Math.random();
  #state: RelayState = dialling;
  #pulse: Pulse = { isAsked: false, lastAt: 0 };
  #clock: SessionClock;
  #limits: Limits;
  /** Until when the time of the call was charged, and told with what was paid. */
  #chargedAt = 0;
  #toldAt = 0;

  /** Takes over an accepted browser socket. */
  constructor(browser: WebSocket, plan: CallPlan) {
    this.#plan = plan;
    this.#browser = browser;
    this.#upstreams = new Upstreams(plan.host.dial);
    this.#clock = plan.clock;
    this.#limits = plan.limits;
    this.#record = new CallRecord(plan);
    this.#preview = plan.context.wire === 'ga' ? null : new PreviewWire(plan.notebook.conversationId);
    browser.addEventListener('message', ({ data }) => this.#hearBrowser(data));
    browser.addEventListener('close', ({ code }) => this.#loseBrowser(code));
    // A frame that breaks the protocol (over 32 MiB, say) ends the socket with an error and no close.
    browser.addEventListener('error', () => this.#loseBrowser(ABNORMAL));
    this.#greet();
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY_MS);
  }

  /** Dials Azure and joins it to the browser. Never rejects: a dial that fails is an ending. */
  async connect(): Promise<Connection> {
    return this.#reach(this.#upstreams.dial());
  }

  /** Ends the call for a reason that comes from outside it: a sign-out, an admin, a shutdown. */
  finish(ending: Ending): void {
    this.#apply(end(this.#state, ending));
  }

  /** Looks at what is left of the day: another session of the user may have paid for something. */
  mindBudget(): void {
    this.#apply(mindBudget(this.#plan.context, this.#state, Date.now()));
  }

  /** This call as an admin sees it. */
  describe(): LiveSession {
    return this.#record.describe(this.#clock.activeAt);
  }

  async #reach(connecting: Promise<Connection>): Promise<Connection> {
    const reached = await connecting;
    if (reached.outcome === 'connected') this.#join(reached.upstream);
    else this.finish(afterDial(reached));
    return reached;
  }

  #join(azure: Upstream): void {
    if (this.#state.name === 'ended') return azure.leave();
    const now = Date.now();
    this.#plan = planFor(this.#plan, this.#state, { route: azure.route, now });
    this.#azure = azure;
    this.#pulse = { isAsked: false, lastAt: now };
    this.#chargedAt = now;
    if (this.#toldAt === 0) this.#toldAt = now;
    this.#apply(azureConnected(this.#plan.context, this.#state));
    azure.listen({
      hear: (frame) => azure === this.#azure && this.#hearAzure(frame),
      lose: (code) => azure === this.#azure && this.#loseAzure(afterAzureClose(code, this.#state)),
    });
  }

  #hearBrowser(frame: string | ArrayBuffer): void {
    this.#record.heard(frame);
    this.#preview?.hears(frame);
    this.#apply(fromBrowser(this.#plan.context, this.#state, { frame, now: Date.now() }));
  }

  #hearAzure(frame: string | ArrayBuffer): void {
    this.#pulse = { isAsked: false, lastAt: Date.now() };
    // Azure speaks text only; a binary frame is not an event, and is treated as any other text that is none.
    const text = typeof frame === 'string' ? frame : '';
    this.#apply(fromAzure(this.#plan.context, this.#state, { frame: text, now: this.#pulse.lastAt }));
    // A turn may have come to its edge.
    if (this.#upstreams.hasSpare()) this.#mindExpiry(Date.now());
  }

  #loseBrowser(code: number): void {
    // Half-open: the browser's close is complete only when we answer it, also after we have ended.
    closeQuietly(this.#browser, { code: answerTo(code), reason: '' });
    this.finish({ as: code === closeCodes.over.code ? 'over' : 'goingAway', complaint: null });
  }

  #loseAzure(ending: Ending): void {
    const now = Date.now();
    this.#leaveAzure(now);
    this.#apply(azureLost(this.#plan.context, this.#state, { ending, now }));
  }

  /** Lets the present session go: whatever it still says is about nothing any more. */
  #leaveAzure(now: number): void {
    this.#chargeTime(now);
    this.#azure?.leave();
    this.#azure = null;
    this.#pulse = { isAsked: false, lastAt: now };
  }

  /** Looks whether the session nears its end, has another one ready in time, and takes it when nobody notices. */
  #mindExpiry(now: number): void {
    const due = renewalDue(this.#state, { now, chance: this.#chance });
    if (due === 'no') return;
    if (!this.#upstreams.hasSpare()) return void this.#prepare();
    const spare = isAtEdge(this.#state, due) ? this.#upstreams.takeSpare() : null;
    if (spare === null) return;
    this.#leaveAzure(now);
    this.#apply(giveWay(this.#plan.context, this.#state, now));
    this.#join(spare);
  }

  async #prepare(): Promise<void> {
    await this.#upstreams.prepare();
    if (this.#upstreams.hasSpare()) this.#mindExpiry(Date.now());
  }

  #look(): void {
    const now = Date.now();
    this.#chargeTime(now);
    const ending = dueEnding(this.#clock, now);
    if (ending) return this.finish(ending);
    if (isStalled(this.#state, this.#pulse, now)) this.#loseAzure(afterSilence);
    else this.#mindExpiry(now);
    if (this.#state.name === 'ended') return;
    const { clock, warnings } = announceEnds(this.#clock, { now, lastedMs: this.#record.lastedMs(now) });
    this.#clock = clock;
    if (this.#plan.context.lane === 'binary') {
      for (const warning of warnings) this.#tell(JSON.stringify(warning));
    }
    this.#apply(mindBudget(this.#plan.context, this.#state, now));
    this.#plan.host.onTick(now);
  }

  async #authenticate(token: string, cause: string | null): Promise<void> {
    const renewal = await this.#plan.host.authenticate(token);
    if (this.#state.name === 'ended') return;
    if (renewal.outcome === 'refused') {
      const { message } = renewal;
      const complaint = { code: 'invalid_credential', message, param: 'token' } as const;
      const told = cause === null ? complaint : { ...complaint, cause };
      return this.#apply(authRefused(this.#state, told, Date.now()));
    }
    this.#limits = renewal.limits;
    this.#plan.meter.setLimits(renewal.limits);
    this.#clock = renewed(this.#clock, renewal.credentialAt);
    this.#greet();
    this.#apply(mindBudget(this.#plan.context, this.#state, Date.now()));
  }

  #apply(step: Step): void {
    const before = this.#state;
    this.#state = step.state;
    if (step.state.name === 'ended') {
      for (const action of lastActions(this.#plan.context, before, Date.now())) this.#act(action);
    }
    for (const action of step.actions) this.#act(action);
  }

  #act(action: Action): void {
    const { meter } = this.#plan;
    switch (action.do) {
      case 'tell-azure':
        // Only the first of several questions counts: asking again must not keep a dead Azure alive.
        if (action.isAsking && !this.#pulse.isAsked) this.#pulse = { isAsked: true, lastAt: Date.now() };
        // A step that ended the call on its way may still have had something to say.
        return this.#azure?.send(action.frame);
      case 'tell-browser':
        return this.#tell(action.frame);
      case 'log-error':
        return log('azure.error', { ...this.#record.names(), code: action.code, cause: action.cause });
      case 'log-dropped':
        this.#record.dropped(action.ms);
        return log('call.dropped', { ...this.#record.names(), dropped_ms: action.ms });
      case 'count-request':
        return meter.countRequest(Date.now());
      case 'note-activity':
        this.#clock = active(this.#clock, Date.now());
        return;
      case 'reserve':
        return meter.reserve(action.id, action.reservation);
      case 'release':
        return meter.release(action.id);
      case 'settle':
        return this.#settle(action);
      case 'remember':
        return this.#plan.notebook.keep(action.said);
      case 'take-out':
        return this.#plan.notebook.takeOut(action.itemId);
      case 'wake':
        return this.#wake(action.inMs);
      case 'authenticate':
        return void this.#authenticate(action.token, action.cause);
      case 'redial':
        log('azure.lost', { ...this.#record.names(), code: action.code });
        return void this.#reach(this.#upstreams.redial());
      case 'end':
        return this.#end(action);
    }
  }

  #settle({ id, amount }: Extract<Action, { do: 'settle' }>): void {
    const now = Date.now();
    this.#chargeTime(now);
    this.#plan.meter.settle(id, amount, now);
    const callMs = now - this.#toldAt;
    this.#toldAt = now;
    this.#apply(afterPaying(this.#plan.context, this.#state, { amount, callMs, now }));
    this.#plan.host.onPaid();
  }

  /** Wakes the relay now, after what is being done, or later; one wake at a time is enough. */
  #wake(inMs: number): void {
    const rise = (): void => this.#apply(wake(this.#plan.context, this.#state, Date.now()));
    clearTimeout(this.#wakeUp);
    if (inMs === 0) rise();
    else this.#wakeUp = setTimeout(rise, inMs);
  }

  #chargeTime(now: number): void {
    if (this.#azure === null) return;
    this.#plan.meter.addVoice(Math.max(0, now - this.#chargedAt), now);
    this.#chargedAt = now;
  }

  #greet(): void {
    const { context } = this.#plan;
    if (context.lane === 'binary')
      this.#tell(JSON.stringify(greeting(this.#plan, this.#limits, this.#clock)));
  }

  /** Sends unless our side is closed already: after our own close() the runtime throws, and a late frame is no bug. */
  #tell(frame: string | Uint8Array): void {
    const frames = typeof frame === 'string' && this.#preview ? this.#preview.tells(frame) : [frame];
    for (const told of frames) {
      this.#record.told(told);
      if (this.#browser.readyState === WebSocket.OPEN) this.#browser.send(told);
    }
  }

  #end({ as, reason }: Extract<Action, { do: 'end' }>): void {
    clearInterval(this.#watch);
    clearTimeout(this.#wakeUp);
    closeQuietly(this.#browser, { code: closeCodes[as].code, reason: reason ?? closeCodes[as].reason });
    this.#leaveAzure(Date.now());
    this.#upstreams.close();
    this.#record.close(as);
    this.#plan.host.onEnd();
  }
}
