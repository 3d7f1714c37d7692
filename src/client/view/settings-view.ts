/** What the person may choose of how the page works. It is kept in this browser. */
import { chosenTransport, chooseTransport } from '../transport.ts';
import { closeBeside } from './dialogs.ts';
import { find } from './element.ts';

/** Shows the choices when they are asked for, and keeps what is chosen at once. */
export function listenToSettings(): void {
  const dialog = find('#settings', HTMLDialogElement);
  const byPeer = find('[value=webrtc]', HTMLInputElement, dialog);
  closeBeside(dialog);
  find('#open-settings', HTMLButtonElement).addEventListener('click', () => {
    byPeer.checked = chosenTransport() === 'webrtc';
    dialog.showModal();
    // Else the focus is on the first, whichever is chosen.
    if (byPeer.checked) byPeer.focus();
  });
  dialog.addEventListener('change', () => chooseTransport(byPeer.checked ? 'webrtc' : 'websocket'));
}
