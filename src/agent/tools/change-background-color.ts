import { clientTool } from '../tool.ts';
import { colorInput } from './color-input.ts';

/** Paints the page. */
export const changeBackgroundColor = clientTool({
  name: 'changeBackgroundColor',
  description: 'Changes the background colour of the page that the user has open.',
  parameters: colorInput,
});
