/** Paints the page in a colour that somebody else named. */

/** What is painted, and the property that the style sheet reads it from. */
const properties = { background: '--painted-ground', text: '--painted-ink' } as const;

/** Names, #hex and functions of numbers; whatever could read a variable, fetch something or end the declaration is none. */
const PLAIN_COLOR = /^(?:[a-z]+|#[\da-f]{3,8}|(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\([\d\s.,%/+a-z-]*\))$/i;

/** Longer than any colour. */
const MAX_LENGTH = 64;

/** Colours that hang on something else, or that nothing would be seen in. */
const NO_PAINT: ReadonlySet<string> = new Set([
  'currentcolor',
  'inherit',
  'initial',
  'revert',
  'transparent',
  'unset',
]);

/** Whether it is a colour by itself. */
export function isPlainColor(color: string): boolean {
  return color.length <= MAX_LENGTH && PLAIN_COLOR.test(color) && !NO_PAINT.has(color.toLowerCase());
}

/** Paints; says what came of it in words for the model. */
export function paint(what: keyof typeof properties, color: string): object {
  const wanted = color.trim();
  if (!isPlainColor(wanted) || !CSS.supports('color', wanted)) {
    return { success: false, error: 'This is no colour that CSS knows.' };
  }
  document.documentElement.style.setProperty(properties[what], wanted);
  return { success: true, color: wanted };
}
