import { expect, it } from 'vitest';
import { likelyRenames } from '../../../../lib/engine/bring-back/renamed.ts';

it.each([
  ['a column in the middle', ['id', 'mail', 'n'], ['id', 'email', 'n'], { mail: 'email' }],
  ['two columns, each at its place', ['a', 'id', 'b'], ['x', 'id', 'y'], { a: 'x', b: 'y' }],
  ['one that was dropped while another was added at the end', ['id', 'a', 'n'], ['id', 'n', 'b'], {}],
  ['two at one place, of which nobody knows which is which', ['id', 'a', 'b'], ['id', 'x', 'y'], {}],
  ['the only column', ['a'], ['b'], { a: 'b' }],
])('recognises by their places: %s', (_, before, after, renames) => {
  expect(Object.fromEntries(likelyRenames(before, after))).toEqual(renames);
});
