/**
 * The seam for a deployment behind an identity provider. A script of its own, put into the page before ours, may define
 * `globalThis.voxgateToken`: a function that returns a promise of a fresh token, or of null when the person has none. It
 * is asked at the start of a call, and again before the token of a running one runs out. Without it the cookie counts.
 */
declare global {
  // A property of the global object can be declared in no other way.
  var voxgateToken: unknown;
}

/** A fresh token of the deployment's own, or null. Never rejects. */
export async function askForToken(): Promise<string | null> {
  const { voxgateToken } = globalThis;
  if (typeof voxgateToken !== 'function') return null;
  try {
    const token: unknown = await voxgateToken();
    return typeof token === 'string' && token !== '' ? token : null;
  } catch {
    // A provider that cannot be asked has no token; whether one is needed is the door's to say.
    return null;
  }
}
