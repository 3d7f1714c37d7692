/** Who the person is to the page: signed in with an account they can sign out of, or a guest. */
import type { AccountEvent, Model } from './model.ts';
import { freshModel } from './model.ts';
import { problems } from './problems.ts';
import { leaveChat } from './chat/follow-chat.ts';
import { stay, type Step } from './step.ts';

/** Follows what the door tells. Signing out ends the call at once, and leaves nothing of it for whoever sits down next. */
export function followAccount(model: Model, event: AccountEvent): Step {
  switch (event.type) {
    case 'signed-in':
      return stay({ ...model, isSignedIn: !event.isGuest });
    case 'sign-out':
      return model.isSignedIn ? signOut(model) : stay(model);
    case 'signed-out':
      return {
        model: { ...freshModel, notice: { text: 'You are signed out.', remedy: 'none' } },
        actions: [...leaveChat(model).actions, { type: 'close' }],
      };
    case 'sign-out-failed':
      return stay({ ...model, isSignedIn: true, notice: problems.signOutFailed });
  }
}

function signOut(model: Model): Step {
  const isOpen = model.call.name === 'connecting' || model.call.name === 'live';
  const call = isOpen ? ({ name: 'ended' } as const) : model.call;
  return {
    model: { ...leaveChat(model).model, call, isSignedIn: false, notice: null, standing: null },
    actions: [...leaveChat(model).actions, { type: 'close' }, { type: 'sign-out' }],
  };
}
