/** The captions on the page. Text goes in as text, never as markup. */
import type { Caption } from '../captions.ts';

/** This close to the end, in CSS pixels, the person is reading along and is kept there. */
const FOLLOW_PX = 80;

/** Keeps `log` in step with the captions: one paragraph each, changed in place. */
export function createCaptionsView(log: HTMLElement): (captions: readonly Caption[]) => void {
  const shown = new Map<string, { readonly element: HTMLElement; caption: Caption }>();
  let last: readonly Caption[] = [];

  function place(caption: Caption): void {
    const known = shown.get(caption.id);
    if (known?.caption === caption) return;
    const element = known?.element ?? document.createElement('p');
    fill(element, caption);
    shown.set(caption.id, { element, caption });
    if (known === undefined) log.append(element);
  }

  keepEndInSight(log);
  return (captions) => {
    if (captions === last) return;
    last = captions;
    const isFollowing = log.scrollHeight - log.scrollTop - log.clientHeight < FOLLOW_PX;
    // An item is made before its first word: a paragraph is not.
    const visible = captions.filter((caption) => caption.isPending || caption.text !== '');
    const ids = new Set(visible.map((caption) => caption.id));
    for (const [id, { element }] of shown) {
      if (ids.has(id)) continue;
      element.remove();
      shown.delete(id);
    }
    for (const caption of visible) place(caption);
    order(log, visible, shown);
    if (isFollowing) log.scrollTop = log.scrollHeight;
  };
}

/** A notice above takes room from the words: whoever reads the last ones goes on reading them. */
function keepEndInSight(log: HTMLElement): void {
  let height = log.clientHeight;
  new ResizeObserver(() => {
    const isFollowing = log.scrollHeight - log.scrollTop - height < FOLLOW_PX;
    height = log.clientHeight;
    if (isFollowing) log.scrollTop = log.scrollHeight;
  }).observe(log);
}

/** An entry whose first word came late may belong before one that is already there. */
function order(
  log: HTMLElement,
  captions: readonly Caption[],
  shown: ReadonlyMap<string, { readonly element: HTMLElement }>,
): void {
  let place = log.firstElementChild;
  for (const { id } of captions) {
    const element = shown.get(id)?.element;
    if (element === undefined) continue;
    if (element === place) place = place.nextElementSibling;
    else log.insertBefore(element, place);
  }
}

function fill(element: HTMLElement, { role, text, isPending, unheardFrom }: Caption): void {
  element.dataset['role'] = role;
  element.toggleAttribute('data-pending', isPending && text === '');
  if (text === '') {
    element.textContent = '…';
    return;
  }
  const heard = unheardFrom === null ? text : text.slice(0, unheardFrom);
  element.textContent = heard;
  if (heard.length === text.length) return;
  const unheard = document.createElement('del');
  unheard.dataset['unheard'] = '';
  unheard.title = 'Not heard: you spoke first';
  unheard.textContent = text.slice(heard.length);
  element.append(unheard);
}
