import * as v from 'valibot';
import { isCssColor, LONGEST_COLOR } from './css-color.ts';

/** The input of a tool that paints: one colour, examined before any page is asked to use it. */
export const colorInput = v.object({
  color: v.pipe(
    v.string(),
    v.trim(),
    v.toLowerCase(),
    v.maxLength(LONGEST_COLOR),
    v.check(isCssColor, 'must be a CSS colour: a name, #hex, rgb(), hsl() or oklch()'),
    v.description('A CSS colour: a name such as "navy", or #hex, rgb(), hsl() or oklch()'),
  ),
});
