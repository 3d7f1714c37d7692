/**
 * An answer's way through a call: asked for, begun, done; or refused, or cut off. Money is promised before it is made
 * and charged when its usage is known. Pure.
 */
import {
  hasOwnInput,
  isOutOfBand,
  isWrittenWish,
  longestWish,
  ownReading,
  withoutTools,
  withWish,
} from '../azure/answer-wish.ts';
import { picturesOf } from '../azure/pictures.ts';
import { responseUsage } from '../azure/usage.ts';
import { isRecord, type WireEvent } from '../azure/wire.ts';
import { OUR_ID_START } from '../protocol/client-events.ts';
import { tellAzure, tellError, type Action } from './actions.ts';
import type { BudgetView } from './budget.ts';
import type { Context } from './context.ts';
import { afterBudget, afterTooManyRequests } from './endings.ts';
import { answeredEvent } from './ledger.ts';
import { after, end, stay, type Ending, type Open, type Step } from './relay-state.ts';
import { ownCalls } from './tool-answers.ts';
import { nothingSeen, seenCost, withTold, type Seen } from './seen.ts';
import {
  costOf,
  counted,
  countedAside,
  inputOf,
  quote,
  withPictures,
  withText,
  type Asked,
  type Running,
  type Spending,
} from './spending.ts';

/** The kind of an event that has the model go on after its tools, as its id says. */
export const TOOLS_ASK = 'response.create.tools';

/** So many answers in a row may call tools; the next one is in words. */
export const MOST_TOOL_STEPS = 8;

/** What is asked for, by whom, and when. `event` has its `event_id`. */
export interface Question {
  readonly event: WireEvent;
  readonly isOurs: boolean;
  readonly now: number;
}

/**
 * Sends a `response.create` up that the day can pay for; ends the call when it cannot. What is only promised to answers
 * under way is not spent: then a client's question waits for these, one at a time.
 */
export function ask(context: Context, state: Open, { event, isOurs, now }: Question): Step {
  if (!isOurs && hasToWait(state, event)) return wait(state, event);
  const isWritten = state.thrift.wrap === 'done' || isWrittenWish(event);
  const view = context.allowance.budget(now);
  const keepsGoodbye = !isOurs && state.thrift.wrap === 'no';
  const wish = { longest: longestWish(event), isWritten, keepsGoodbye };
  const quoted = quote(expectedBy(state.spending, event), context.tariff, { view, wish });
  if (quoted.outcome === 'spent') return putOff(state, { event, isOurs, now }, view);
  const reservation = `answer-${state.spending.sequence}`;
  const { input, limit } = quoted;
  const eventId = String(event['event_id']);
  const kind = { isAside: hasOwnInput(event), isOutOfBand: isOutOfBand(event), isOurs };
  const asked: Asked = { eventId, reservation, input, ...kind };
  const spending = {
    ...state.spending,
    asked: [...state.spending.asked, asked],
    sequence: state.spending.sequence + 1,
  };
  const wished = withWish(event, { limit, isWritten: state.thrift.wrap === 'done' });
  const frame = isLastStep(context, state) ? withoutTools(wished) : wished;
  return {
    state: { ...state, spending },
    actions: [
      { do: 'reserve', id: reservation, reservation: quoted.reservation },
      tellAzure(JSON.stringify(frame), true),
    ],
  };
}

/**
 * Azure makes one answer of the conversation at a time, and refuses to begin another; and what it calls on the way is to be
 * answered before it goes on.
 */
function hasToWait(state: Open, event: WireEvent): boolean {
  const isBusy = underWay(state).some((one) => !one.isOutOfBand) || ownCalls(state.ledger.calls).length > 0;
  return isBusy && !isOutOfBand(event);
}

/** What was asked for and is not done; an answer whose end nobody could see is waited for no longer. */
function underWay({ answering, spending: { asked, running } }: Open): readonly (Asked | Running)[] {
  return answering === 0 ? asked : [...asked, ...running];
}

function isLastStep({ operator }: Context, { tools: { made, count } }: Open): boolean {
  const steps = count + (made.size > 0 ? 1 : 0);
  return operator.tools.length > 0 && steps >= MOST_TOOL_STEPS;
}

/** The spending with what a `response.create` gives its answer alone to read. */
function expectedBy(spending: Spending, event: WireEvent): Spending {
  const own = ownReading(event);
  if (own === '') return spending;
  const { count, units } = picturesOf(event);
  return withPictures(withText(spending, own, units), count);
}

/** Asks the question that waits, once no answer of this call is under way. */
export function askWaiting(context: Context, state: Open, now: number): Step {
  const { waiting } = state.spending;
  const isBusy = underWay(state).length > 0 || ownCalls(state.ledger.calls).length > 0;
  // What waits its turn on the way up was said before, and where nobody is there it is lost.
  const isBehind = state.pace.isShut || state.pace.held.some(({ kind }) => kind === 'control');
  if (waiting === null || isBusy || isBehind) return stay(state);
  const next = { ...state, spending: { ...state.spending, waiting: null } };
  return ask(context, next, { event: waiting, isOurs: false, now });
}

function putOff(state: Open, { event, isOurs, now }: Question, { reserved, resetsAt }: BudgetView): Step {
  if (isOurs) return stay(state);
  if (reserved.tokens === 0) return end(state, afterBudget({ resetsAt, now }));
  return wait(state, event);
}

function wait(state: Open, event: WireEvent): Step {
  const { spending, ledger } = state;
  if (spending.waiting === null) return stay({ ...state, spending: { ...spending, waiting: event } });
  const id = String(event['event_id']);
  // The one that waits will do for it.
  if (id.endsWith(`.${TOOLS_ASK}`)) return stay(state);
  const complaint = { code: 'not_ready', message: TOO_MANY_WAIT } as const;
  return stay(state, [
    tellError(id.startsWith(OUR_ID_START) ? complaint : { ...complaint, cause: id }, ledger),
  ]);
}

const TOO_MANY_WAIT = 'An answer is under way, and another question waits for it: ask later.';

/**
 * An answer has begun: the one that was asked for first, or one that voice detection made by itself. That one is a
 * request too, and has to be paid for too; Azure has begun it, so a day that cannot pay ends the call.
 */
export function begin(context: Context, state: Open, { event, now }: Pick<Question, 'event' | 'now'>): Step {
  const responseId = responseIdOf(event);
  const first = questionOf(event, state.spending.asked);
  if (first) {
    const asked = state.spending.asked.filter((one) => one !== first);
    const { reservation, input, isAside } = first;
    const promised = {
      responseId,
      reservation,
      input,
      isAside,
      isOutOfBand: first.isOutOfBand,
      question: first,
    };
    const running = [...state.spending.running, promised];
    return stay({ ...state, seen: stillSeen(state), spending: { ...state.spending, asked, running } });
  }
  const waitMs = context.allowance.waitForRequest(now);
  if (waitMs !== null) return endPaying(context, state, afterTooManyRequests(waitMs));
  const view = context.allowance.budget(now);
  const { limit: longest, isWritten } = state.thrift;
  const wish = { longest, isWritten, keepsGoodbye: false };
  const quoted = quote(state.spending, context.tariff, { view, wish });
  if (quoted.outcome === 'spent')
    return endPaying(context, state, afterBudget({ resetsAt: view.resetsAt, now }));
  const reservation = `answer-${state.spending.sequence}`;
  const kind = { isAside: false, isOutOfBand: false };
  const promised = { responseId, reservation, input: quoted.input, ...kind, question: null };
  const running = [...state.spending.running, promised];
  const spending = { ...state.spending, running, sequence: state.spending.sequence + 1 };
  return stay({ ...state, seen: stillSeen(state), spending }, [
    { do: 'count-request' },
    { do: 'reserve', id: reservation, reservation: quoted.reservation },
  ]);
}

/** The question that an answer is to; none when voice detection was quicker. One out of band has no conversation. */
function questionOf(event: WireEvent, asked: readonly Asked[]): Asked | undefined {
  const id = isRecord(event['response']) ? event['response']['conversation_id'] : undefined;
  const fitting = asked.find((one) => one.isOutOfBand === ((id ?? null) === null));
  return fitting ?? (id === undefined ? asked[0] : undefined);
}

/** Of answers that run side by side nobody tells apart what came: it is let go of when none runs any more. */
function stillSeen({ spending, seen }: Open): Seen {
  return spending.running.length === 0 ? nothingSeen : seen;
}

/** Ends the call over an answer that Azure has begun: what it reads is charged. */
function endPaying({ tariff }: Context, state: Open, ending: Ending): Step {
  const amount = inputOf(state.spending, tariff);
  return after([{ do: 'settle', id: null, amount }], end(state, ending));
}

/**
 * An answer is done: it is charged as Azure says it cost. When Azure does not say, a failed one costs nothing, and any
 * other what came of it.
 */
export function finish(context: Context, state: Open, event: WireEvent): Step {
  const responseId = responseIdOf(event);
  const mine = state.spending.running.find((one) => one.responseId === responseId);
  const running = state.spending.running.filter((one) => one !== mine);
  const usage = responseUsage(event);
  const left = { ...state.spending, running };
  if (usage === null) {
    const next = { ...state, spending: left };
    if (mine === undefined) return stay(next);
    if (statusOf(event) === 'failed') return stay(next, [releaseOf(mine)]);
    const amount = seenCost(mine.input, state.seen, context.tariff);
    return stay({ ...next, seen: nothingSeen }, [{ do: 'settle', id: mine.reservation, amount }]);
  }
  const amount = costOf(usage, context.tariff);
  const spending = mine?.isAside ? countedAside(left, usage) : counted(left, usage);
  const seen = withTold(state.seen, usage.output);
  return stay({ ...state, seen, spending }, [{ do: 'settle', id: mine?.reservation ?? null, amount }]);
}

/** Azure refused a question: the promise is given back. Null when the error answers no question. */
export function refused(state: Open, error: WireEvent): { step: Step; isOurs: boolean } | null {
  const about = answeredEvent(error);
  const mine = state.spending.asked.find(({ eventId }) => eventId === about);
  if (!mine) return overtaken(state, about);
  const asked = state.spending.asked.filter((one) => one !== mine);
  const step = stay({ ...state, spending: { ...state.spending, asked } }, [releaseOf(mine)]);
  return { step, isOurs: mine.isOurs };
}

/** Voice detection was quicker: its answer runs in the place of the question, and keeps what was promised to that. */
function overtaken(state: Open, about: unknown): { step: Step; isOurs: boolean } | null {
  const other = state.spending.running.find(({ question }) => question?.eventId === about);
  if (!other?.question) return null;
  const running = state.spending.running.map((one) => (one === other ? { ...one, question: null } : one));
  const step = stay({ ...state, spending: { ...state.spending, running } });
  return { step, isOurs: other.question.isOurs };
}

/**
 * What a call owes when it ends in the middle of its answers. One that has not begun may be in the making: if asking and
 * leaving were free, Azure would read whole conversations for nothing.
 */
export function unfinished({ tariff }: Context, { spending, seen }: Open): readonly Action[] {
  const last = spending.running.at(-1);
  return [...spending.running, ...spending.asked].map((one): Action => ({
    do: 'settle',
    id: one.reservation,
    amount: seenCost(one.input, one === last ? seen : nothingSeen, tariff),
  }));
}

function releaseOf({ reservation }: Asked | Running): Action {
  return { do: 'release', id: reservation };
}

function responseIdOf(event: WireEvent): string {
  const response = event['response'];
  return isRecord(response) ? String(response['id']) : '';
}

function statusOf(event: WireEvent): unknown {
  return isRecord(event['response']) ? event['response']['status'] : null;
}
