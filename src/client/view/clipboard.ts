/** Copies, and says so on the button that was pressed. */

/** How long the button says so. */
const SAID_MS = 2000;

const saying = new WeakMap<HTMLElement, { readonly label: string; readonly timer: number }>();

/** Copies an answer as it was written. */
export async function copy(text: string, button: HTMLElement): Promise<void> {
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Not allowed, or an insecure page: it can still be marked and copied by hand.
    isCopied = false;
  }
  say(button, isCopied ? 'Copied' : 'Not copied');
}

/** Copies the block of code that the button belongs to. */
export async function copyCode(button: HTMLElement): Promise<void> {
  await copy(button.closest('figure')?.querySelector('code')?.textContent ?? '', button);
}

function say(button: HTMLElement, word: string): void {
  const before = saying.get(button);
  clearTimeout(before?.timer);
  const label = before?.label ?? button.textContent;
  button.textContent = word;
  const timer = window.setTimeout(() => {
    button.textContent = label;
    saying.delete(button);
  }, SAID_MS);
  saying.set(button, { label, timer });
  const region = document.querySelector('#said');
  if (region !== null) region.textContent = word;
}
