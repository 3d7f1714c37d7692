/** One entry of the log: what was said, how it came out, and what can be done with it. */
import type { Caption, Fate, ToolTrace } from '../captions.ts';
import { createAnswerView } from './answer-view.ts';
import { make, setText } from './element.ts';

/** What the buttons of an entry do; `copy-code` belongs to a block of code. */
export type Deed = 'copy' | 'retry' | 'edit';

export interface Entry {
  readonly element: HTMLElement;
  readonly caption: Caption;
  show(caption: Caption, deeds: readonly Deed[]): void;
}

const fateLines: Readonly<Record<Fate, string>> = {
  settled: '',
  sending: '',
  unsent: 'Not sent.',
  unanswered: 'No answer came.',
  writing: '',
  stopped: 'Stopped.',
  length: 'The answer ends here because it reached its longest.',
  filtered: 'Azure’s content filter ended this answer.',
  failed: 'The answer broke off.',
};

const deedLabels: Readonly<Record<Deed, string>> = { copy: 'Copy', retry: 'Try again', edit: 'Edit' };

/** An entry for this caption; who spoke does not change, and neither does how. */
export function createEntry(first: Caption): Entry {
  const element = make('div', 'entry');
  element.dataset['role'] = first.role;
  element.dataset['mode'] = first.mode;
  const tools = make('ul', 'tools');
  tools.setAttribute('aria-label', 'Tools');
  const words = make('div', 'words');
  const fate = make('p', 'fate');
  const row = make('div', 'deeds');
  element.append(tools, words, fate, row);
  const isMarkdown = first.role === 'assistant' && first.mode === 'text';
  const showAnswer = isMarkdown ? createAnswerView(words) : null;
  const buttons = new Map<Deed, HTMLButtonElement>();
  let caption = first;
  let frame = 0;

  function paint(): void {
    frame = 0;
    if (showAnswer === null) fillPlain(words, caption);
    else showAnswer(caption.text, caption.fate !== 'writing');
  }

  return {
    element,
    get caption() {
      return caption;
    },
    show(next, deeds) {
      caption = next;
      element.dataset['fate'] = next.fate;
      element.toggleAttribute('data-pending', next.isPending && next.text === '');
      // Read aloud once, when it is whole.
      element.toggleAttribute('aria-busy', next.fate === 'writing');
      if (next.fate === 'writing') element.setAttribute('aria-busy', 'true');
      showTools(tools, next.tools);
      setText(fate, fateLine(next));
      fate.hidden = fate.textContent === '';
      showDeeds(row, buttons, deeds);
      // Words come faster than pictures.
      const isRunning = next.fate === 'writing' && document.visibilityState === 'visible';
      if (isRunning && words.hasChildNodes()) frame ||= requestAnimationFrame(paint);
      else {
        cancelAnimationFrame(frame);
        paint();
      }
    },
  };
}

function fateLine({ role, fate, text, tools }: Caption): string {
  const isEmpty = role === 'assistant' && text === '' && tools.length === 0;
  return fate === 'failed' && isEmpty ? 'No answer came.' : fateLines[fate];
}

function showDeeds(row: HTMLElement, buttons: Map<Deed, HTMLButtonElement>, deeds: readonly Deed[]): void {
  for (const [deed, button] of buttons) {
    if (deeds.includes(deed)) continue;
    button.remove();
    buttons.delete(deed);
  }
  for (const deed of deeds) {
    if (buttons.has(deed)) continue;
    const button = make('button', 'deed', deedLabels[deed]);
    button.type = 'button';
    button.dataset['deed'] = deed;
    buttons.set(deed, button);
    row.append(button);
  }
}

function showTools(list: HTMLElement, tools: readonly ToolTrace[]): void {
  list.hidden = tools.length === 0;
  const states = { running: 'running…', done: 'done', failed: 'failed' } as const;
  tools.forEach(({ name, state }, at) => {
    const item = list.children[at] ?? list.appendChild(make('li', 'tool'));
    if (item instanceof HTMLElement) item.dataset['state'] = state;
    setText(item, `${readable(name)} · ${states[state]}`);
  });
  while (list.children.length > tools.length) list.lastElementChild?.remove();
}

/** A tool's name as words: getWeather, get_weather, getPageHTML. */
function readable(name: string): string {
  const words = name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/(?<=[a-z])[A-Z](?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fillPlain(words: HTMLElement, { text, tools, unheardFrom }: Caption): void {
  const heard = unheardFrom === null ? text : text.slice(0, unheardFrom);
  words.textContent = text === '' && tools.length === 0 ? '…' : heard;
  if (heard.length === text.length) return;
  const unheard = document.createElement('del');
  unheard.dataset['unheard'] = '';
  unheard.title = 'Not heard: you spoke first';
  unheard.textContent = text.slice(heard.length);
  words.append(unheard);
}
