/** What the relay wants done, as data: `call.ts` is the one place that does it. */
import type { Amount } from '../azure/usage.ts';
import type { CloseName } from '../protocol/close-codes.ts';
import { errorEvent, type Complaint } from '../protocol/errors.ts';
import type { GatewayEvent } from '../protocol/gateway-events.ts';
import type { Reservation } from './account.ts';
import { ownErrorId, type Ledger } from './ledger.ts';
import type { Said } from './said.ts';
import type { ToolCall } from '../azure/tool-calls.ts';

/** One thing to do, and at whose end. */
export type Action =
  /** `isAsking`: Azure always answers this one. */
  | { readonly do: 'tell-azure'; readonly frame: string; readonly isAsking: boolean }
  /** Bytes are good until the relay is asked again: they are sent at once. */
  | { readonly do: 'tell-browser'; readonly frame: string | Uint8Array }
  /** Answer the browser, which asks whether we are there, and may say how many frames it got. */
  | { readonly do: 'answer-ping'; readonly received: number | null }
  | { readonly do: 'log-error'; readonly code: string; readonly cause: string }
  /** Sound that did not reach Azure, in milliseconds. */
  | { readonly do: 'log-dropped'; readonly ms: number }
  /** Something that counts against the rate limit was let through. */
  | { readonly do: 'count-request' }
  /** Somebody is there: the idle clock starts anew. */
  | { readonly do: 'note-activity' }
  /** Promise money to an answer; the relay has looked that there is enough. */
  | { readonly do: 'reserve'; readonly id: string; readonly reservation: Reservation }
  | { readonly do: 'release'; readonly id: string }
  /** Charge what something cost, in place of what was reserved under `id`. The relay is told when it is done. */
  | { readonly do: 'settle'; readonly id: string | null; readonly amount: Amount }
  /** Wake the relay in so many milliseconds: something waits. */
  | { readonly do: 'wake'; readonly inMs: number }
  /** Find out whose token this is. */
  | { readonly do: 'authenticate'; readonly token: string; readonly cause: string | null }
  /** Keep what was said in the conversation, in place of what was kept of the same item. */
  | { readonly do: 'remember'; readonly said: Said }
  /** Take what was kept of an item out of the conversation. */
  | { readonly do: 'take-out'; readonly itemId: string }
  /** Carry out what the model called. The relay is told what came of it, unless it has it dropped before. */
  | { readonly do: 'run-tool'; readonly call: ToolCall }
  /** Stop every tool that is being carried out. */
  | { readonly do: 'drop-tools' }
  /** Find another session of Azure's; the code says how the last was lost. */
  | { readonly do: 'redial'; readonly code: string }
  /** `reason` null: the one of the table of close codes. */
  | { readonly do: 'end'; readonly as: CloseName; readonly reason: string | null };

/** Sends a frame up. */
export function tellAzure(frame: string, isAsking: boolean): Action {
  return { do: 'tell-azure', frame, isAsking };
}

/** Sends a frame of Azure's down. */
export function tellBrowser(frame: string | Uint8Array): Action {
  return { do: 'tell-browser', frame };
}

/** Sends an event of ours down; the JSON lane knows none of these. */
export function tellGateway(event: GatewayEvent): Action {
  return tellBrowser(JSON.stringify(event));
}

/** Sends a complaint of ours down, as an `error` event. */
export function tellError(complaint: Complaint, ledger: Ledger): Action {
  return tellBrowser(JSON.stringify(errorEvent(complaint, ownErrorId(ledger))));
}
