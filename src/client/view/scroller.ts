/** Where the log stands: at its end while somebody reads along, else where they are, whatever comes above or below. */
import { follows, isAtEnd, isNearBeginning, type Place } from '../scroll-stick.ts';
import { find } from './element.ts';

/** Moves the log, and offers the way to its end while that is out of sight. */
export class Scroller {
  readonly #log: HTMLElement;
  readonly #jump = find('#jump', HTMLButtonElement);
  readonly #grown = new ResizeObserver(() => this.#stick());
  #isFollowing = true;
  #place: Place;

  /** `onMove`: the person has moved it. */
  constructor(log: HTMLElement, onMove: () => void) {
    this.#log = log;
    this.#place = placeOf(log);
    log.addEventListener('scroll', () => {
      const now = placeOf(log);
      this.#isFollowing = follows(this.#isFollowing, this.#place, now);
      this.#place = now;
      this.#offerJump();
      onMove();
    });
    this.#jump.addEventListener('click', () => {
      this.follow();
      this.#stick();
      log.focus({ preventScroll: true });
    });
    // A notice above takes room from the words: whoever reads the last ones goes on reading them.
    this.#grown.observe(log);
  }

  /** Its end is what is wanted from now on. */
  follow(): void {
    this.#isFollowing = true;
  }

  /** Changes the log; what was in sight stays there, unless it is the end. */
  steady(change: () => void): void {
    const anchor = this.#isFollowing ? null : this.#anchor();
    change();
    if (anchor !== null) this.#log.scrollTop += anchor.element.offsetTop - anchor.offset;
    this.#stick();
  }

  /** Brings an entry into sight. */
  goTo(element: HTMLElement): void {
    this.#isFollowing = false;
    element.scrollIntoView({ block: 'center' });
    this.#place = placeOf(this.#log);
    this.#offerJump();
  }

  /** An entry may grow by itself. */
  mind(element: HTMLElement): void {
    this.#grown.observe(element);
  }

  forget(element: HTMLElement): void {
    this.#grown.unobserve(element);
  }

  isNearBeginning(): boolean {
    return isNearBeginning(placeOf(this.#log));
  }

  #stick(): void {
    if (this.#isFollowing) this.#log.scrollTop = this.#log.scrollHeight;
    this.#place = placeOf(this.#log);
    this.#offerJump();
  }

  #offerJump(): void {
    this.#jump.hidden = this.#isFollowing || isAtEnd(this.#place);
  }

  /** The first entry in sight. */
  #anchor(): { readonly element: HTMLElement; readonly offset: number } | null {
    for (const element of this.#log.querySelectorAll<HTMLElement>('[data-role]')) {
      const { offsetTop: offset, offsetHeight } = element;
      if (offset + offsetHeight > this.#log.scrollTop) return { element, offset };
    }
    return null;
  }
}

function placeOf({ scrollTop, scrollHeight, clientHeight }: HTMLElement): Place {
  return { scrollTop, scrollHeight, clientHeight };
}
