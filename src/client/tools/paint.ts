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
  const { style } = document.documentElement;
  style.setProperty(properties[what], wanted);
  // Whatever is written on a dark ground is written in light, in every colour that the page has for it.
  if (what === 'background') style.colorScheme = isDark(wanted) ? 'dark' : 'light';
  return { success: true, color: wanted };
}

/** Whether light letters are read better on it: by the luminance at which black and white differ from it alike. */
function isDark(color: string): boolean {
  const canvas = document.createElement('canvas').getContext('2d');
  if (canvas === null) return false;
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return luminance < EVEN_LUMINANCE;
}

/** Where (L + 0.05) / 0.05 equals 1.05 / (L + 0.05), by the contrast ratio of WCAG 2. */
const EVEN_LUMINANCE = 0.179;

function linear(level: number): number {
  const share = level / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
