/** What a test looks at on any page: what state the call is in, and what the page complained of. */
import type { Page } from 'playwright-core';

/** Waits until the page shows this state of its call. */
export async function shows(page: Page, state: string): Promise<void> {
  await page.locator(`html[data-call="${state}"]`).waitFor();
}

/** Everything that the page prints or throws from now on. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}
