/** When the network or the machine may have been away and is back: nobody waits for a clock then. */

/** Tells of every such moment. */
export function onNetworkNews(tell: () => void): void {
  // Gone, too: a socket that is lost is known sooner than by its silence.
  for (const type of ['online', 'offline', 'pageshow']) addEventListener(type, tell);
  // The page was frozen (https://wicg.github.io/page-lifecycle/), or out of sight.
  document.addEventListener('resume', tell);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tell();
  });
  // Wi-Fi to LTE, where the browser tells (https://wicg.github.io/netinfo/); no type knows it.
  const connection: unknown = Reflect.get(navigator, 'connection');
  if (connection instanceof EventTarget) connection.addEventListener('change', tell);
}
