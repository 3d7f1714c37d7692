/** The open conversation stands behind the `#` of the address: a reload, the back button and a bookmark lead to it. */

const ID = /^#(?<id>conv_[\w-]{1,64})$/;

/** The conversation that the address names, or null. */
export function conversationInAddress(): string | null {
  return ID.exec(location.hash)?.groups?.['id'] ?? null;
}

/** Names it in the address. One that has just begun is where the page is already; leaving one is a step of its own. */
export function showInAddress(id: string | null): void {
  if (id === conversationInAddress()) return;
  const isBegun = id !== null && conversationInAddress() === null;
  const address = id === null ? location.pathname + location.search : `#${id}`;
  if (isBegun) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
}

/** Tells when the person goes back or forward to another one. */
export function onAddress(tell: (id: string | null) => void): void {
  addEventListener('popstate', () => tell(conversationInAddress()));
}
