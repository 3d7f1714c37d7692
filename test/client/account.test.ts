import { expect, test } from 'vitest';
import { problems } from '../../src/client/problems.ts';
import { freshModel } from '../../src/client/model.ts';
import { Dialogue } from './dialogue.ts';

const leave = { type: 'account', event: { type: 'sign-out' } } as const;
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

test('[C40] who was signed out elsewhere has nothing to sign out of', () => {
  const call = Dialogue.live().signedIn().endsWith('signed_out', 4401, 'Signed out');
  expect([call.model.isSignedIn, call.model.notice]).toEqual([false, problems.signedOut]);
  const expired = Dialogue.live().signedIn().endsWith('credential_expired', 4401, 'Credential expired');
  expect([expired.model.isSignedIn, expired.model.notice]).toEqual([false, problems.signInExpired]);
});
