import { afterAll, expect, it } from 'vitest';
import { bundleSize } from '../support/lambda/bundle-size.ts';
import { synthesizeFunctions } from '../support/lambda/synthesized-functions.ts';
import recorded from './function-figures.json' with { type: 'json' };

/** What of it has to be on purpose. */
const GROWTH = 1.25;

const stack = synthesizeFunctions();
afterAll(() => stack.remove());

it('knows the figures of every function', () => {
  expect(Object.keys(recorded).sort()).toEqual(Object.keys(stack.functions).sort());
});

it.each(Object.keys(recorded) as Array<keyof typeof recorded>)('%s has not grown by a quarter', (name) => {
  const size = bundleSize(stack.functions[name].asset);
  for (const what of ['codeBytes', 'bytes'] as const) {
    expect(
      size[what],
      `${what} of the bundle of ${name}. If that is meant to be: node test/bench/record-functions.ts, and commit what it writes`,
    ).toBeLessThan(recorded[name][what] * GROWTH);
  }
});
