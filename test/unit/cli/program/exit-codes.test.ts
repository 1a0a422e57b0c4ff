import { expect, it } from 'vitest';
import { EXIT_CODE_MEANINGS, EXIT_CODES, exitCodeOf } from '../../../../lib/cli/program/exit-codes.ts';

it('keeps the documented numbers', () => {
  expect(EXIT_CODES).toEqual({
    fine: 0,
    unexpected: 1,
    usage: 2,
    source: 3,
    vault: 4,
    verification: 5,
    drill: 6,
    target: 7,
    doctor: 8,
    interrupted: 130,
  });
  expect(EXIT_CODE_MEANINGS.map(([code]) => code)).toEqual(Object.values(EXIT_CODES));
});

it('gives what nobody foresaw the code 1', () => {
  expect(exitCodeOf('internal')).toBe(1);
});
