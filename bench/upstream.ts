/**
 * Enough of Azure to measure relays with, as a process of its own: it opens a session, takes one update, announces one
 * audio part, and from then on answers every append at once with an audio delta that carries the same sound. The
 * emulator would be the wrong measure: it speaks at a voice's pace, not as fast as it can. It announces no response, for a
 * gateway would rightly give up on an answer that pauses while another way of a frame is measured.
 */
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

const APPEND = '"audio":"';
const IDS = { response_id: 'resp_bench', item_id: 'item_bench' };
const AT = { output_index: 0, content_index: 0 };
const ITEM = {
  id: IDS.item_id,
  object: 'realtime.item',
  type: 'message',
  status: 'in_progress',
  role: 'assistant',
};

const PART = { type: 'response.content_part.added', ...IDS, ...AT, part: { type: 'audio', transcript: '' } };
const ANNOUNCED = [
  {
    type: 'response.output_item.added',
    response_id: IDS.response_id,
    output_index: 0,
    item: { ...ITEM, content: [] },
  },
  { type: 'conversation.item.added', previous_item_id: null, item: { ...ITEM, content: [] } },
  PART,
];
const DELTA = JSON.stringify({
  type: 'response.output_audio.delta',
  event_id: 'event_bench',
  ...IDS,
  ...AT,
  delta: '',
}).slice(0, -'"}'.length);

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (gateway) => {
  tell(gateway, { type: 'session.created', session: { type: 'realtime', id: 'sess_bench' } });
  gateway.on('message', (data) => answer(gateway, textOf(data)));
});
server.on('listening', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());

function answer(gateway: WebSocket, text: string): void {
  const at = text.indexOf(APPEND);
  if (at !== -1) {
    const start = at + APPEND.length;
    gateway.send(`${DELTA}${text.slice(start, text.indexOf('"', start))}"}`);
    return;
  }
  const { type, session } = JSON.parse(text);
  if (type !== 'session.update') return;
  tell(gateway, { type: 'session.updated', session });
  for (const event of ANNOUNCED) tell(gateway, event);
}

function tell(gateway: WebSocket, event: object): void {
  gateway.send(JSON.stringify({ event_id: 'event_bench', ...event }));
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('latin1');
  throw new TypeError('ws hands over one Buffer per message unless it is told otherwise');
}
