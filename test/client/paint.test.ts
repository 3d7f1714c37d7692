import { expect, test } from 'vitest';
import { isPlainColor } from '../../src/client/tools/paint.ts';

test.each(['navy', '#0a3', '#0a3b5c80', 'rgb(1 2 3 / 50%)', 'hsl(120deg, 50%, 50%)', 'oklch(0.7 0.1 120)'])(
  '[Y11] %s is a colour by itself',
  (color) => expect(isPlainColor(color)).toBe(true),
);

test.each([
  'var(--secret)',
  'env(x)',
  'url(https://a.example)',
  'red;background:url(x)',
  'rgb(var(--a))',
  'rgb(calc(1))',
  'red}*{color:red',
  'inherit',
  'transparent',
  'currentColor',
  '',
  `#${'0'.repeat(70)}`,
  'light-dark(red, blue)',
])('[Y11] %s is none', (color) => expect(isPlainColor(color)).toBe(false));
