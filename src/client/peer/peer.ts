/**
 * A call by WebRTC: the sound goes to Azure and comes from there by itself, events over a channel beside it. What does not
 * carry, or no more, is left for a socket. Fetched when a call goes this way.
 */
import type { ClientEvent } from '../client-events.ts';
import { parseFields, text } from '../fields.ts';
import type { Link } from '../link.ts';
import type { ServerEvent } from '../server-events.ts';
import { hangUp, postOffer } from './call-door.ts';
import { openConnection, type PeerConnection } from './peer-connection.ts';
import { askForDay, costBetween, type Day } from './peer-cost.ts';
import type { PeerListener, PeerMeans } from './peer-listener.ts';
import { followPeer, freshTalk, type PeerTalk, type PeerWord } from './peer-words.ts';

/** So long the sound may take to find its way, in milliseconds, from Azure's answer on. */
export const MEDIA_MS = 5000;

/** So long the network may be away before another way is taken, in milliseconds. */
export const AWAY_MS = 4000;

/** So long an answer may take to show; then what was typed meanwhile goes up. */
export const ANSWER_MS = 15_000;

/** When an answer is over its price is known a little later, in milliseconds. */
export const COST_MS = 700;

/** The close code of a connection that nobody closed. */
const LOST = 1006;

/** Opens a call by this browser's own means. */
export function openPeer(
  place: { readonly conversationId: string | null; readonly context: AudioContext | null },
  listener: PeerListener,
  read: PeerMeans['read'],
): Link {
  const connect: PeerMeans['connect'] = (heard) => openConnection(place.context, heard);
  return new Peer(place.conversationId, listener, { connect, post: postOffer, hangUp, askForDay, read });
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
  #state: 'opening' | 'open' | 'away' | 'over' = 'opening';
  #talk: PeerTalk = freshTalk;
  #unsent: ClientEvent[] = [];
  #day: Day | null = null;
  #mediaTimer: ReturnType<typeof setTimeout> | undefined;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;
  #costTimer: ReturnType<typeof setTimeout> | undefined;

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
    // Words of the gateway's own are for its own socket.
    if (event.type.startsWith('gateway.') || event.type === 'conversation.item.truncate') return;
    if (this.#state === 'away') this.#unsent.push(event);
    if (this.#state !== 'open') return;
    this.#connection.send(JSON.stringify(event));
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
    const { post, askForDay: ask } = this.#means;
    const offer = await this.#connection.offer().catch(() => '');
    if (this.#isOver()) return;
    const answer = offer === '' ? ({ name: 'failed' } as const) : await post(offer, this.#conversationId);
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
    void ask().then((day) => void (this.#day ??= day));
    try {
      await this.#connection.accept(answer.sdp);
    } catch {
      if (!this.#isOver()) this.#leave();
    }
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
    if (isRemembered(event) && this.#called !== '') this.#conversationId = this.#called;
    if (event.type === 'conversation.item.added' && event.role === 'user') this.#await();
    this.#follow({ name: 'said', event, isSpoken: type.startsWith('response.output_audio_'), at });
  }

  #follow(word: PeerWord): void {
    const { talk, events } = followPeer(this.#talk, word);
    this.#talk = talk;
    if (talk.answers.length > 0) clearTimeout(this.#answerTimer);
    if (events.some(({ type }) => type === 'response.done')) this.#askForCost();
    this.#tell(events);
  }

  /** Nobody tells that an answer failed, or that there is none. */
  #await(): void {
    clearTimeout(this.#answerTimer);
    if (this.#talk.answers.length > 0) return;
    this.#answerTimer = setTimeout(() => this.#tell([{ type: 'answer.over' }]), ANSWER_MS);
  }

  #askForCost(): void {
    clearTimeout(this.#costTimer);
    this.#costTimer = setTimeout(() => void this.#tellCost(), COST_MS);
  }

  async #tellCost(): Promise<void> {
    const day = await this.#means.askForDay();
    if (day === null || this.#isOver()) return;
    const before = this.#day;
    this.#day = day;
    if (before !== null) this.#tell(costBetween(before, day));
  }

  #onOver(): void {
    if (this.#isOver()) return;
    if (this.#state === 'away' || this.#state === 'opening') return this.#leave();
    // There is nothing left to hang up.
    this.#place = '';
    this.#end();
    this.#listener.onOver();
  }

  #onNetwork(state: 'there' | 'away' | 'gone'): void {
    if (this.#isOver()) return;
    if (state === 'gone') return this.#leave();
    if (state === 'away' && this.#state === 'open') {
      this.#state = 'away';
      this.#mediaTimer = setTimeout(() => this.#leave(), AWAY_MS);
      this.#listener.onAway(LOST, '');
    } else if (state === 'there' && this.#state === 'away') {
      clearTimeout(this.#mediaTimer);
      this.#state = 'open';
      this.#listener.onBack('resume', { soundMs: 0, hasWords: false });
      for (const event of this.#unsent.splice(0)) this.send(event);
    }
  }

  #leave(): void {
    const wasOpen = this.#state !== 'opening';
    if (this.#state === 'open') this.#listener.onAway(LOST, '');
    this.#end();
    this.#listener.onUnfit({ conversationId: this.#conversationId, wasOpen, unsent: this.#unsent.splice(0) });
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
    for (const timer of [this.#mediaTimer, this.#answerTimer, this.#costTimer]) clearTimeout(timer);
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
  }
}

const bufferWords: ReadonlyMap<string, 'started' | 'stopped' | 'cleared'> = new Map([
  ['output_audio_buffer.started', 'started'],
  ['output_audio_buffer.stopped', 'stopped'],
  ['output_audio_buffer.cleared', 'cleared'],
]);

/** Something was said that the conversation keeps. */
function isRemembered({ type }: ServerEvent): boolean {
  return type === 'answer.done' || type === 'conversation.item.input_audio_transcription.completed';
}
