import { expect, it } from 'vitest';
import { argumentsForTask, withExactTimes } from '../../../../lib/cli/on-aws/restore-on-aws.ts';

const context = { now: () => new Date('2026-11-29T15:00:00Z'), environment: { TZ: 'Europe/Berlin' } };

it('hands a moment over to a task as it was meant where it was written, for a task lives in UTC', () => {
  const argv = ['restore', 'latest', '--to', '2026-11-29 14:05:30', '--at=14:05', '--yes', 'shop'];
  expect(withExactTimes(argv, context)).toEqual([
    ...['restore', 'latest', '--to', '2026-11-29T13:05:30.000Z', '--at=2026-11-29T13:05:00.000Z'],
    ...['--yes', 'shop'],
  ]);
  // As finely as it was written.
  const fine = ['--to', '2026-11-29 14:05:30.123456'];
  expect(withExactTimes(fine, context)).toEqual(['--to', '2026-11-29T13:05:30.123456Z']);
  const others = ['--to-lsn', '16/B374D848', '--before-transaction', '84122', '--dry-run'];
  expect(argumentsForTask(withExactTimes(others, context))).toEqual(others);
});

it('refuses a time that clocks show twice here, before anything is started', () => {
  expect(() => withExactTimes(['--to', '2026-10-25 02:30'], context)).toThrowError(/happens twice/);
  expect(() => withExactTimes(['--to', '2026-03-29 02:30'], context)).toThrowError(/does not exist/);
});
