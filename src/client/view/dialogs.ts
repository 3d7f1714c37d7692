/** Questions that are asked before something is gone for good, in the browser's own dialogs. */
import { find, setText } from './element.ts';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly deed: string;
}

/** Asks; true when the person wants it. Escape, and a click beside it, mean no. The focus goes back where it was. */
export function confirmed({ title, text, deed }: Question): Promise<boolean> {
  const dialog = find('#confirm', HTMLDialogElement);
  setText(find('#confirm-title', HTMLElement), title);
  setText(find('#confirm-text', HTMLElement), text);
  setText(find('#confirm-deed', HTMLElement), deed);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((answer) => {
    const closed = (): void => {
      // The event of an earlier closing comes late, when the dialog may be open again.
      if (dialog.open) return;
      dialog.removeEventListener('close', closed);
      answer(dialog.returnValue === 'yes');
    };
    dialog.addEventListener('close', closed);
  });
}

/** A click beside a dialog closes it. */
export function closeBeside(dialog: HTMLDialogElement): void {
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}
