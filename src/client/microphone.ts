/** The way from the microphone to the gateway: getUserMedia, and an AudioWorklet that makes 24 kHz PCM16 of any device. */
import type { ProblemName } from './problems.ts';
import { MICROPHONE_PROCESSOR, type MicrophoneCommand, type MicrophoneReport } from './worklets/messages.ts';

/** What the microphone tells. A frame's buffer is only lent: it must be read before `onFrame` returns. */
export interface MicrophoneListener {
  onFrame(pcm: ArrayBuffer, level: number): void;
  /** It is there and gives no sound, or (null) gives sound again. */
  onHint(problem: ProblemName | null): void;
  /** It is gone: unplugged, or taken away in the browser's settings. */
  onLost(): void;
}

export interface Microphone {
  /** What it gives, for whoever sends it as it is. */
  readonly track: MediaStreamTrack;
  mute(isMuted: boolean): void;
  close(): void;
}

/** An opened microphone, or why there is none. */
export type OpenedMicrophone =
  | { readonly name: 'open'; readonly microphone: Microphone }
  | { readonly name: 'refused'; readonly problem: ProblemName };

const byErrorName: Readonly<Record<string, ProblemName>> = {
  NotAllowedError: 'microphoneDenied',
  SecurityError: 'microphoneDenied',
  NotFoundError: 'microphoneMissing',
  OverconstrainedError: 'microphoneMissing',
  NotReadableError: 'microphoneBusy',
  AbortError: 'microphoneBusy',
};

/** Whether the microphone can be had without asking the person. Where the browser does not tell, it cannot. */
export async function isMicrophoneGranted(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'microphone' })).state === 'granted';
  } catch {
    return false;
  }
}

/** Asks for the microphone and connects it. Never rejects: what the person or the device refuses is an answer. */
export async function openMicrophone(
  context: AudioContext,
  listener: MicrophoneListener,
): Promise<OpenedMicrophone> {
  // Undefined on an insecure origin, whatever the type says.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (!isSecureContext || devices === undefined) return { name: 'refused', problem: 'microphoneInsecure' };
  let stream: MediaStream;
  try {
    stream = await devices.getUserMedia({
      audio: {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        channelCount: { ideal: 1 },
      },
    });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    return { name: 'refused', problem: byErrorName[name] ?? 'microphoneMissing' };
  }
  try {
    return { name: 'open', microphone: connect(context, stream, listener) };
  } catch {
    // The context was closed while the person was still being asked, or cannot take this device's rate.
    stopTracks(stream);
    return { name: 'refused', problem: 'microphoneBusy' };
  }
}

function connect(context: AudioContext, stream: MediaStream, listener: MicrophoneListener): Microphone {
  const [track] = stream.getAudioTracks();
  if (track === undefined) throw new DOMException('The stream holds no audio track', 'NotFoundError');
  const source = context.createMediaStreamSource(stream);
  const node = new AudioWorkletNode(context, MICROPHONE_PROCESSOR, {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
  });
  source.connect(node);

  function send(command: MicrophoneCommand, transfer: Transferable[] = []): void {
    node.port.postMessage(command, transfer);
  }
  function onReport({ data }: MessageEvent<MicrophoneReport>): void {
    if (data.type === 'silent') listener.onHint('microphoneSilent');
    else if (data.type === 'sound') listener.onHint(null);
    else {
      listener.onFrame(data.pcm, data.level);
      send({ type: 'recycle', buffer: data.pcm }, [data.pcm]);
    }
  }
  const end = new AbortController();
  node.port.addEventListener('message', onReport, { signal: end.signal });
  node.port.start();
  track.addEventListener('ended', () => listener.onLost(), { signal: end.signal });
  track.addEventListener('mute', () => listener.onHint('microphonePaused'), { signal: end.signal });
  track.addEventListener('unmute', () => listener.onHint(null), { signal: end.signal });

  return {
    track,
    mute(isMuted) {
      send({ type: 'mute', isMuted });
      // Off at the source too: nothing is heard that is not sent.
      track.enabled = !isMuted;
    },
    close() {
      end.abort();
      send({ type: 'stop' });
      source.disconnect();
      stopTracks(stream);
    },
  };
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
