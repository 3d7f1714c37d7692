import { expect, test } from 'vitest';
import { problems } from '../../src/client/problems.ts';
import { freshModel } from '../../src/client/model.ts';
import { Dialogue, NOON } from './dialogue.ts';

const leave = { type: 'account', event: { type: 'sign-out' } } as const;
const expiry = { code: 'session_ending', reason: 'credential', endsAt: NOON + 60_000 } as const;
const credentialEnds = {
  type: 'gateway.warning',
  code: 'session_ending',
  reason: 'credential',
  ends_at: (NOON + 60_000) / 1000,
};
const left = { type: 'account', event: { type: 'signed-out' } } as const;

test('[C40] only an account can be signed out of', () => {
  const guest = Dialogue.live().signedIn(true);
  expect(guest.model.isSignedIn).toBe(false);
  expect(guest.tell(leave).takeTypes()).toEqual([]);
  expect(guest.phase).toBe('listening');
});

test('[C40] signing out ends the call at once, and then nothing of it is left on the page', () => {
  const call = Dialogue.live().signedIn().answer('r1', 100);
  call.take();
  call.tell(leave);
  expect([call.phase, call.model.isSignedIn, call.takeTypes()]).toEqual([
    'ended',
    false,
    ['close', 'sign-out'],
  ]);
  call.tell(left);
  expect(call.model).toEqual({ ...freshModel, notice: { text: 'You are signed out.', remedy: 'none' } });
});

test('[C40] a call that was begun while signing out is over too', () => {
  const call = Dialogue.live().signedIn().tell(leave).tell({ type: 'start' });
  call.take();
  expect(call.tell(left).takeTypes()).toEqual(['close']);
  expect(call.phase).toBe('idle');
});

test('[C40] when the door cannot be asked, the person is still signed in and told so', () => {
  const call = Dialogue.live().signedIn().tell(leave);
  call.tell({ type: 'account', event: { type: 'sign-out-failed' } });
  expect([call.model.isSignedIn, call.model.notice]).toEqual([true, problems.signOutFailed]);
});

test('[C40] whom the door does not know has nothing to sign out of', () => {
  const call = new Dialogue().signedIn().tell({ type: 'start' });
  call.tell({ type: 'failed', notice: problems.unreachable });
  expect(call.model.isSignedIn).toBe(true);
  call.tell({ type: 'start' }).tell({ type: 'failed', notice: problems.signInNeeded });
  expect(call.model.isSignedIn).toBe(false);
});

test('[C41] a credential that runs out is renewed without a word', () => {
  const call = Dialogue.live().hear(credentialEnds);
  expect(call.take()).toEqual([{ type: 'renew', warning: expiry }]);
  expect([call.phase, call.model.notice, call.model.standing]).toEqual(['listening', null, null]);
});

test('[C41] where nobody has a fresh token, the end that is near is told until it is there', () => {
  const call = Dialogue.live().hear(credentialEnds);
  call.tell({ type: 'not-renewed', warning: expiry, at: NOON }).answer('r1', 100);
  expect(call.model.standing?.text).toBe(
    'Your sign-in runs out in 1 minute, and this call with it. Sign in again at the next start.',
  );
  call.endsWith('credential_expired', 4401, 'Credential expired');
  expect([call.model.standing, call.model.notice]).toEqual([null, problems.signInExpired]);
});

test('[C40] who was signed out elsewhere has nothing to sign out of', () => {
  const call = Dialogue.live().signedIn().endsWith('signed_out', 4401, 'Signed out');
  expect([call.model.isSignedIn, call.model.notice]).toEqual([false, problems.signedOut]);
  const expired = Dialogue.live().signedIn().endsWith('credential_expired', 4401, 'Credential expired');
  expect([expired.model.isSignedIn, expired.model.notice]).toEqual([false, problems.signInExpired]);
});
