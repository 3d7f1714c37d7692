/** Joins the deciding half, the acting half and the page. */
import { CallActor } from './call.ts';
import { reduce } from './call-state.ts';
import { freshModel, type CallEvent, type Model } from './model.ts';
import { markSignedIn, wasSignedIn } from './signed-in-mark.ts';
import { createPage } from './view/page.ts';

let model: Model = { ...freshModel, isSignedIn: wasSignedIn() };
const page = createPage(tell);
const actor = new CallActor({ onEvent: tell, onLevels: (levels) => page.showLevels(levels) });
page.render(model);

function tell(event: CallEvent): void {
  const step = reduce(model, event);
  if (step.model !== model) page.render(step.model);
  if (step.model.isSignedIn !== model.isSignedIn) markSignedIn(step.model.isSignedIn);
  model = step.model;
  for (const action of step.actions) actor.perform(action);
}
