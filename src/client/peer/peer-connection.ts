/** One connection of WebRTC: a track each way, and a channel for events. Nothing else in the page touches it. */

/** Whether the network below a connection carries. */
export type NetworkState = 'there' | 'away' | 'gone';

/** What comes of a connection. After `close` nothing is told. */
export interface ConnectionListener {
  /** The channel is open, and so is everything below it. */
  onOpen(): void;
  onText(text: string): void;
  /** The far end has closed. */
  onOver(): void;
  /** The network below it is away, or there again. */
  onNetwork(state: NetworkState): void;
  /** How loud the far end is, RMS, linear. */
  onLevel(level: number): void;
}

export interface PeerConnection {
  /** What to ask for, as SDP. */
  offer(): Promise<string>;
  /** Takes the answer. Rejects when it is none. */
  accept(sdp: string): Promise<void>;
  /** Sends text; it is lost while the channel is not open. */
  send(text: string): void;
  speakBy(track: MediaStreamTrack | null): void;
  /** Whether what comes is heard. */
  listen(isHeard: boolean): void;
  close(): void;
}

/** What Azure's samples call it. */
const CHANNEL = 'oai-events';

const LEVEL_MS = 40;

/** Makes a connection, which reaches nobody before its offer is answered. */
export function openConnection(context: AudioContext | null, listener: ConnectionListener): PeerConnection {
  const connection = new RTCPeerConnection();
  const { sender } = connection.addTransceiver('audio', { direction: 'sendrecv' });
  const channel = connection.createDataChannel(CHANNEL);
  const ear = new Ear(context, (level) => listener.onLevel(level));
  const end = new AbortController();
  const { signal } = end;
  channel.addEventListener('open', () => listener.onOpen(), { signal });
  channel.addEventListener('close', () => listener.onOver(), { signal });
  channel.addEventListener(
    'message',
    ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') listener.onText(data);
    },
    { signal },
  );
  connection.addEventListener('track', ({ track }) => ear.hear(track), { signal });
  connection.addEventListener(
    'iceconnectionstatechange',
    () => {
      const state = networkStates.get(connection.iceConnectionState);
      if (state !== undefined) listener.onNetwork(state);
    },
    { signal },
  );
  return {
    async offer() {
      await connection.setLocalDescription();
      return connection.localDescription?.sdp ?? '';
    },
    accept: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    send(text) {
      if (channel.readyState === 'open') channel.send(text);
    },
    speakBy: (track) => void sender.replaceTrack(track).catch(ignore),
    listen: (isHeard) => ear.listen(isHeard),
    close() {
      end.abort();
      ear.close();
      connection.close();
    },
  };
}

const networkStates: ReadonlyMap<RTCIceConnectionState, NetworkState> = new Map([
  ['connected', 'there'],
  ['completed', 'there'],
  ['disconnected', 'away'],
  ['failed', 'gone'],
]);

/** Plays what comes, and tells how loud it is, for the picture. */
class Ear {
  readonly #context: AudioContext | null;
  readonly #tell: (level: number) => void;
  // Chromium decodes a remote track only while an element plays it.
  readonly #element = new Audio();
  readonly #end = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  #source: AudioNode | null = null;

  constructor(context: AudioContext | null, tell: (level: number) => void) {
    this.#context = context;
    this.#tell = tell;
  }

  hear(track: MediaStreamTrack): void {
    const stream = new MediaStream([track]);
    this.#element.srcObject = stream;
    this.#play();
    // Where sound waits for a gesture, any will do.
    const { signal } = this.#end;
    document.addEventListener('pointerdown', () => this.#play(), { signal, capture: true });
    this.#measure(stream);
  }

  listen(isHeard: boolean): void {
    this.#element.muted = !isHeard;
  }

  close(): void {
    this.#end.abort();
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#element.srcObject = null;
  }

  #play(): void {
    void this.#element.play().catch(ignore);
  }

  #measure(stream: MediaStream): void {
    if (this.#context === null) return;
    const analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.#tell(Math.hypot(...samples) / Math.sqrt(samples.length));
    }, LEVEL_MS);
  }
}

/** A connection that was closed meanwhile has nothing to speak by, and sound that must wait is tried again. */
function ignore(): void {
  // Nothing to undo.
}
