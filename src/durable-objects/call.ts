/**
 * A call: joins two sockets, `browser` and `azure`, and does what the relay decides. Azure's may be another one later.
 * Everything that happens to a call passes through `#apply`; everything that ends it, through `#end`, once.
 */
import { closeCodes } from '../protocol/close-codes.ts';
import type { GatewayEvent } from '../protocol/gateway-events.ts';
import type { Action } from './actions.ts';
import type { LiveSession } from './admission.ts';
import { giveWay, lastActions } from './azure-lost.ts';
import { BrowserEnd } from './browser-end.ts';
import { CallKeeper, countedIn, type Comeback } from './call-keeper.ts';
import { greeting, mannerOf, planFor, recordOf, withTools, type CallPlan } from './call-plan.ts';
import type { Context } from './context.ts';
import { CallTime } from './call-time.ts';
import { afterAzureClose, afterBrowserClose, afterGrace, afterSilence } from './endings.ts';
import type { Return } from './opening.ts';
import { wake } from './pass-up.ts';
import { authRefused, fromBrowser } from './relay.ts';
import { dialling, end, type Ending, type RelayState, type Step } from './relay-state.ts';
import { active, announceEnds, dueEnding, renewed, type SessionClock } from './session-clock.ts';
import { briefingFor, type Briefing } from './briefing.ts';
import type { SessionRecord } from './session-record.ts';
import { afterPaying, mindBudget } from './thrift.ts';
import { offerTools, pageLeft, toolAnswered } from './tool-steps.ts';
import type { Upstream } from './upstream.ts';
import type { Connected, Connection } from './upstreams.ts';
import { WakeUp } from './wake-up.ts';
import { isWrittenDown, writeDown } from './write-down.ts';
import { Watchdog, WATCH_EVERY_MS } from './watchdog.ts';

/** One voice conversation in progress: until the browser is gone for good, or no way leads to Azure. */
export class Call {
  /** How its sound travels, and under whose word. */
  readonly context: Pick<Context, 'lane' | 'operator'>;
  #plan: CallPlan;
  readonly #browser: BrowserEnd;
  readonly #record: SessionRecord;
  readonly #keeper: CallKeeper;
  readonly #watch: ReturnType<typeof setInterval>;
  readonly #wakeUp = new WakeUp(() => this.#apply(wake(this.#plan.context, this.#state, Date.now())));
  readonly #time = new CallTime();
  readonly #watchdog = new Watchdog();
  #azure: Upstream | null = null;
  #state: RelayState = dialling;
  readonly #briefingNow = (): Briefing => briefingFor(this.#plan, this.#state);
  #clock: SessionClock;

  /** Takes over an accepted browser socket; null: nobody is told anything. `from`: the call goes on after its object was lost. */
  constructor(browser: WebSocket | null, plan: CallPlan, from: Comeback | null = null) {
    this.#plan = plan;
    this.#clock = plan.clock;
    this.#record = recordOf(plan, from?.checkpoint ?? null);
    this.context = plan.context;
    this.#browser = new BrowserEnd(
      browser,
      { ...mannerOf(plan), from: from && countedIn(from), record: this.#record },
      {
        onFrame: (frame, number) => this.#hearBrowser(frame, number),
        onLost: (code) => this.#loseBrowser(code),
        onGone: () => this.#missBrowser(),
        onKeys: () => this.#keeper.keep(this.#state, Date.now()),
      },
    );
    this.#keeper = new CallKeeper(plan, this.#browser, { record: this.#record, from });
    if (from === null) this.announce(greeting(this.#plan, this.#clock, this.#browser.issueToken()));
    else this.#browser.welcomeBack();
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY_MS);
    void plan.tools.list(() => this.#offerTools());
  }

  /** Finds another session of Azure's for a call whose object was lost. */
  goOn(): void {
    this.#apply(this.#keeper.comeBack(Date.now()));
  }

  /** Dials Azure and joins it to the browser. Never rejects: a dial that fails is an ending. */
  async connect(): Promise<Connection> {
    return this.#reach(this.#plan.ways.dial());
  }

  /** Resolves when every token that this call gave can be recognised. */
  async ready(): Promise<void> {
    return this.#browser.ready();
  }

  /** Goes on with another socket of its browser; false when that has not what it takes. */
  resume(browser: WebSocket, { resume, isTraced }: Return): boolean {
    const isBack = this.#browser.resume(browser, resume);
    if (isBack) this.#plan.tools.serve({ isPage: true, isTraced }, () => this.#offerTools());
    return isBack;
  }

  /** Takes a socket beside the sound of a WebRTC call, in the place of any before. */
  attach(browser: WebSocket, isTraced: boolean): void {
    this.#browser.attach(browser);
    this.announce(greeting(this.#plan, this.#clock, this.#browser.issueToken()));
    this.#plan.tools.serve({ isPage: true, isTraced }, () => this.#offerTools());
  }

  /** How long the call goes on waiting for its browser, in milliseconds; 0 when it does not. */
  graceLeftMs(now: number): number {
    return this.#browser.graceLeftMs(now);
  }

  /** Ends the call for a reason that comes from outside it: a sign-out, an admin, a shutdown. */
  finish(ending: Ending): void {
    this.#apply(end(this.#state, ending));
  }

  /** Looks at what is left of the day: another session of the user may have paid for something. */
  mindBudget(): void {
    this.#apply(mindBudget(this.#plan.context, this.#state, Date.now()));
  }

  /** Tells something that is no event of Azure's to a browser that knows such. */
  announce(event: GatewayEvent): void {
    if (this.#browser.isPatient()) this.#browser.tell(JSON.stringify(event));
  }

  /** This call as an admin sees it. */
  describe(): LiveSession {
    return this.#record.describe(this.#clock.activeAt);
  }

  async #reach(connecting: Promise<Connection>): Promise<Connection> {
    const reached = await connecting;
    if (reached.outcome === 'connected') this.#join(reached);
    else this.finish(this.#plan.rules.unreached(reached));
    return reached;
  }

  #join({ upstream: azure, briefed }: Connected): void {
    if (this.#state.name === 'ended') return azure.leave();
    const now = Date.now();
    this.#plan = planFor(this.#plan, this.#state, { route: azure.route, now });
    this.#azure = azure;
    this.#watchdog.heard(now);
    this.#time.begin(now);
    this.#apply(this.#plan.rules.connected(this.#plan.context, this.#state, { briefed, now }));
    azure.listen({
      hear: (frame) => azure === this.#azure && this.#hearAzure(frame),
      lose: (code) => azure === this.#azure && this.#loseAzure(afterAzureClose(code, this.#state)),
    });
  }

  /** The servers have told what tools they have. */
  #offerTools(): void {
    this.#plan = withTools(this.#plan);
    if (this.#state.name === 'open') this.#apply(offerTools(this.#plan.context, this.#state));
  }

  /** Nobody comes back: beside a sound that goes on it takes along what it was to carry out. */
  #missBrowser(): void {
    if (this.context.lane !== 'webrtc') return this.finish(afterGrace);
    this.#plan.tools.serve({ isPage: false }, () => this.#offerTools());
    this.#apply(pageLeft(this.#plan.context, this.#state, Date.now()));
  }

  #hearBrowser(frame: string | ArrayBuffer, number: number): void {
    this.#record.heard(frame);
    this.#apply(fromBrowser(this.#plan.context, this.#state, { frame, number, now: Date.now() }));
  }

  #hearAzure(frame: string | ArrayBuffer): void {
    const now = Date.now();
    this.#watchdog.heard(now);
    // Azure speaks text only; a binary frame is not an event, and is treated as any other text that is none.
    const arrival = { frame: typeof frame === 'string' ? frame : '', now };
    this.#apply(this.#plan.rules.heard(this.#plan.context, this.#state, arrival));
    // A turn may have come to its edge.
    if (this.#plan.ways.hasSpare()) this.#mindExpiry(now);
  }

  #loseBrowser(code: number): void {
    const isGoodbye = code === closeCodes.over.code || !this.#browser.isPatient();
    if (isGoodbye) this.finish(afterBrowserClose(code));
    else this.#chargeTime(Date.now());
  }

  #loseAzure(ending: Ending): void {
    const now = Date.now();
    this.#leaveAzure(now);
    this.#apply(this.#plan.rules.lost(this.#plan.context, this.#state, { ending, now }));
  }

  /** Lets the present session go: whatever it still says is about nothing any more. */
  #leaveAzure(now: number): void {
    this.#chargeTime(now);
    this.#azure?.leave();
    this.#azure = null;
    this.#watchdog.heard(now);
  }

  /** Takes another session when the present one nears its end and nobody notices. */
  #mindExpiry(now: number): void {
    const onReady = (): void => this.#mindExpiry(Date.now());
    const spare = this.#plan.ways.spareFor(this.#state, now, { briefingNow: this.#briefingNow, onReady });
    if (spare === null) return;
    this.#leaveAzure(now);
    this.#apply(giveWay(this.#plan.context, this.#state, now));
    this.#join(spare);
  }

  #look(): void {
    const now = Date.now();
    this.#chargeTime(now);
    const ending = dueEnding(this.#clock, now);
    if (ending) return this.finish(ending);
    if (this.#watchdog.isStalled(this.#state, now)) this.#loseAzure(afterSilence);
    else this.#mindExpiry(now);
    if (this.#state.name === 'ended') return;
    const { clock, warnings } = announceEnds(this.#clock, { now, lastedMs: this.#record.lastedMs(now) });
    this.#clock = clock;
    for (const warning of warnings) this.announce(warning);
    this.#apply(mindBudget(this.#plan.context, this.#state, now));
    this.#keeper.look(this.#state, now);
    this.#browser.look(now);
    this.#plan.host.onTick(now);
  }

  async #authenticate(token: string, cause: string | null): Promise<void> {
    const renewal = await this.#plan.host.authenticate(token);
    if (this.#state.name === 'ended') return;
    if (renewal.outcome === 'refused')
      return this.#apply(authRefused(this.#state, { message: renewal.message, cause }, Date.now()));
    this.#plan = { ...this.#plan, limits: renewal.limits };
    this.#plan.meter.setLimits(renewal.limits);
    this.#clock = renewed(this.#clock, renewal.credentialAt);
    this.announce(greeting(this.#plan, this.#clock, this.#browser.issueToken()));
    this.#apply(mindBudget(this.#plan.context, this.#state, Date.now()));
  }

  #apply(step: Step): void {
    const before = this.#state;
    this.#state = step.state;
    if (step.state.name === 'ended')
      for (const last of lastActions(this.#plan.context, before, Date.now())) this.#act(last);
    for (const action of step.actions) this.#act(action);
    this.#keeper.follow(before, step, Date.now());
  }

  #act(action: Action): void {
    if (isWrittenDown(action)) return writeDown(action, this.#plan, this.#record);
    switch (action.do) {
      case 'tell-azure':
        if (action.isAsking) this.#watchdog.asked(Date.now());
        // A step that ended the call on its way may still have had something to say.
        return this.#azure?.send(action.frame);
      case 'tell-browser':
        return this.#browser.tell(action.frame);
      case 'answer-ping':
        return this.#browser.answer(action.received, this.#azure?.roundTripMs() ?? null);
      case 'note-activity':
        this.#clock = active(this.#clock, Date.now());
        return;
      case 'settle':
        return this.#settle(action);
      case 'wake':
        return this.#wakeUp.in(action.inMs);
      case 'authenticate':
        return void this.#authenticate(action.token, action.cause);
      case 'run-tool':
        return void this.#plan.tools.run(action.call, {
          onProgress: (event) => this.announce(event),
          onAnswer: (answer) =>
            this.#apply(toolAnswered(this.#plan.context, this.#state, { ...answer, now: Date.now() })),
        });
      case 'drop-tools':
        return this.#plan.tools.drop();
      case 'redial':
        this.#record.azureLost(action.code);
        return void this.#reach(this.#plan.ways.redial(this.#briefingNow));
      case 'end':
        return this.#end(action);
    }
  }

  #settle({ id, amount }: Extract<Action, { do: 'settle' }>): void {
    const now = Date.now();
    this.#chargeTime(now);
    this.#plan.meter.settle(id, amount, now);
    this.#apply(afterPaying(this.#plan.context, this.#state, { amount, callMs: this.#time.tell(now), now }));
    this.#plan.host.onPaid();
  }

  /** Time in which nobody is there is charged when somebody comes back, or never. */
  #chargeTime(now: number): void {
    if (this.#azure === null || this.#browser.isAway()) return;
    this.#plan.meter.addVoice(this.#time.charge(now), now);
  }

  #end({ as, reason }: Extract<Action, { do: 'end' }>): void {
    clearInterval(this.#watch);
    this.#wakeUp.stop();
    this.#plan.tools.drop();
    this.#browser.close({ code: closeCodes[as].code, reason: reason ?? closeCodes[as].reason });
    this.#leaveAzure(Date.now());
    this.#plan.ways.close();
    this.#record.close(as);
    this.#plan.host.onEnd();
  }
}
