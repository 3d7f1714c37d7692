import { expect, it } from 'vitest';
import { addressBlockOf } from '../../src/worker/address.ts';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::5', '2001:db8:0:0::/64'],
  ['2001:db8::3:4:5:6', '2001:db8:0:0::/64'],
  ['2001:db8::2:3:4:5:6', '2001:db8:0:2::/64'],
  ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
  ['fe80::', 'fe80:0:0:0::/64'],
  ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
])('[D32] %s is counted as %s', (address, block) => {
  expect(addressBlockOf(address)).toBe(block);
});

it.each([null, '', '127.0.0.1', '127.8.8.8', '::1'])(
  '[D32] %s never comes from the edge, and is not counted',
  (address) => {
    expect(addressBlockOf(address)).toBeNull();
  },
);
