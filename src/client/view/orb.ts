/** The orb: two levels, smoothed once per picture, as custom properties that the style sheet draws with. */
import { toMeter } from '../../audio/level.ts';

/** RMS levels, linear; one left out stays as it is. */
export interface Levels {
  readonly user?: number;
  readonly assistant?: number;
}

/** Rising is followed at once, falling slowly, as an eye expects of something that breathes. Share per picture. */
const RISE = 0.45;
const FALL = 0.12;

/** Below this nothing moves that anyone could see. */
const STILL = 0.004;

type Voice = keyof Levels;

/** Draws levels on `element` as `--user` and `--assistant`, 0..1. A person who wants no motion gets none. */
export function createOrb(element: HTMLElement): (levels: Levels) => void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const wanted: Record<Voice, number> = { user: 0, assistant: 0 };
  const shown: Record<Voice, number> = { user: 0, assistant: 0 };
  let isRunning = false;

  function draw(): void {
    const isUserMoving = step('user');
    const isAssistantMoving = step('assistant');
    isRunning = isUserMoving || isAssistantMoving;
    if (isRunning) requestAnimationFrame(draw);
  }

  function step(voice: Voice): boolean {
    const distance = wanted[voice] - shown[voice];
    const isMoving = Math.abs(distance) > STILL;
    shown[voice] = isMoving ? shown[voice] + distance * (distance > 0 ? RISE : FALL) : wanted[voice];
    element.style.setProperty(`--${voice}`, shown[voice].toFixed(3));
    return isMoving;
  }

  return (levels) => {
    if (calm.matches) return;
    if (levels.user !== undefined) wanted.user = toMeter(levels.user);
    if (levels.assistant !== undefined) wanted.assistant = toMeter(levels.assistant);
    if (isRunning) return;
    isRunning = true;
    requestAnimationFrame(draw);
  };
}
