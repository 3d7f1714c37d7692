/** Client events of the preview wire, told in GA words. Pure. */
import { parseFrame, type ReadFrame, readEvent } from './client-events.ts';
import { previewEventFields, responsePaths, sessionPaths, transcriptionPaths } from './preview-names.ts';
import { isRecord, only, tellItem, tellSettings, type ToldSettings } from './preview-settings.ts';
import type { SessionKind } from './transcription-session.ts';

/** A frame read by the preview's rules, and the temperature it asks for, null when it asks for none. */
export interface PreviewFrame {
  readonly frame: ReadFrame;
  readonly temperature: number | null;
}

type Teller = (event: Readonly<Record<string, unknown>>) => ToldSettings;

/** The events whose content has other words. */
const tellers: Readonly<Record<string, Teller>> = {
  'session.update': (event) =>
    inside(
      event,
      'session',
      tellSettings(event['session'], { paths: sessionPaths, param: 'session', base: { type: 'realtime' } }),
    ),
  'transcription_session.update': (event) =>
    inside(
      { ...event, type: 'session.update' },
      'session',
      tellSettings(event['session'], {
        paths: transcriptionPaths,
        param: 'session',
        base: { type: 'transcription' },
      }),
    ),
  'response.create': (event) =>
    event['response'] === undefined || event['response'] === null
      ? inside(event, 'response', { ok: true, value: undefined, temperature: null })
      : inside(
          event,
          'response',
          tellSettings(event['response'], { paths: responsePaths, param: 'response', base: {} }),
        ),
  'conversation.item.create': (event) =>
    'item' in event
      ? inside(event, 'item', { ok: true, value: tellItem(event['item']), temperature: null })
      : { ok: true, value: event, temperature: null },
};

/** Reads one text frame of a preview client. Never throws. */
export function readPreviewFrame(text: string, kind: SessionKind): PreviewFrame {
  const parsed = parseFrame(text);
  if (!parsed.ok) return { frame: parsed, temperature: null };
  const { value } = parsed;
  const type = isRecord(value) ? value['type'] : undefined;
  const fields = typeof type === 'string' ? fieldsOf(type) : undefined;
  if (!isRecord(value) || typeof type !== 'string' || !fields) {
    return { frame: readEvent(value, kind), temperature: null };
  }
  const known = only(value, ['type', 'event_id', ...fields]);
  const event = isRecord(known) ? known : {};
  const told = tellers[type]?.(event) ?? { ok: true, value: event, temperature: null };
  if (told.ok) return { frame: readEvent(told.value, kind), temperature: told.temperature };
  const eventId = typeof value['event_id'] === 'string' ? value['event_id'] : null;
  return { frame: { ok: false, refusal: told.refusal, eventId }, temperature: null };
}

function fieldsOf(type: string): readonly string[] | undefined {
  return Object.hasOwn(previewEventFields, type) ? previewEventFields[type] : undefined;
}

function inside(event: Readonly<Record<string, unknown>>, name: string, told: ToldSettings): ToldSettings {
  if (!told.ok) return told;
  const { [name]: _given, ...rest } = event;
  const value = told.value === undefined ? rest : { ...rest, [name]: told.value };
  return { ok: true, value, temperature: told.temperature };
}
