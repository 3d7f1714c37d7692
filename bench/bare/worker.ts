/**
 * The floor that the platform allows: a Durable Object that passes every frame on untouched. No identity, no rules, no
 * counting; whatever Voxgate does is measured against this. Under `/binary/` it also turns binary sound into base64 and
 * back, as any gateway with a binary lane must: the floor of that lane.
 */
import { DurableObject } from 'cloudflare:workers';

interface Env {
  readonly RELAYS: DurableObjectNamespace<Relay>;
  readonly UPSTREAM: string;
}

export class Relay extends DurableObject<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: browser } = new WebSocketPair();
    // The floor of an upgrade: a socket that is accepted, and nobody asked who it is or what for.
    if (new URL(request.url).pathname.startsWith('/accept/')) {
      browser.accept();
      browser.addEventListener('close', () => browser.close(1000));
      return new Response(null, { status: 101, webSocket: client });
    }
    const { webSocket: azure } = await fetch(this.env.UPSTREAM, { headers: { Upgrade: 'websocket' } });
    if (azure === null) return new Response(null, { status: 502 });
    for (const socket of [browser, azure]) {
      socket.binaryType = 'arraybuffer';
      socket.accept();
    }
    const isConverting = new URL(request.url).pathname.startsWith('/binary/');
    browser.addEventListener('message', ({ data }) => azure.send(isConverting ? toText(data) : data));
    azure.addEventListener('message', ({ data }) => browser.send(isConverting ? toSound(data) : data));
    browser.addEventListener('close', () => azure.close(1000));
    azure.addEventListener('close', () => browser.close(1000));
    return new Response(null, { status: 101, webSocket: client });
  }
}

function toText(data: string | ArrayBuffer): string {
  if (typeof data === 'string') return data;
  return `{"type":"input_audio_buffer.append","audio":"${new Uint8Array(data).toBase64()}"}`;
}

function toSound(data: string | ArrayBuffer): string | ArrayBuffer | Uint8Array {
  if (typeof data !== 'string' || !data.startsWith('{"type":"response.output_audio.delta"')) return data;
  const start = data.indexOf('"delta":"') + '"delta":"'.length;
  return Uint8Array.fromBase64(data.slice(start, data.indexOf('"', start)));
}

// oxlint-disable-next-line import/no-default-export -- the platform wants one
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return env.RELAYS.getByName(new URL(request.url).pathname).fetch(request);
  },
} satisfies ExportedHandler<Env>;
