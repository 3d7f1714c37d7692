/** Every event the emulator can send is one the `openai` package declares: judged by the compiler, not by us. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import type { Received } from '../support/realtime-client.ts';
import { type Findings, typeCheck } from '../support/type-check.ts';
import { everyConversation, everyPreviewConversation } from './every-conversation.ts';
import { withoutExtras } from './wire-extras.ts';

/** Longer strings than any that matters to a type: sound. */
const LONGEST_STRING = 2_000;

/** Where the package declares the events of either wire. */
const GA = 'openai/resources/realtime/realtime';
const BETA = 'openai/resources/beta/realtime/realtime';

/** What makes an event wrong, and how to make it of a right one. */
const mistakes: readonly (readonly [string, string, object])[] = [
  ['a number that is a string', 'input_audio_buffer.speech_started', { audio_start_ms: '120' }],
  ['a key nobody declared', 'response.created', { surprise: true }],
  ['a missing key', 'response.output_text.delta', { item_id: undefined }],
  ['a status there is none of', 'response.done', { response: { status: 'done' } }],
  ['an item that is no item', 'conversation.item.added', { item: { type: 'message', role: 'nobody' } }],
  ['a type there is none of', 'session.updated', { type: 'session.changed' }],
  ['a null where a string must be', 'response.function_call_arguments.done', { name: null }],
];

let emulators: Emulator[] = [];
let findings: Findings = {};
let events: Received[] = [];
beforeAll(async () => {
  emulators = await Promise.all([
    startEmulator({ port: 0, pace: 0 }),
    startEmulator({ port: 0, pace: 5, thinkMs: 0 }),
  ]);
  const [emulator, unhurried] = emulators;
  if (!emulator || !unhurried) throw new Error('Two emulators were expected');
  events = distinct(await everyConversation(emulator, unhurried));
  findings = await typeCheck({
    'right.ts': rightModule(events),
    'preview.ts': rightModule(distinct(await everyPreviewConversation(emulator)), 'preview'),
    'wrong.ts': wrongModule(events),
    'complete.ts': completenessModule(events),
    'incomplete.ts': completenessModule(events.filter((event) => event.type !== 'error')),
  });
}, 30_000);
afterAll(() => Promise.all(emulators.map((emulator) => emulator.close())));

describe('every server event', () => {
  it('[N10] is declared by the openai package, field by field, apart from what Azure adds', () => {
    expect(findings['right.ts']).toEqual([]);
  });

  it('[N27] of the preview wire is declared by the package as well', () => {
    expect(findings['preview.ts']).toEqual([]);
  });

  it('[N10] was collected: no type that the emulator can send is missing', () => {
    expect(findings['complete.ts']).toEqual([]);
  });

  it('[N11] that was never collected would be found', () => {
    expect(findings['incomplete.ts']?.join()).toContain('"error"');
  });

  it.each(mistakes.map(([what], index) => [what, index] as const))(
    '[N11] with %s would be found',
    (_, index) => {
      const line = wrongLine(index);
      expect(findings['wrong.ts']?.some((found) => found.includes(`wrong.ts(${line},`))).toBe(true);
    },
  );
});

/** One event of each shape: a thousand deltas are checked once. */
function distinct(all: readonly Received[]): Received[] {
  const shapes = new Map<string, Received>();
  for (const event of all) shapes.set(shapeOf(event), event);
  return [...shapes.values()];
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shapeOf).join()}]`;
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const named = ['type', 'role', 'status', 'reason', 'code'].map((key) => String(Reflect.get(value, key)));
  const fields = Object.entries(value).map(([key, inner]) => `${key}:${shapeOf(inner)}`);
  return `{${named.join()} ${fields.join()}}`;
}

function literal(event: object): string {
  return JSON.stringify(event, (_, value: unknown) =>
    typeof value === 'string' && value.length > LONGEST_STRING ? value.slice(0, 40) : value,
  );
}

function rightModule(all: readonly Received[], wire: 'ga' | 'preview' = 'ga'): string {
  const source = wire === 'ga' ? GA : BETA;
  const imports = `import type { RealtimeServerEvent } from '${source}';\nexport const events = [\n`;
  const lines = all.map((event) => `${literal(withoutExtras(event, wire))},`);
  return `${imports}${lines.join('\n')}\n] satisfies RealtimeServerEvent[];\n`;
}

function wrongModule(all: readonly Received[]): string {
  const head = `import type { RealtimeServerEvent } from '${GA}';\n`;
  const lines = mistakes.map(([, type, mistake], index) => {
    const right = all.find((event) => event.type === type);
    if (!right) throw new Error(`No ${type} was collected`);
    const wrong = literal({ ...withoutExtras(right), ...mistake });
    return `export const wrong${index}: RealtimeServerEvent = ${wrong};\n`;
  });
  return head + lines.join('');
}

/** In which line of the module a mistake stands: one line each, after the import. */
function wrongLine(index: number): number {
  return index + 2;
}

function completenessModule(all: readonly Received[]): string {
  const types = [...new Set(all.map((event) => JSON.stringify(event.type)))];
  return [
    "import type { CallEvent } from 'REPO/emulator/webrtc/call-events.ts';",
    `type NeverCollected = Exclude<CallEvent['type'], ${types.join(' | ')}>;`,
    'type Expect<Nothing extends never> = Nothing;',
    'export type Complete = Expect<NeverCollected>;',
  ].join('\n');
}
