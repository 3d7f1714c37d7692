/** The tools that the assistant may use on this page: it sees it, and paints it. */
import { record, text } from '../fields.ts';
import { paint } from './paint.ts';
import { readPage } from './page-html.ts';

type PageTool = (input: unknown) => object;

const tools: Readonly<Record<string, PageTool>> = {
  getPageHTML: () => ({ success: true, html: readPage(document.body) }),
  changeBackgroundColor: (input) => paint('background', text(record(input), 'color')),
  changeTextColor: (input) => paint('text', text(record(input), 'color')),
};

/** Carries out a tool; what it says goes to the model. Never rejects: what goes wrong is said in words. */
export async function runPageTool(name: string, input: unknown): Promise<object> {
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
  if (tool === undefined) return { success: false, error: `This page has no tool named ${name}.` };
  try {
    return tool(input);
  } catch {
    return { success: false, error: 'The page could not do that.' };
  }
}
