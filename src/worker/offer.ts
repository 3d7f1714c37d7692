/** Is this what a browser offers? Enough of a look to keep nonsense from waking anybody; Azure reads it whole. Pure. */
import { problem } from './problem.ts';

/** How an offer is written. */
export const OFFER_TYPE = 'application/sdp';

/** Null when it is an offer with sound, a fingerprint and the names of its ICE; else what it lacks. */
export function complaintAboutOffer(sdp: string): string | null {
  if (!/^v=0\r?\n/.test(sdp)) return 'The body must be an SDP offer, which begins with v=0.';
  if (!/^m=audio \d/m.test(sdp)) return 'The offer must have an audio section.';
  const isSecured = /^a=fingerprint:\S/m.test(sdp) && /^a=ice-ufrag:\S/m.test(sdp);
  return isSecured ? null : 'The offer must have a fingerprint and ICE credentials.';
}

/** The refusal of a body that is not said to be an offer, or is none; null when it is one. */
export function refuseOffer(contentType: string, sdp: string): Response | null {
  const isOffer = contentType.split(';')[0]?.trim().toLowerCase() === OFFER_TYPE;
  if (!isOffer) return problem('unsupported_media_type', { detail: `The body must be ${OFFER_TYPE}.` });
  const complaint = complaintAboutOffer(sdp);
  return complaint === null ? null : problem('invalid_request', { detail: complaint });
}
