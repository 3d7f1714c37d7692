/** The words of a written answer: as they are until the reader of markdown is there, then as it reads them. */
import type { MarkdownStream as Stream } from '../markdown/stream.ts';
import { showNodes } from './markdown-view.ts';

let reader: typeof Stream | null = null;
let loading: Promise<void> | null = null;

/** Fetches the reader of markdown, once: it is as big as the rest of the page, and nobody needs it before an answer. */
export function loadMarkdown(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  try {
    const loaded = await import('../markdown/stream.ts');
    reader = loaded.MarkdownStream;
  } catch {
    // The answer is readable as it is written, and the next one tries again.
    loading = null;
  }
}

/** Keeps `element` in step with an answer. */
export function createAnswerView(element: HTMLElement): (text: string, isWhole: boolean) => void {
  let stream: Stream | null = null;
  let latest = { text: '', isWhole: false };

  function show(): void {
    if (reader === null) {
      element.classList.add('plain');
      if (element.textContent !== latest.text) element.textContent = latest.text;
      void showWhenLoaded();
      return;
    }
    if (stream === null) {
      stream = new reader();
      element.classList.remove('plain');
      element.replaceChildren();
    }
    const { nodes, changedFrom } = stream.read(latest.text, latest.isWhole);
    showNodes(element, nodes, changedFrom);
  }

  async function showWhenLoaded(): Promise<void> {
    await loadMarkdown();
    if (reader !== null) show();
  }

  return (text, isWhole) => {
    latest = { text, isWhole };
    show();
  };
}
