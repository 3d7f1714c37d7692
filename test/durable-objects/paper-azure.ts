/** One session of Azure's on paper: a conversation that knows what it was told, and answers with all of it. */

type Event = Record<string, unknown>;

interface Item {
  readonly type: string;
  readonly role?: string;
  readonly id?: string;
  readonly content?: readonly { readonly text?: string }[];
}

const DETECTION = { type: 'server_vad', create_response: true };

export class PaperAzure {
  /** What the person said, as this session knows it. */
  readonly known: string[] = [];
  readonly #name: string;
  #ids = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The first word. */
  greets(): Event[] {
    return [{ type: 'session.created', session: { id: `sess_${this.#name}` } }];
  }

  /** What it says to a frame, in order. */
  hears(frame: Event): Event[] {
    if (frame['type'] === 'session.update') return [this.#updated(frame)];
    if (frame['type'] === 'conversation.item.create') return this.#taken(frame['item'] as Item);
    return frame['type'] === 'response.create' ? this.#answers() : [];
  }

  #updated({ session }: Event): Event {
    return {
      type: 'session.updated',
      session: { audio: { input: { turn_detection: DETECTION } }, ...(session as Event) },
    };
  }

  #taken(item: Item): Event[] {
    const text = item.content?.[0]?.text ?? '';
    if (item.role === 'user') this.known.push(text);
    const whole = { id: this.#id('item'), ...item };
    return ['added', 'done'].map((how) => ({
      type: `conversation.item.${how}`,
      item: whole,
      previous_item_id: null,
    }));
  }

  #answers(): Event[] {
    const id = this.#id('resp');
    const item = { id: this.#id('item'), type: 'message', role: 'assistant' };
    const place = { response_id: id, item_id: item.id, output_index: 0, content_index: 0 };
    const text = `You said: ${this.known.join(', ')}.`;
    const part = { type: 'output_text', text };
    const status = 'completed';
    return [
      { type: 'response.created', response: { id, status: 'in_progress', conversation_id: 'conv_1' } },
      { type: 'conversation.item.added', item: { ...item, content: [] }, previous_item_id: null },
      { type: 'response.content_part.added', ...place, part: { type: 'text', text: '' } },
      { type: 'response.output_text.delta', ...place, delta: text.slice(0, 9) },
      { type: 'response.output_text.delta', ...place, delta: text.slice(9) },
      { type: 'response.done', response: { id, status, output: [{ ...item, status, content: [part] }] } },
    ];
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}_${this.#name}_${this.#ids}`;
  }
}
