/**
 * What a call does as its user's day runs out: told at 80 %, told and gone over to writing at 95 %, ended at 100 %; and
 * answers never longer than what is left can pay for. Pure.
 */
import { knowsGateway } from '../protocol/subprotocols.ts';
import { thriftUpdate, wrapUp } from '../azure/answer-wish.ts';
import { NOTHING } from '../azure/usage.ts';
import { tellAzure, tellGateway, type Action } from './actions.ts';
import { ask, askWaiting } from './answers.ts';
import { dayCost, markOf, usedWords, type Paid } from './budget-words.ts';
import { isSpent, nearestBudget, type BudgetView, type NearestBudget } from './budget.ts';
import type { Context } from './context.ts';
import { afterBudget } from './endings.ts';
import { nameEvent } from './ledger.ts';
import { after, end, stay, type Open, type RelayState, type Step, type Thrift } from './relay-state.ts';
import { canWaitWithGoodbye, quote, withSpeech } from './spending.ts';

/** Something was paid for: the person is told, and the budget looked at. */
export function afterPaying(context: Context, state: RelayState, paid: Paid & { now: number }): Step {
  if (state.name === 'ended') return stay(state);
  const view = context.allowance.budget(paid.now);
  const told = knowsGateway(context.lane)
    ? [tellGateway({ type: 'gateway.usage', ...dayCost(paid, view) })]
    : [];
  return after(told, mindBudget(context, state, paid.now));
}

/** The day's budget may have changed, by this call or by another: does what is due. */
export function mindBudget(context: Context, state: RelayState, now: number): Step {
  if (state.name === 'ended') return stay(state);
  const view = context.allowance.budget(now);
  if (isSpent(view)) return end(state, afterBudget({ resetsAt: view.resetsAt, now }));
  return state.name === 'open' ? save(context, state, { view, now }) : stay(state);
}

/** What is left, and when that is asked. */
export interface Look {
  readonly view: BudgetView;
  readonly now: number;
}

function save(context: Context, state: Open, look: Look): Step {
  const marked = mark(context, state, look);
  if (marked.state.name !== 'open') return marked;
  const wrapped = goOverToWriting(context, marked.state, look.now);
  if (wrapped.state.name !== 'open') return after(marked.actions, wrapped);
  const asked = askWaiting(context, wrapped.state, look.now);
  const before = [...marked.actions, ...wrapped.actions, ...asked.actions];
  return asked.state.name === 'open'
    ? after(before, holdAnswers(context, asked.state, look))
    : { state: asked.state, actions: before };
}

/**
 * Tells of each mark that was passed, once a day. The last one also counts as passed when what is left pays for hardly
 * more than the sentence that says so: near the end of a long talk one answer may cost more than a twentieth of the day.
 */
function mark(context: Context, state: Open, { view }: Look): Step {
  const nearest = nearestBudget(view);
  const isNewDay = view.resetsAt !== state.thrift.resetsAt;
  const { told, wrap } = isNewDay ? FRESH : state.thrift;
  const reached = isLastChance(context, state, view) ? 95 : markOf(nearest);
  const thrift: Thrift = {
    ...state.thrift,
    resetsAt: view.resetsAt,
    told: reached > told ? reached : told,
    wrap: reached === 95 && wrap === 'no' ? 'due' : wrap,
  };
  const passed = ([80, 95] as const).filter((percent) => percent > told && percent <= reached);
  if (!nearest || !knowsGateway(context.lane)) return stay({ ...state, thrift });
  return stay(
    { ...state, thrift },
    passed.map((percent) => warn(percent, nearest, view)),
  );
}

const FRESH = { told: 0, wrap: 'no' } as const;

/** Nobody has promised anything but this call, and it has said something already. */
function isLastChance({ tariff }: Context, { spending }: Open, view: BudgetView): boolean {
  const hasTalked = spending.context.text + spending.context.audio > 0;
  return hasTalked && !canWaitWithGoodbye(spending, tariff, { ...view, reserved: NOTHING });
}

function warn(percent: 80 | 95, nearest: NearestBudget, { resetsAt }: BudgetView): Action {
  const rest = percent === 95 ? ' The rest is for answers in writing.' : '';
  return tellGateway({
    type: 'gateway.warning',
    code: percent === 95 ? 'budget_95' : 'budget_80',
    message: `${usedWords(nearest)}${rest}`,
    budget: nearest.name,
    used_share: nearest.share,
    resets_at: resetsAt / 1000,
  });
}

/** Once nobody speaks: the person hears why, if there was a talk at all and it can be paid for, and then reads on. */
function goOverToWriting(context: Context, state: Open, now: number): Step {
  const { spending, thrift } = state;
  const isQuiet = state.answering === 0 && spending.asked.length === 0;
  if (thrift.wrap !== 'due' || !isQuiet) return stay(state);
  const hasTalked = spending.context.text + spending.context.audio > 0;
  // Without the money for a sentence it goes unsaid; the warning and the text say it.
  const told = hasTalked ? tellAloud(context, state, now) : stay(state);
  if (told.state.name !== 'open') return told;
  return stay({ ...told.state, thrift: { ...told.state.thrift, wrap: 'done' } }, told.actions);
}

function tellAloud(context: Context, state: Open, now: number): Step {
  const { ledger, id } = nameEvent(state.ledger, 'response.create');
  return ask(context, { ...state, ledger }, { event: wrapUp(id, context.operator), isOurs: true, now });
}

/**
 * Answers that voice detection makes are held by the session: its limit follows what is left, and the speech that is
 * being heard. While an answer of this call is under way, what was promised to it stands in for it.
 */
export function holdAnswers(context: Context, state: Open, { view, now }: Look): Step {
  const { thrift, spending, ledger } = state;
  if (spending.running.length + spending.asked.length > 0 && thrift.wrap !== 'done') return stay(state);
  const isWritten = thrift.wrap === 'done';
  const expected = withSpeech(spending, beingHeardMs(state));
  const quoted = quote(expected, context.tariff, {
    view,
    wish: { longest: null, isWritten, keepsGoodbye: thrift.wrap === 'no' },
  });
  if (quoted.outcome === 'spent' && view.reserved.tokens === 0) {
    return end(state, afterBudget({ resetsAt: view.resetsAt, now }));
  }
  const limit = quoted.outcome === 'spent' ? thrift.limit : quoted.limit;
  if (limit === thrift.limit && isWritten === thrift.isWritten) return stay(state);
  const { ledger: next, id } = nameEvent(ledger, 'session.update');
  const updates = [...thrift.updates, { id, isOurs: true, asked: {} }];
  const frame = thriftUpdate(id, {
    ...(limit === thrift.limit ? {} : { limit }),
    ...(isWritten === thrift.isWritten ? {} : { isWritten }),
  });
  return stay({ ...state, ledger: next, thrift: { ...thrift, limit, isWritten, updates } }, [
    tellAzure(JSON.stringify(frame), true),
  ]);
}

/** Speech that Azure hears now and will answer, and as much again as may come before the next look. */
function beingHeardMs({ speech, pace }: Open): number {
  return speech.startMs === null ? 0 : Math.max(0, pace.sentMs - speech.startMs) + NEXT_LOOK_MS;
}

const NEXT_LOOK_MS = 2_000;
