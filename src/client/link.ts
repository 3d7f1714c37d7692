/** A way of a call to the gateway and to Azure: over sockets, where sound comes and goes as frames, or over WebRTC. */
import type { ClientEvent } from './client-events.ts';
import type { Left } from './gateway-listener.ts';

export interface Link {
  /** Sends, or keeps it until there is a way. */
  send(event: ClientEvent): void;
  /** Sends one frame of sound, where sound goes as frames. Copied at once: the buffer may be used again. */
  sendSound(pcm: ArrayBuffer): void;
  /** Speaks by this track from now on, where sound goes by itself; null: there is none. */
  speakBy(track: MediaStreamTrack | null): void;
  /** Plays nothing more of what is under way, where the far end plays. */
  hush(): void;
  /** The network or the machine may have been away: looks at once whether it is there. */
  hurry(): void;
  /** Nothing is under way of what has come so far: another page need not hear it again. */
  settle(): void;
  /** What it takes to go on with this call in another page; null when nobody can. */
  handOn(): Left | null;
  /** Says goodbye; nothing is told any more. */
  close(): void;
}
