/**
 * What a CSS colour looks like, by the grammar of CSS Color 4: names, `#hex`, `rgb()`, `hsl()`, `oklch()`, without
 * variables, arithmetic or addresses. Text that passes can do nothing else in a style. Pure.
 */

/** No colour that passes is longer. */
export const LONGEST_COLOR = 64;

const NAMES = new Set(
  `aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood cadetblue
  chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen
  darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue
  darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick
  floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink
  indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
  lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray
  lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue mediumorchid
  mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream
  mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen
  paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue
  saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen
  steelblue tan teal thistle tomato transparent turquoise violet wheat white whitesmoke yellow yellowgreen`.split(
    /\s+/,
  ),
);

const HEX = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/;

const NUMBER = String.raw`[+-]?(?:\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})`;
const AMOUNT = `(?:${NUMBER}%?|none)`;
const HUE = `(?:${NUMBER}(?:deg|grad|rad|turn)?|none)`;

const FUNCTIONS = [
  functionOf('rgba?', [AMOUNT, AMOUNT, AMOUNT]),
  functionOf('hsla?', [HUE, AMOUNT, AMOUNT]),
  spacedOnly('oklch', [AMOUNT, AMOUNT, HUE]),
];

/** Whether a text, in lower case and trimmed, is a colour. */
export function isCssColor(text: string): boolean {
  return NAMES.has(text) || HEX.test(text) || FUNCTIONS.some((pattern) => pattern.test(text));
}

/** The older way with commas, or the newer one with spaces and a slash. */
function functionOf(name: string, parts: readonly string[]): RegExp {
  const spaced = `${parts.join(' +')}(?: */ *${AMOUNT})?`;
  const commas = `${parts.join(' *, *')}(?: *, *${AMOUNT})?`;
  return new RegExp(`^${name}\\( *(?:${spaced}|${commas}) *\\)$`);
}

function spacedOnly(name: string, parts: readonly string[]): RegExp {
  return new RegExp(`^${name}\\( *${parts.join(' +')}(?: */ *${AMOUNT})? *\\)$`);
}
