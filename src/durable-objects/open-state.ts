/** The state of a call whose session of Azure's has just been opened. Pure. */
import type { Operator } from '../azure/session.ts';
import { nothingInFlight, withSent } from './in-flight.ts';
import type { Ledger } from './ledger.ts';
import { freshPace } from './pace.ts';
import type { UpFrame } from './prelude.ts';
import { freshRecorder } from './recorder.ts';
import type { Open } from './relay-state.ts';
import { nothingSeen } from './seen.ts';
import { freshSpending } from './spending.ts';
import { declared } from '../azure/operator-tools.ts';
import { freshSteps } from './tool-steps-state.ts';

/** Nothing was said in it yet; of its voice detection nothing is known. */
export function freshOpen({ ledger, operator, now }: Opened): Open {
  return {
    name: 'open',
    ledger,
    part: null,
    answering: 0,
    isSelfAnswering: false,
    isDetecting: false,
    isReplyOwed: false,
    pace: freshPace(now),
    spending: freshSpending(toldFirst(operator)),
    speech: { startMs: null, isCounted: false, markMs: 0 },
    seen: nothingSeen,
    thrift: { told: 0, resetsAt: 0, wrap: 'no', limit: null, isWritten: false, updates: [] },
    recorder: freshRecorder,
    track: null,
    openedAt: now,
    expiresAt: null,
    losses: 0,
    chosen: {},
    inFlight: nothingInFlight,
    former: new Set(),
    offered: operator.tools,
    tools: freshSteps,
  };
}

function toldFirst({ instructions, tools }: Operator): string {
  return tools.length === 0 ? instructions : `${instructions}${JSON.stringify(declared(tools))}`;
}

/** With a frame that goes up: until Azure confirms it, it may have to be sent again. */
export function withFrameUp(state: Open, frame: UpFrame): Open {
  const { isDetecting, pace } = state;
  return { ...state, inFlight: withSent(state.inFlight, frame, { sentMs: pace.sentMs, isDetecting }) };
}

interface Opened {
  readonly ledger: Ledger;
  readonly operator: Operator;
  /** Unix milliseconds. */
  readonly now: number;
}
