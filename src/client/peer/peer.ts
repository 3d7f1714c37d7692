/**
 * A call by WebRTC: the sound goes to Azure and comes from there by itself, events over a channel that goes with it and a
 * socket of the gateway's beside it. What does not carry, or no more, is left for a socket. Fetched when a call goes this way.
 */
import type { ClientEvent } from '../client-events.ts';
import { parseFields, text } from '../fields.ts';
import type { Ended } from '../gateway-place.ts';
import type { Link } from '../link.ts';
import type { Lost } from '../outbox.ts';
import type { ServerEvent } from '../server-events.ts';
import { Beside } from './beside.ts';
import { hangUp, postOffer } from './call-door.ts';
import { openConnection, type PeerConnection } from './peer-connection.ts';
import type { PeerListener, PeerMeans, Unfit } from './peer-listener.ts';
import { bufferWords, followPeer, freshTalk, type PeerTalk, type PeerWord } from './peer-words.ts';

/** So long the sound may take to find its way, in milliseconds, from Azure's answer on. */
export const MEDIA_MS = 5000;

/** So long the network may be away before another way is taken, in milliseconds. */
export const AWAY_MS = 4000;

/** So long an answer may take to show, where nobody tells what came of it; then what was typed meanwhile goes up. */
export const ANSWER_MS = 15_000;

/** So long after the end of a call may take to be told why: the gateway looks for it for four seconds. */
export const REASON_MS = 6000;

/** The close code of a connection that nobody closed. */
const LOST = 1006;

/** Opens a call by this browser's own means. */
export function openPeer(
  place: { readonly conversationId: string | null; readonly context: AudioContext | null },
  listener: PeerListener,
  means: Pick<PeerMeans, 'read' | 'isRemembered' | 'openBeside'>,
): Link {
  const connect: PeerMeans['connect'] = (heard) => openConnection(place.context, heard);
  return new Peer(place.conversationId, listener, { ...means, connect, post: postOffer, hangUp });
}

/** Belongs to one call: opens it when it is made. */
export class Peer implements Link {
  readonly #listener: PeerListener;
  readonly #means: PeerMeans;
  readonly #connection: PeerConnection;
  /** Where another call would go on: as it was asked for, until something is said in the one that was begun. */
  #conversationId: string | null;
  /** The one that was begun, which is gone with the call when nothing is said in it. */
  #called = '';
  /** Where it is hung up; empty while there is nothing to hang up. */
  #place = '';
  /** `ending`: the far end has closed, and why is still to come. */
  #state: 'opening' | 'open' | 'away' | 'ending' | 'over' = 'opening';
  #beside: Beside | null = null;
  #talk: PeerTalk = freshTalk;
  #unsent: ClientEvent[] = [];
  /** What was written and went up, by whichever way, until Azure tells that it is there. */
  readonly #underWay = new Set<string>();
  #mediaTimer: ReturnType<typeof setTimeout> | undefined;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(conversationId: string | null, listener: PeerListener, means: PeerMeans) {
    this.#conversationId = conversationId;
    this.#listener = listener;
    this.#means = means;
    this.#connection = means.connect({
      onOpen: () => this.#open(),
      onText: (frame) => this.#onText(frame),
      onOver: () => this.#onOver(),
      onNetwork: (state) => this.#onNetwork(state),
      onLevel: (level) => {
        if (!this.#isOver()) this.#listener.onLevel(level);
      },
    });
    void this.#begin();
  }

  send(event: ClientEvent): void {
    if (this.#state === 'opening' || this.#isOver() || event.type === 'conversation.item.truncate') return;
    // Words of the gateway's own are for its own socket.
    if (event.type.startsWith('gateway.')) return this.#beside?.send(event);
    const isUrgent = event.type === 'response.cancel' || event.type === 'output_audio_buffer.clear';
    if (this.#isHeld() && !isUrgent) return void this.#unsent.push(event);
    if (event.type === 'conversation.item.create' && 'id' in event.item) this.#underWay.add(event.item.id);
    if (this.#beside?.state() === 'standing') return this.#beside.send(event);
    this.#connection.send(JSON.stringify(event));
    // Where the channel takes none. Sound that is cleared later would be another answer's.
    if (this.#isHeld() && event.type === 'response.cancel') this.#unsent.push(event);
    if (event.type === 'response.create') this.#await();
  }

  sendSound(): void {
    // It goes by itself.
  }

  speakBy(track: MediaStreamTrack | null): void {
    this.#connection.speakBy(track);
  }

  hush(): void {
    this.send({ type: 'output_audio_buffer.clear' });
    // What is on its way, and what an Azure that takes no such word goes on with, is not heard either.
    this.#connection.listen(false);
    this.#follow({ name: 'hushed', at: Date.now() });
  }

  hurry(): void {
    // The connection looks by itself, all the time.
    this.#beside?.hurry();
  }

  settle(): void {
    // No page can go on with it.
  }

  handOn(): null {
    return null;
  }

  close(): void {
    this.#end();
  }

  async #begin(): Promise<void> {
    const offer = await this.#connection.offer().catch(() => '');
    if (this.#isOver()) return;
    const answer =
      offer === '' ? ({ name: 'failed' } as const) : await this.#means.post(offer, this.#conversationId);
    if (answer.name === 'answered') {
      this.#place = answer.place;
      this.#called = answer.conversationId;
    }
    if (this.#isOver()) return void this.#hangUp();
    if (answer.name === 'failed') return this.#leave();
    if (answer.name === 'refused') {
      this.#end();
      return this.#listener.onRefused(answer);
    }
    this.#mediaTimer = setTimeout(() => this.#leave(), MEDIA_MS);
    this.#openBeside(answer.place);
    try {
      await this.#connection.accept(answer.sdp);
    } catch {
      if (!this.#isOver()) this.#leave();
    }
  }

  #openBeside(place: string): void {
    const id = place.split('/').at(-1) ?? '';
    this.#beside = new Beside((listener) => this.#means.openBeside(id, listener), {
      onEvent: (event) => {
        if (!this.#isOver()) this.#follow({ name: 'said', event, isSpoken: false, at: Date.now() });
      },
      onStanding: (lost) => this.#onStanding(lost),
      onGone: () => this.#onGone(),
      onEnded: (ended) => this.#onEnded(ended),
    });
  }

  #open(): void {
    if (this.#state !== 'opening') return;
    clearTimeout(this.#mediaTimer);
    this.#state = 'open';
    this.#tell([{ type: 'gateway.session', conversationId: this.#called }, { type: 'session.created' }]);
  }

  #onText(frame: string): void {
    if (this.#isOver()) return;
    const fields = parseFields(frame);
    const type = text(fields, 'type');
    const at = Date.now();
    const happening = bufferWords.get(type);
    if (happening !== undefined) {
      if (happening === 'started') this.#connection.listen(true);
      return this.#follow({ name: happening, responseId: text(fields, 'response_id'), at });
    }
    const event = this.#means.read(frame);
    if (event === null) return;
    if (this.#means.isRemembered(event) && this.#called !== '') this.#conversationId = this.#called;
    if (event.type === 'conversation.item.added' && event.role === 'user') {
      this.#underWay.delete(event.itemId);
      this.#await();
    }
    this.#follow({ name: 'said', event, isSpoken: type.startsWith('response.output_audio_'), at });
  }

  #follow(word: PeerWord): void {
    const { talk, events } = followPeer(this.#talk, word);
    this.#talk = talk;
    if (talk.answers.length > 0) clearTimeout(this.#answerTimer);
    this.#tell(events);
  }

  /** Where no socket is beside the call nobody tells that an answer failed, or that there is none. */
  #await(): void {
    clearTimeout(this.#answerTimer);
    if (this.#talk.answers.length > 0 || this.#beside?.state() === 'standing') return;
    this.#answerTimer = setTimeout(() => this.#tell([{ type: 'answer.over' }]), ANSWER_MS);
  }

  /** What is said now waits: for the network, or for the socket beside it. */
  #isHeld(): boolean {
    return this.#state !== 'open' || this.#beside?.state() === 'away';
  }

  #flush(): void {
    if (this.#isHeld()) return;
    for (const event of this.#unsent.splice(0)) this.send(event);
  }

  #onStanding(lost: Lost | null): void {
    if (lost?.hasWords === true) this.#tellLost();
    this.#flush();
  }

  #tellLost(): void {
    this.#underWay.clear();
    if (this.#state === 'open') this.#listener.onBack('resume', { soundMs: 0, hasWords: true });
  }

  /** The call goes on by its channel alone. */
  #onGone(): void {
    if (this.#isOver()) return;
    if (this.#state === 'ending') return this.#endAs(null);
    if (this.#underWay.size > 0) this.#tellLost();
    this.#await();
    this.#flush();
  }

  /** The gateway has told of it, and hangs up. */
  #onEnded(ended: Ended | null): void {
    if (this.#isOver()) return;
    this.#place = '';
    this.#endAs(ended);
  }

  #onOver(): void {
    if (this.#isOver() || this.#state === 'ending') return;
    // Nobody has ended it who would have to be heard.
    if (this.#state !== 'open' || this.#beside?.isOrphaned() === true) return this.#leave();
    if ((this.#beside?.state() ?? 'none') === 'none') {
      // There is nothing left to hang up.
      this.#place = '';
      return this.#endAs(null);
    }
    this.#state = 'ending';
    this.#listener.onAway(LOST, '');
    this.#mediaTimer = setTimeout(() => this.#endAs(null), REASON_MS);
  }

  #onNetwork(state: 'there' | 'away' | 'gone'): void {
    if (this.#isOver() || this.#state === 'ending') return;
    if (state === 'gone') return this.#leave();
    if (state === 'away' && this.#state === 'open') {
      this.#state = 'away';
      this.#mediaTimer = setTimeout(() => this.#leave(), AWAY_MS);
      this.#listener.onAway(LOST, '');
    } else if (state === 'there' && this.#state === 'away') {
      clearTimeout(this.#mediaTimer);
      this.#state = 'open';
      this.#listener.onBack('resume', { soundMs: 0, hasWords: false });
      this.#flush();
    }
  }

  #leave(): void {
    const wasOpen = this.#state !== 'opening';
    if (this.#state === 'open') this.#listener.onAway(LOST, '');
    this.#end();
    this.#listener.onUnfit({ ...this.#rest(), wasOpen });
  }

  #endAs(ended: Ended | null): void {
    this.#end();
    this.#listener.onOver({ ...this.#rest(), ended });
  }

  #rest(): Pick<Unfit, 'conversationId' | 'hasLostWords' | 'unsent'> {
    const hasLostWords = this.#underWay.size > 0;
    return { conversationId: this.#conversationId, hasLostWords, unsent: this.#unsent.splice(0) };
  }

  #tell(events: readonly ServerEvent[]): void {
    for (const event of events) if (!this.#isOver()) this.#listener.onEvent(event);
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #end(): void {
    if (this.#isOver()) return;
    this.#state = 'over';
    clearTimeout(this.#mediaTimer);
    clearTimeout(this.#answerTimer);
    void this.#hangUp();
  }

  /** The gateway is told first: Azure would notice a connection that is closed, and the call be gone before it is asked for. */
  async #hangUp(): Promise<void> {
    const place = this.#place;
    this.#place = '';
    this.#connection.speakBy(null);
    this.#connection.listen(false);
    if (place !== '') await this.#means.hangUp(place);
    this.#connection.close();
    this.#beside?.close();
  }
}
