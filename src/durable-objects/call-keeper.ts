import type { Action } from './actions.ts';
import { objectLost } from './azure-lost.ts';
import type { BrowserEnd, Counted } from './browser-end.ts';
import type { CallPlan } from './call-plan.ts';
import { standingFor, standingOf, type Checkpoint, type Standing } from './checkpoint.ts';
import type { Resume } from './opening.ts';
import type { RelayState, Step } from './relay-state.ts';
import { sameHash } from './resume-keys.ts';
import type { SessionRecord } from './session-record.ts';

/** How old what is written down may become: so much silence is heard twice after the object was lost. */
const KEEP_EVERY_MS = 5_000;

/** After these there is something to write down. */
const NEWS: ReadonlySet<Action['do']> = new Set(['note-activity', 'remember', 'take-out', 'settle']);

/** A browser that came back after the object was lost: how its call stood, and what the browser showed. */
export interface Comeback {
  readonly checkpoint: Checkpoint;
  readonly resume: Resume;
}

/** Where counting goes on. The token works once, and takes those given before it along. */
export function countedIn({ checkpoint, resume }: Comeback): Counted {
  const used = checkpoint.keys.findIndex((key) => sameHash(key, resume.hash));
  const { received: heard, known, keys } = checkpoint;
  return { heard, known, sent: resume.received, keys: keys.slice(used + 1) };
}

/** Writes down how one call stands, so that its browser may come back after the object was lost. */
export class CallKeeper {
  readonly #plan: CallPlan;
  readonly #browser: BrowserEnd;
  readonly #record: SessionRecord;
  /** Null before the call was open for the first time: what nobody has heard of cannot be come back to. */
  #standing: Standing | null;
  #keptAt = 0;

  constructor(
    plan: CallPlan,
    browser: BrowserEnd,
    { record, from }: { readonly record: SessionRecord; readonly from: Comeback | null },
  ) {
    this.#plan = plan;
    this.#browser = browser;
    this.#record = record;
    this.#standing = from && standingFor(from.checkpoint, from.resume.received);
  }

  /** The first step of a call whose object was lost. Throws for one that has only begun. */
  comeBack(now: number): Step {
    if (this.#standing === null) throw new Error('A call goes on from what was written down');
    return objectLost(this.#plan.context, this.#standing, now);
  }

  /** After a step, if it brought any news. */
  follow(before: RelayState, { state, actions }: Step, now: number): void {
    const isNews = isOtherwise(before, state) || actions.some((action) => NEWS.has(action.do));
    if (isNews) this.keep(state, now);
  }

  /** Now and then, whether there is news or not. */
  look(state: RelayState, now: number): void {
    if (now - this.#keptAt >= KEEP_EVERY_MS) this.keep(state, now);
  }

  /** Writes it down, and that the call is there. */
  keep(state: RelayState, now: number): void {
    // A call of Azure's with the browser itself ends with the object.
    if (state.name === 'ended' || !this.#browser.isPatient() || this.#plan.context.lane === 'webrtc') return;
    this.#standing = standingOf(this.#standing, state, this.#browser.counted());
    if (this.#standing === null) return;
    this.#keptAt = now;
    const { sessionId, startedAt, notebook, context, meter, host } = this.#plan;
    host.keep({
      version: 1,
      ...this.#standing,
      sessionId,
      conversationId: notebook.conversationId,
      startedAt,
      aliveAt: now,
      isUnlocked: !context.operator.isLocked,
      keys: this.#browser.keys(),
      use: meter.use(),
      count: this.#record.count(),
    });
  }
}

/** Where the call stands has changed, or what its client chose. */
function isOtherwise(before: RelayState, now: RelayState): boolean {
  const isChosen = before.name === 'open' && now.name === 'open' && before.chosen !== now.chosen;
  return before.name !== now.name || isChosen;
}
