/** The one AudioContext of a call, at the device's own rate: both worklets live in it. */

/** An open context and its end. */
export interface Sound {
  readonly context: AudioContext;
  close(): Promise<void>;
}

/**
 * Opens the context and loads both worklets. Call it within a person's gesture, or the context stays suspended. Rejects
 * when the browser has no AudioWorklet; gives back what it took.
 */
export async function openSound(): Promise<Sound> {
  const context = new AudioContext({ latencyHint: 'interactive' });
  // Phones interrupt and background tabs suspend; coming back to the page is when it may go on.
  const wake = (): void => {
    if (document.visibilityState === 'visible' && context.state !== 'running')
      void context.resume().catch(ignore);
  };
  const end = new AbortController();
  const { signal } = end;
  const close = async (): Promise<void> => {
    end.abort();
    if (context.state !== 'closed') await context.close();
  };
  try {
    await Promise.all([
      context.audioWorklet.addModule('/app/microphone-worklet.js'),
      context.audioWorklet.addModule('/app/speaker-worklet.js'),
    ]);
  } catch (error) {
    await close();
    throw error;
  }
  // Not awaited: without a gesture it settles only once there is one.
  void context.resume().catch(ignore);
  document.addEventListener('visibilitychange', wake, { signal });
  context.addEventListener('statechange', wake, { signal });
  // A page that was loaded again has to wait for a gesture.
  for (const type of ['pointerdown', 'pointerup', 'keydown'])
    document.addEventListener(type, wake, { signal, capture: true });
  return { context, close };
}

/** So long a browser may take to begin, where it needs no gesture, in milliseconds. */
const WAKING_MS = 500;

/** Tells when the sound waits for a gesture, and (null) when it goes on. */
export function onSleep({ context }: Sound, tell: (problem: 'soundAsleep' | null) => void): void {
  let isTold = false;
  const look = (): void => {
    if (context.state === 'suspended') tell('soundAsleep');
    isTold = context.state === 'suspended';
  };
  setTimeout(look, WAKING_MS);
  context.addEventListener('statechange', () => {
    if (isTold && context.state === 'running') tell(null);
  });
}

/** A context that cannot resume now says so again at its next state change. */
function ignore(): void {
  // Nothing to undo.
}
