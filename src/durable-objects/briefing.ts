/** What a session of Azure's is told before it may take over from another: ahead of time, so that nobody waits for it. Pure. */
import { openingUpdate } from '../azure/session.ts';
import { isRecord, parseEvent, type WireEvent } from '../azure/wire.ts';
import { OUR_ID_START } from '../protocol/client-events.ts';
import type { CallPlan } from './call-plan.ts';
import type { RelayState } from './relay-state.ts';
import { replay } from './replay.ts';
import { pendingCalls } from './tool-answers.ts';

/** The operator's word with what the client chose, and what was said. */
export interface Briefing {
  readonly opening: string;
  readonly conversation: readonly string[];
}

/** What came of telling it. */
export interface Briefed {
  readonly briefing: Briefing;
  /** How Azure confirmed the opening. */
  readonly updated: WireEvent;
}

/** The event that opens: its id is good in a session in which nothing else was said. */
const OPENING_ID = `${OUR_ID_START}ahead.session.update`;

/** What another session would have to be told now. */
export function briefingFor(plan: CallPlan, state: RelayState): Briefing {
  const { operator } = plan.context;
  return {
    opening: openingUpdate(operator, OPENING_ID, chosenIn(state)),
    conversation: state.name === 'ended' ? [] : conversationOf(plan, state),
  };
}

/** What was said until now, as the frames that tell it to another session. */
export function conversationOf(
  { notebook }: Pick<CallPlan, 'notebook'>,
  { ledger }: Exclude<RelayState, { name: 'ended' }>,
): readonly string[] {
  return replay(notebook.recall(), pendingCalls(ledger.calls));
}

/**
 * What a session that was told one briefing has still to be told, to know what another says: what was said since. Null when it
 * was told otherwise. What has become too old to be told stays with it.
 */
export function untold({ briefing: told }: Briefed, now: Briefing): readonly string[] | null {
  return told.opening === now.opening ? unsaid(told.conversation, now.conversation) : null;
}

/** The same of the conversation alone. */
export function unsaid(told: readonly string[], now: readonly string[]): readonly string[] | null {
  const before = told.map(wordsOf);
  const after = now.map(wordsOf);
  for (let old = 0; old <= before.length; old += 1) {
    const known = before.length - old;
    if (known > after.length || !before.slice(old).every((words, at) => words === after[at])) continue;
    const fresh = now.slice(known);
    // Nothing that was told is left of it, or a call might be taken for another one.
    const isOther = old > 0 && (known === 0 || fresh.some(isAboutCall));
    return isOther ? null : fresh.map((frame, at) => renamed(frame, told.length + at));
  }
  return null;
}

/** What is told, whatever it is called. */
function wordsOf(frame: string): string {
  const item = itemOf(frame);
  return JSON.stringify({ ...item, id: undefined });
}

function isAboutCall(frame: string): boolean {
  return String(itemOf(frame)['type']).startsWith('function_call');
}

/** No two items of a session have one name. */
function renamed(frame: string, number: number): string {
  const event = parseEvent(frame);
  return JSON.stringify({ ...event, item: { ...itemOf(frame), id: `${OUR_ID_START}said_${number}` } });
}

function itemOf(frame: string): Readonly<Record<string, unknown>> {
  const item = parseEvent(frame)?.['item'];
  return isRecord(item) ? item : {};
}

function chosenIn(state: RelayState) {
  if (state.name === 'open') return state.chosen;
  return state.name === 'ended' ? {} : state.carried?.open.chosen;
}
