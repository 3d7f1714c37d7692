/** The chapter on sockets: how to connect, what is said on them, and how they end. */
import { html } from 'hono/html';
import { GRACE_MS } from '../../durable-objects/endings.ts';
import { BURST_MS, FASTEST, HELD_MS } from '../../durable-objects/pace.ts';
import { chatErrorCodes } from '../../protocol/chat-events.ts';
import { closeCodes } from '../../protocol/close-codes.ts';
import { clientEventTypes } from '../../protocol/client-events.ts';
import { gatewayErrorCodes } from '../../protocol/errors.ts';
import { AUDIO_FRAME_BYTES, CONTROL_FRAME_BYTES, WAITING_MESSAGES } from '../../protocol/limits.ts';
import {
  CHAT_SUBPROTOCOL,
  REALTIME_SUBPROTOCOL,
  RESUME_SUBPROTOCOL,
  VOICE_SUBPROTOCOL,
} from '../../protocol/subprotocols.ts';
import { chatClientWords, chatServerWords } from './chat-words.ts';
import { code, prose, sample, terms, type Markup } from './prose.ts';
import { browserEvents, comeBackWords, gatewayEvents, type EventWords } from './socket-words.ts';

const KIB = 1024;

const FROM_A_PROGRAM = `import WebSocket from 'ws';

const call = new WebSocket('wss://HOST/ws/voice', '${REALTIME_SUBPROTOCOL}', {
  headers: { Authorization: \`Bearer \${token}\` },
});`;

const FROM_A_PAGE = `const answer = await fetch('https://HOST/api/tickets', {
  method: 'POST',
  headers: { Authorization: \`Bearer \${token}\` },
});
const { ticket } = await answer.json();
const call = new WebSocket('wss://HOST/ws/voice', ['${VOICE_SUBPROTOCOL}', \`voxgate.ticket.\${ticket}\`]);`;

const A_RETURN = `const again = new WebSocket(\`wss://HOST/ws/voice?received=\${received}\`, [
  '${VOICE_SUBPROTOCOL}',
  \`${RESUME_SUBPROTOCOL}\${resumeToken}\`,
]);`;

const BESIDE = `const answer = await fetch('/api/calls', {
  method: 'POST',
  headers: { 'Content-Type': 'application/sdp' },
  body: peer.localDescription.sdp,
});
await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
const id = answer.headers.get('Location').split('/').at(-1);
const beside = new WebSocket(\`/ws/calls/\${id}\`, '${VOICE_SUBPROTOCOL}');
beside.onmessage = ({ data }) => console.log(JSON.parse(data));`;

const A_CHAT = `const chat = new WebSocket('wss://HOST/ws/text', '${CHAT_SUBPROTOCOL}', {
  headers: { Authorization: \`Bearer \${token}\` },
});
chat.on('open', () => chat.send(JSON.stringify({ type: 'message', content: 'Hello', id: crypto.randomUUID() })));
chat.on('message', (data) => console.log(JSON.parse(data)));`;

/** How to connect, what travels, and how it ends. */
export function socketWords(): Markup {
  return html`${connecting()} ${frames()} ${limits()} ${eventsOfTheGateway()} ${errors()} ${besideSound()}
  ${chats()} ${comingBack()} ${closes()}`;
}

function connecting(): Markup {
  return html`<h3>Connecting</h3>
    <p>
      ${prose(
        `Offer the subprotocol \`${VOICE_SUBPROTOCOL}\`, and sound travels as binary frames beside \`gateway.*\` ` +
          `events; offer \`${REALTIME_SUBPROTOCOL}\` or nothing, and everything is JSON, as Azure would say it. A page ` +
          'of our own origin needs nothing more: its cookie comes along. A program sends a token, in a header or as the ' +
          'subprotocol `openai-insecure-api-key.TOKEN`.',
      )}
    </p>
    ${sample('From a program', FROM_A_PROGRAM)}
    <p>
      ${prose(
        'What is said in a call is remembered: what you said, and of the answers what was heard. `?conversation=ID` goes on ' +
          'where a call or a chat left off; without it, a call begins a conversation of its own. What was said before is ' +
          'told to the model, and never shown on the socket: `GET /api/conversations/:id` has it. A client that stops an ' +
          'answer before it was heard says so with `conversation.item.truncate`, also when it is about to hang up.',
      )}
    </p>
    <p>A page of another allowed origin asks for a ticket first, and offers it beside its subprotocol.</p>
    ${sample('From a page of another origin', FROM_A_PAGE)}`;
}

function frames(): Markup {
  return html`<h3>Frames</h3>
    <p>
      ${prose(
        `Text is one event of the GA Realtime API, at most ${CONTROL_FRAME_BYTES / KIB} KiB, or ${AUDIO_FRAME_BYTES / KIB} ` +
          'with sound in it. Binary is PCM16, 24 kHz, ' +
          `mono, little-endian, without a header, at most ${AUDIO_FRAME_BYTES / KIB} KiB: up, a chunk to append; down, ` +
          'the next piece of the audio part that the latest `response.content_part.added` announced. A client may send:',
      )}
    </p>
    ${words(clientEventTypes)}`;
}

function limits(): Markup {
  return html`<h3>Limits</h3>
    <p>
      ${prose(
        'Whoever has too many calls, has asked too often or has nothing left of the day is let in with 101, told by an ' +
          '`error` event and closed with 4429 or 4402: a browser could not read an HTTP status there. A request is anything ' +
          'but sound: opening a call, every other frame, an answer that voice detection begins, an API call. Sound goes up ' +
          `at ${FASTEST} times its own speed after ${BURST_MS / 1000} seconds at once; what comes faster waits, up to ` +
          `${HELD_MS / 1000} seconds of it. Of a day’s budget \`gateway.warning\` tells at 80 and 95 %; from 95 % on ` +
          'answers come in writing.',
      )}
    </p>`;
}

function eventsOfTheGateway(): Markup {
  return html`<h3>Events of the gateway</h3>
    <p>${prose(`On \`${VOICE_SUBPROTOCOL}\` the gateway sends, beside Azure’s events:`)}</p>
    ${eventList(gatewayEvents)}
    <p>And takes, beside those of the Realtime API:</p>
    ${eventList(browserEvents)}`;
}

function errors(): Markup {
  return html`<h3>Errors on a socket</h3>
    <p>
      ${prose(
        'A frame that may not be is answered by an `error` event in the shape Azure uses; `error.event_id` names the ' +
          'event that caused it. Azure’s own errors come as they are. The gateway’s codes:',
      )}
    </p>
    ${words(gatewayErrorCodes)}`;
}

function comingBack(): Markup {
  return html`<h3>Coming back</h3>
    <p>
      ${prose(
        `On \`${VOICE_SUBPROTOCOL}\` a call waits ${GRACE_MS / 1000} s for a browser that was lost: for any close but 1000, ` +
          'which is how to hang up. Count every frame that comes down, text and binary. To come back, open ' +
          `\`/ws/voice?received=N\` with \`${RESUME_SUBPROTOCOL}TOKEN\` beside \`${VOICE_SUBPROTOCOL}\` and your credential: ` +
          'N is your count, TOKEN the `resume_token` that came last. `gateway.resumed` comes first and counts too; then what ' +
          'you missed. Send nothing before it came; then send again what it does not call received. Each token works once. ' +
          'When nothing can be resumed an `error` says `resume_refused`, and the close is 4409: open a new call, with ' +
          '`?conversation=ID` to go on where it was.',
      )}
    </p>
    ${sample('From a page', A_RETURN)}`;
}

function besideSound(): Markup {
  return html`<h3>Beside the sound of a WebRTC call</h3>
    <p>
      ${prose(
        'A call that `POST /api/calls` opened has its sound and its captions from Azure itself. Whatever else there is to tell ' +
          `is on \`/ws/calls/ID\`, ID as in its \`Location\`; offer \`${VOICE_SUBPROTOCOL}\`. First comes \`gateway.session\`; ` +
          'then the gateway’s events, errors, and of Azure’s what its `webrtcfilter` holds back: `response.done` with the calls ' +
          'of your tools, say. What you send is as on any call, without sound, and with `output_audio_buffer.clear`. Closing ' +
          'with 1000 hangs up; a socket that is lost ends nothing and comes back as below. When the call ends, this socket ' +
          'closes with the reason.',
      )}
    </p>
    ${sample('Beside a call', BESIDE)}`;
}

function chats(): Markup {
  return html`<h3>Chats</h3>
    <p>
      ${prose(
        `On \`/ws/text\`, JSON text both ways; offer \`${CHAT_SUBPROTOCOL}\`. A client that does not gets \`text_delta\` ` +
          'and `text_response` first, and the other events after its first answer. One message of a conversation is ' +
          `answered at a time; up to ${WAITING_MESSAGES} more wait and are answered in their order. All your sockets in a ` +
          'conversation hear the same. An answer goes on when its reader is lost, and is kept. `?conversation=ID` joins a ' +
          'conversation as `resume` without `message_id` does: whoever has a part of an answer leaves it out, and resumes.',
      )}
    </p>
    ${sample('A chat from a program', A_CHAT)}
    <p>A client sends:</p>
    ${eventList(chatClientWords)}
    <p>And hears:</p>
    ${eventList(chatServerWords)}
    <p>The codes of its <code>error</code>:</p>
    ${words(chatErrorCodes)}`;
}

function closes(): Markup {
  return html`<h3>Close codes</h3>
    <p>
      ${prose(
        'Before a code above 4000 comes an `error` event with the same story. A code that is not here, as 1006, is the ' +
          'network: come back after a while.',
      )}
    </p>
    ${terms(
      Object.values(closeCodes).map(({ code: number, reason, comeBack }) => [
        code(number),
        html`${reason}: ${comeBackWords[comeBack]}.`,
      ]),
    )}`;
}

function words(list: readonly string[]): Markup {
  return html`<ul class="words">
    ${list.map((word) => html`<li>${code(word)}</li> `)}
  </ul>`;
}

function eventList(events: Readonly<Record<string, EventWords<string>>>): Markup {
  return terms(
    Object.entries(events).map(([type, { says, fields }]) => {
      const names = Object.entries(fields);
      const list = names.length === 0 ? '' : terms(names.map(([name, told]) => [code(name), prose(told)]));
      return [
        code(type),
        html`<p>${prose(says)}</p>
          ${list}`,
      ];
    }),
  );
}
