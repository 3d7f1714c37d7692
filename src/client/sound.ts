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
  const close = async (): Promise<void> => {
    document.removeEventListener('visibilitychange', wake);
    context.removeEventListener('statechange', wake);
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
  document.addEventListener('visibilitychange', wake);
  context.addEventListener('statechange', wake);
  return { context, close };
}

/** A context that cannot resume now says so again at its next state change. */
function ignore(): void {
  // Nothing to undo.
}
