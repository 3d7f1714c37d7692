/** How a WebRTC call is made at Azure, looked on at and hung up: what its line does, by the operator's ways. */
import { dialRealtime } from '../azure/dial.ts';
import { mintKey, postOffer } from '../azure/rtc.ts';
import { callSession } from '../azure/session.ts';
import type { Configuration } from './configuration.ts';
import type { Dialer } from './dialer.ts';
import type { HangUps } from './hang-ups.ts';
import type { LineHost } from './line.ts';

/** Who dials, and who sees to it that every call ends. */
export interface RtcParts {
  readonly dialer: Dialer;
  readonly hangUps: HangUps;
}

/**
 * The host of one line. A key is made and used at once, and goes nowhere else: Azure takes no offer under the resource's
 * own key. The ways are tried for the key alone; an offer that Azure refuses says nothing of the way.
 */
export function beginRtc(
  sdp: string,
  { routes, operator }: Configuration,
  { dialer, hangUps }: RtcParts,
): LineHost {
  return {
    begin: async (signal) => {
      const minted = await dialer.find(
        routes,
        { signal, patience: 'always' },
        async ({ endpoint, realtimeDeployment: model }, headers, trying) =>
          mintKey({ endpoint, headers }, callSession(operator, { model, voice: null }), trying.signal),
      );
      if (minted.outcome !== 'connected') return minted;
      const { route, value: key } = minted;
      // Never cut off: a call whose id nobody knows can be hung up by nobody.
      const { signal: patient } = new AbortController();
      const answered = await postOffer({ endpoint: route.endpoint, key: key.value, sdp }, patient);
      return answered.outcome === 'connected' ? { ...answered, route } : answered;
    },
    note: (place) => hangUps.note(place),
    attach: async ({ callId, route }, signal) => {
      const { endpoint } = route;
      const reached = await dialer.askWay(route, signal, async (_way, headers, until) =>
        dialRealtime({ endpoint, about: { call_id: callId }, headers }, until),
      );
      if (reached.outcome !== 'connected') return reached;
      return { outcome: 'connected', socket: reached.value, route };
    },
    hangUp: (place) => hangUps.end(place),
  };
}
