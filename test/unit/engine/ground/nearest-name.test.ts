import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nearestName } from '../../../../lib/engine/ground/nearest-name.ts';

const TABLES = ['users', 'orders', 'order_items', 'invoices', 'Audit'];

it.each([
  ['user', 'users'],
  ['uesrs', 'users'],
  ['usrs', 'users'],
  ['Orders', 'orders'],
  ['order', 'orders'],
  ['order_', 'order_items'],
  ['invoce', 'invoices'],
  ['audit', 'Audit'],
])('%s is meant to be %s', (written, meant) => {
  expect(nearestName(written, TABLES)).toBe(meant);
});

it.each(['payments', 'x', '', 'ordinances'])('%s could be anything', (written) => {
  expect(nearestName(written, TABLES)).toBeUndefined();
});

it('of two that are equally near neither is', () => {
  expect(nearestName('cat', ['bat', 'hat'])).toBeUndefined();
  expect(nearestName('cat', ['bat', 'hat', 'cat'])).toBe('cat');
});

it('a name with one letter wrong is found, whatever it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{4,20}$/), fc.nat(), (name, position) => {
      const at = position % name.length;
      const mistyped = `${name.slice(0, at)}7${name.slice(at + 1)}`;
      expect(nearestName(mistyped, [name, '0123456789'])).toBe(name);
    }),
  );
});
