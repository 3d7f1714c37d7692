/** What the browser of a WebRTC call said beside in the moment in which its sideband was lost. Pure. */
import { OUR_ID_START } from '../protocol/client-events.ts';
import type { Complaint } from '../protocol/errors.ts';
import { tellError, type Action } from './actions.ts';
import { withQuestions } from './in-flight.ts';
import type { Open } from './relay-state.ts';
import { answerRefused } from './tool-answers.ts';

/**
 * The call is the same session of Azure's when the sideband is back: what may have arrived is not said again, since it would
 * be there twice. Its client is told, and may look and ask again; what was promised to questions is given back. An answer that
 * one of them brought after all is paid when it is done.
 */
export function withoutUnheard(state: Open): { state: Open; actions: readonly Action[] } {
  const { spending, ledger, inFlight } = state;
  const released = spending.asked.map(({ reservation: id }): Action => ({ do: 'release', id }));
  // A question that waits for its turn was not asked yet.
  const { sent } = withQuestions(inFlight, spending.asked);
  const theirs = sent.flatMap(({ frame }) =>
    frame.kind === 'control' && frame.number !== undefined ? [frame.event] : [],
  );
  const calls = theirs.reduce((all, event) => answerRefused(all, event['event_id']), ledger.calls);
  const told = theirs.map(({ event_id: id }, index) => {
    const isNamed = typeof id === 'string' && !id.startsWith(OUR_ID_START);
    const at = { ...ledger, sequence: ledger.sequence + index };
    return tellError(isNamed ? { ...UNHEARD, cause: id } : UNHEARD, at);
  });
  return {
    state: {
      ...state,
      ledger: { ...ledger, calls, sequence: ledger.sequence + theirs.length },
      spending: { ...spending, asked: [] },
      inFlight: { ...inFlight, sent: [], audioMs: 0, controlUnits: 0 },
    },
    actions: [...released, ...told],
  };
}

const UNHEARD: Complaint = {
  code: 'not_ready',
  message:
    'The connection to Azure was lost for a moment, and it may not have heard this: try again if it is not answered.',
};
