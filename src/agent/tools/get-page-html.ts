import * as v from 'valibot';
import { clientTool } from '../tool.ts';

/** Shows the model the page the person looks at. */
export const getPageHtml = clientTool({
  name: 'getPageHTML',
  description: 'Gets the HTML of the page that the user has open. Takes no arguments.',
  parameters: v.object({}),
});
