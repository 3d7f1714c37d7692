/** How each of Azure's voices sounds here: an espeak voice, its pitch and its speed. */

/** What espeak is told. `pitch` 0..99 (50 is the voice's own), `wordsPerMinute` 80..450. */
export interface VoiceSettings {
  readonly espeakVoice: string;
  readonly pitch: number;
  readonly wordsPerMinute: number;
}

/** The ten voices of the GA wire. All speak English; the variants after `+` are espeak's own. */
export const voices = {
  alloy: { espeakVoice: 'en-us+f3', pitch: 46, wordsPerMinute: 165 },
  ash: { espeakVoice: 'en-us+m3', pitch: 42, wordsPerMinute: 160 },
  ballad: { espeakVoice: 'en-gb-x-rp+m1', pitch: 52, wordsPerMinute: 150 },
  cedar: { espeakVoice: 'en-us+m7', pitch: 36, wordsPerMinute: 155 },
  coral: { espeakVoice: 'en-us+f2', pitch: 56, wordsPerMinute: 170 },
  echo: { espeakVoice: 'en-us+m1', pitch: 48, wordsPerMinute: 165 },
  marin: { espeakVoice: 'en-us+f4', pitch: 50, wordsPerMinute: 168 },
  sage: { espeakVoice: 'en-gb-x-rp+f3', pitch: 50, wordsPerMinute: 158 },
  shimmer: { espeakVoice: 'en-us+f1', pitch: 60, wordsPerMinute: 172 },
  verse: { espeakVoice: 'en-gb+m4', pitch: 50, wordsPerMinute: 165 },
} as const satisfies Record<string, VoiceSettings>;

/** A name on the list. */
export type VoiceName = keyof typeof voices;

/** The voice a session has when it asks for none. */
export const DEFAULT_VOICE: VoiceName = 'alloy';

/** True when Azure has a voice of this name. */
export function isVoiceName(name: string): name is VoiceName {
  return Object.hasOwn(voices, name);
}

/** The settings behind a name; an unknown (custom) voice sounds like the default one. */
export function settingsFor(name: string): VoiceSettings {
  return isVoiceName(name) ? voices[name] : voices[DEFAULT_VOICE];
}
