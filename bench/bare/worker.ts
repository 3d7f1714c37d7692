/**
 * The floor that the platform allows: a Durable Object that passes every frame on untouched. No identity, no rules, no
 * counting; whatever Voxgate does is measured against this.
 */
import { DurableObject } from 'cloudflare:workers';

interface Env {
  readonly RELAYS: DurableObjectNamespace<Relay>;
  readonly UPSTREAM: string;
}

export class Relay extends DurableObject<Env> {
  override async fetch(): Promise<Response> {
    const { 0: client, 1: browser } = new WebSocketPair();
    const { webSocket: azure } = await fetch(this.env.UPSTREAM, { headers: { Upgrade: 'websocket' } });
    if (azure === null) return new Response(null, { status: 502 });
    for (const socket of [browser, azure]) {
      socket.binaryType = 'arraybuffer';
      socket.accept();
    }
    browser.addEventListener('message', ({ data }) => azure.send(data));
    azure.addEventListener('message', ({ data }) => browser.send(data));
    browser.addEventListener('close', () => azure.close(1000));
    azure.addEventListener('close', () => browser.close(1000));
    return new Response(null, { status: 101, webSocket: client });
  }
}

// oxlint-disable-next-line import/no-default-export -- the platform wants one
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return env.RELAYS.getByName(new URL(request.url).pathname).fetch(request);
  },
} satisfies ExportedHandler<Env>;
