/** Joins the deciding half, the acting half and the page. */
import { CallActor } from './call.ts';
import { reduce } from './call-state.ts';
import { freshModel, type CallEvent } from './model.ts';
import { createPage } from './view/page.ts';

let model = freshModel;
const page = createPage(tell);
const actor = new CallActor({ onEvent: tell, onLevels: (levels) => page.showLevels(levels) });
page.render(model);

function tell(event: CallEvent): void {
  const step = reduce(model, event);
  if (step.model !== model) page.render(step.model);
  model = step.model;
  for (const action of step.actions) actor.perform(action);
}
