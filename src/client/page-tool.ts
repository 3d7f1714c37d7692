/** Carries out a tool of the page, which is fetched for the first. Never rejects: what goes wrong is said in words. */
export async function runPageTool(name: string, input: unknown): Promise<object> {
  const tools = await import('./tools/page-tools.ts').catch(() => null);
  return tools === null
    ? { success: false, error: 'The page could not do that.' }
    : tools.runPageTool(name, input);
}
