/** When a page is left, for good or to be loaded again, frozen, and there again (https://wicg.github.io/page-lifecycle/). */

export interface LeavingListener {
  /** It is left: whether anybody comes back cannot be known. */
  onLeave(): void;
  /** It is frozen, and may be thrown away without another word. */
  onFreeze(): void;
  /** It is there again, as it was. */
  onReturn(): void;
}

/** Listens for all of it. */
export function onLeaving(listener: LeavingListener): void {
  addEventListener('pagehide', () => listener.onLeave());
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) listener.onReturn();
  });
  document.addEventListener('freeze', () => listener.onFreeze());
  document.addEventListener('resume', () => listener.onReturn());
}
