/** Everything one response says and calls: the script's answer, several calls at once, words before a call. Pure. */
import { answer, type Output, type Said, type Scene } from '../script.ts';
import { callsFor, type Call } from '../tool-choice.ts';

/** A wish for calls is no longer than this. */
const WISH_CHARACTERS = 2_000;

/** Asks for words before the call. */
const ANNOUNCED = /\b(?:tell|say|announce)\b.*\bfirst\b/i;

/** The output items of the next response, one or more. */
export function outputsFor(scene: Scene, manner: { readonly isParallel: boolean }): readonly Output[] {
  const last = scene.said.findLast((said) => said.by === 'user' || said.by === 'tool');
  if (last?.by === 'tool') return [answer({ ...scene, said: withOneOutput(scene.said) })];
  const typed = last?.by === 'user' && last.how === 'typed' ? last.text : '';
  const calls = callsFor(typed.slice(0, WISH_CHARACTERS), scene.offer, manner.isParallel);
  if (calls.length === 0) return [answer(scene)];
  const outputs = calls.map((call): Output => ({ kind: 'call', ...call }));
  return ANNOUNCED.test(typed) ? [announcement(calls), ...outputs] : outputs;
}

function announcement(calls: readonly Call[]): Output {
  const names = calls.map((call) => call.name.replaceAll(/[_-]+/g, ' ')).join(' and ');
  return { kind: 'message', stretches: [{ kind: 'say', text: `One moment, I am going to use ${names}.` }] };
}

/** The outputs of several calls, told as one. */
function withOneOutput(said: readonly Said[]): Said[] {
  const firstOfThem = said.findLastIndex((one) => one.by === 'user') + 1;
  const recent = said.slice(said.findLastIndex((one) => one.by === 'assistant' && one.text !== '') + 1);
  const since = firstOfThem > said.length - recent.length ? said.slice(firstOfThem) : recent;
  const output = since.flatMap((one) => (one.by === 'tool' ? [one.output] : [])).join(' ');
  return [...said, { by: 'tool', output }];
}
