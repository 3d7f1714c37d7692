import type { Action } from './actions.ts';
import type { CallPlan } from './call-plan.ts';
import type { SessionRecord } from './session-record.ts';

/** What only books, logs and the notebook hear of. */
type Written = Extract<
  Action,
  {
    do: 'log-error' | 'log-dropped' | 'count-request' | 'reserve' | 'release' | 'remember' | 'take-out';
  }
>;

/** Asked of every frame of sound: a look into a set, and no list gone through. */
const WRITTEN: ReadonlySet<Action['do']> = new Set<Written['do']>([
  'log-error',
  'log-dropped',
  'count-request',
  'reserve',
  'release',
  'remember',
  'take-out',
]);

/** Whether nobody at either end hears of it. */
export function isWrittenDown(action: Action): action is Written {
  return WRITTEN.has(action.do);
}

/** Writes down what a call did, where it belongs. */
export function writeDown(action: Written, { meter, notebook }: CallPlan, record: SessionRecord): void {
  switch (action.do) {
    case 'log-error':
      return record.azureErred(action);
    case 'log-dropped':
      return record.dropped(action.ms);
    case 'count-request':
      return meter.countRequest(Date.now());
    case 'reserve':
      return meter.reserve(action.id, action.reservation);
    case 'release':
      return meter.release(action.id);
    case 'remember':
      return notebook.keep(action.said);
    case 'take-out':
      return notebook.takeOut(action.itemId);
  }
}
