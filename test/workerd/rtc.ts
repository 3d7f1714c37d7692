/** People who call by WebRTC, inside the runtime: there is no peer here, but whatever one does by its data channel a sideband can do. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { SessionManager } from '../../src/durable-objects/session-manager.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import { Caller } from './caller.ts';
import { newPerson, tokenWith } from './calls.ts';
import { visit, type Changes } from './visitor.ts';

/** What a browser offers, with nobody behind it: the emulator answers, and waits half a minute for a peer. */
export const OFFER = [
  'v=0',
  'o=- 12807149 0 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=extmap-allow-mixed',
  'a=msid-semantic:WMS *',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
  'c=IN IP4 0.0.0.0',
  'a=candidate:626da4e5384a0ce2d0d93678a 1 udp 2116026367 127.0.0.1 9 typ host generation 0 ufrag ae12',
  'a=end-of-candidates',
  'a=ice-ufrag:ae12',
  'a=ice-pwd:32f6d95ce99411a8771e6f',
  'a=ice-options:trickle',
  'a=fingerprint:sha-256 93:C7:AF:28:4B:74:8A:71:B5:60:F7:B0:C9:71:77:E2:4A:C3:F1:A8:08:0D:70:BF:02:16:9E:04:DD:CA:F5:3F',
  'a=setup:actpass',
  'a=sendrecv',
  'a=mid:0',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=rtpmap:0 PCMU/8000',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=candidate:626da4e5384a0ce2d0d93678a 1 udp 2116026367 127.0.0.1 9 typ host generation 0 ufrag ae12',
  'a=end-of-candidates',
  'a=ice-ufrag:ae12',
  'a=ice-pwd:32f6d95ce99411a8771e6f',
  'a=fingerprint:sha-256 93:C7:AF:28:4B:74:8A:71:B5:60:F7:B0:C9:71:77:E2:4A:C3:F1:A8:08:0D:70:BF:02:16:9E:04:DD:CA:F5:3F',
  'a=setup:actpass',
  'a=mid:1',
  'a=sctp-port:5000',
  '',
].join('\r\n');

/** Offers a call. */
export function offers(
  token: string,
  { query = '', headers = {}, body = OFFER, changes = {} }: Offering = {},
): Promise<Response> {
  const all = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp', ...headers };
  return visit(`/api/calls${query}`, { method: 'POST', headers: all, body }, changes);
}

/** How an offer differs from the usual one. */
export interface Offering {
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly changes?: Changes;
}

/** Somebody on a call by WebRTC. */
export class RtcPerson {
  readonly name: string;
  readonly token: string;
  /** `/api/calls/vs_…` */
  location = '';
  conversation = '';

  constructor(name: string, token: string) {
    this.name = name;
    this.token = token;
  }

  static async new(limits: object = {}, claims: object = {}): Promise<RtcPerson> {
    const name = newPerson();
    return new RtcPerson(name, await tokenWith(name, limits, claims));
  }

  /** A call that was answered; and the browser's own hand on it. */
  async calls(query = ''): Promise<Caller> {
    const answer = await offers(this.token, { query });
    if (answer.status !== 201) throw new Error(`refused with ${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
    this.location = answer.headers.get('Location') ?? '';
    this.conversation = answer.headers.get('Voxgate-Conversation') ?? '';
    const callId = (await this.callIds()).at(-1) ?? '';
    return looksOn(callId);
  }

  /** What the door answers to who wants a socket beside the sound of the latest call. */
  knocksBeside(query = '', { token = this.token, offered = 'voxgate.v1' } = {}): Promise<Response> {
    const headers = new Headers({ Upgrade: 'websocket', Authorization: `Bearer ${token}` });
    if (offered !== '') headers.set('Sec-WebSocket-Protocol', offered);
    return visit(`/ws/calls/${this.sessionId()}${query}`, { headers });
  }

  /** A socket beside the sound of the latest call. */
  async looksBeside(query = ''): Promise<Caller> {
    const { webSocket, status } = await this.knocksBeside(query);
    if (!webSocket) throw new Error(`refused with ${status}`);
    return new Caller(webSocket);
  }

  /** The session of the latest call. */
  sessionId(): string {
    return this.location.split('/').at(-1) ?? '';
  }

  /** This person's object. */
  async stub(): Promise<DurableObjectStub<SessionManager>> {
    const name = await objectName(env.AUTH_SECRET, { issuer: OWN_ISSUER, subject: this.name });
    return env.USERS.getByName(name);
  }

  /** The calls that are noted as Azure's. */
  async callIds(): Promise<string[]> {
    return runInDurableObject(await this.stub(), (_, { storage }) =>
      [...storage.kv.list<{ callId: string; at: number }>({ prefix: 'rtc/' })]
        .toSorted(([, one], [, other]) => one.at - other.at)
        .map(([, { callId }]) => callId),
    );
  }

  /** Asks the API. */
  async asks(path: string, method = 'GET', body?: string): Promise<Response> {
    const headers = { Authorization: `Bearer ${this.token}` };
    return visit(path, { method, headers, ...(body === undefined ? {} : { body }) });
  }
}

/** A socket at a call of Azure's. */
export async function looksOn(callId: string): Promise<Caller> {
  const { webSocket, status } = await fetch(`${env.AZURE_ENDPOINT}/openai/v1/realtime?call_id=${callId}`, {
    headers: { Upgrade: 'websocket', 'api-key': 'any key' },
  });
  if (!webSocket) throw new Error(`no such call: ${status}`);
  return new Caller(webSocket);
}

/** Whether Azure still has a call. */
export async function isUp(callId: string): Promise<boolean> {
  const { webSocket } = await fetch(`${env.AZURE_ENDPOINT}/openai/v1/realtime?call_id=${callId}`, {
    headers: { Upgrade: 'websocket', 'api-key': 'any key' },
  });
  webSocket?.accept();
  webSocket?.close(1000);
  return webSocket !== null && webSocket !== undefined;
}
