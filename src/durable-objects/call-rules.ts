/** What a call decides about Azure depends on what carries its sound; what it does then does not. */
import { azureLost, type Loss } from './azure-lost.ts';
import type { Context } from './context.ts';
import type { Unreached } from './dialer.ts';
import { afterDial } from './endings.ts';
import { azureConnected, fromAzure, type Arrival, type Connecting } from './relay.ts';
import type { Ending, RelayState, Step } from './relay-state.ts';
import type { Briefing } from './briefing.ts';
import type { Connected, Connection, SpareHost } from './upstreams.ts';

/** The decisions of one kind of call. Pure. */
export interface CallRules {
  /** Azure's socket is there, for the first time or again. */
  readonly connected: (context: Context, state: RelayState, connecting: Connecting) => Step;
  /** Azure says something. */
  readonly heard: (context: Context, state: RelayState, arrival: Arrival<string>) => Step;
  /** Azure's socket is gone. */
  readonly lost: (context: Context, state: RelayState, loss: Loss) => Step;
  /** How the call ends when no socket to Azure can be had. */
  readonly unreached: (unreached: Unreached) => Ending;
}

/** How a call finds its sockets to Azure. */
export interface Ways {
  /** Dials for a call that begins. Never rejects; after `close` it connects to nobody. */
  readonly dial: () => Promise<Connection>;
  /** Dials for a call whose socket was lost. */
  readonly redial: (briefingNow: () => Briefing) => Promise<Connection>;
  /** Whether another session of Azure's is ready to take the place of the present one. */
  readonly hasSpare: () => boolean;
  /** That session, when it is time to take it; null: not now. */
  readonly spareFor: (state: RelayState, now: number, how: SpareHost) => Connected | null;
  /** The call is over: nobody is dialled any more, and nothing of it is left with Azure. */
  readonly close: () => void;
}

/** A call whose sound passes through us. */
export const socketRules: CallRules = {
  connected: azureConnected,
  heard: fromAzure,
  lost: azureLost,
  unreached: afterDial,
};
