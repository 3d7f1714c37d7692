/** Someone on a call with the emulator, at the pace of life: a microphone that never stops, and answers that are listened to. */
import { once } from 'node:events';

import { WebSocket } from 'ws';

import { durationMs } from '../src/protocol/audio-format.ts';

const FRAME_MS = 20;
const FRAME_BYTES = 48 * FRAME_MS;

/** A quiet room: louder than silence, far from speech. */
const ROOM = Buffer.from(
  Int16Array.from({ length: FRAME_BYTES / 2 }, (_, at) => ((at * 7919) % 41) - 20).buffer,
);
const APPEND = JSON.stringify({ type: 'input_audio_buffer.append', audio: ROOM.toString('base64') });

/** Between an answer and the next question. */
const PAUSE_MS = 500;

/** What one talker saw: how late each piece of sound came behind when it was due, in ms, and how many answers were whole. */
export interface Seen {
  readonly latenessMs: readonly number[];
  readonly answers: number;
}

/** One call. */
export interface Talker {
  readonly seen: Seen;
  /** Forgets what was seen so far. */
  readonly forget: () => void;
  readonly hangUp: () => void;
}

/** Where in an answer a talker is: when its first piece came, and the sound since. */
interface Answer {
  readonly startedAt: number;
  readonly bytes: number;
}

/** What is asked over and over: typed words, or spoken ones as PCM16 with the silence that ends a turn. */
export type Question = string | Buffer;

/** Calls, and talks until it hangs up. */
export async function talk(url: string, question: Question): Promise<Talker> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`, {
    headers: { 'api-key': 'bench' },
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  let latenessMs: number[] = [];
  let answers = 0;
  let answer: Answer | null = null;
  let spoken: string[] = [];
  const ask = (): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (typeof question !== 'string') {
      spoken = toAppends(question);
      return;
    }
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: question }] };
    socket.send(JSON.stringify({ type: 'conversation.item.create', item }));
    socket.send('{"type":"response.create"}');
  };
  socket.on('message', (data: Buffer) => {
    if (data.includes('"type":"response.output_audio.delta"')) {
      const now = performance.now();
      answer ??= { startedAt: now, bytes: 0 };
      latenessMs.push(Math.max(0, now - answer.startedAt - durationMs(answer.bytes)));
      answer = { ...answer, bytes: answer.bytes + soundBytes(data) };
    } else if (data.includes('"type":"response.done"')) {
      answer = null;
      answers += 1;
      setTimeout(ask, PAUSE_MS);
    }
  });
  const microphone = setInterval(() => socket.send(spoken.shift() ?? APPEND), FRAME_MS);
  ask();
  return {
    get seen() {
      return { latenessMs, answers };
    },
    forget: () => {
      latenessMs = [];
      answers = 0;
    },
    hangUp: () => {
      clearInterval(microphone);
      socket.terminate();
    },
  };
}

function toAppends(pcm: Buffer): string[] {
  const appends: string[] = [];
  for (let at = 0; at < pcm.length; at += FRAME_BYTES) {
    const audio = pcm.toString('base64', at, at + FRAME_BYTES);
    appends.push(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
  }
  return appends;
}

function soundBytes(frame: Buffer): number {
  const key = '"delta":"';
  const start = frame.indexOf(key) + key.length;
  const end = frame.indexOf('"', start);
  return Buffer.byteLength(frame.toString('latin1', start, end), 'base64');
}
