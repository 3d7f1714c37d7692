import { clientTool } from '../tool.ts';
import { colorInput } from './color-input.ts';

/** Paints the words on the page. */
export const changeTextColor = clientTool({
  name: 'changeTextColor',
  description: 'Changes the colour of the text on the page that the user has open.',
  parameters: colorInput,
});
