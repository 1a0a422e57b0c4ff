import { afterEach, expect, it, vi } from 'vitest';
import { logger } from '../../../../lambda/shared/log.ts';
import { reportFailure } from '../../../../lambda/shared/report-failure.ts';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';

afterEach(() => void vi.restoreAllMocks());

/** What pg throws: its detail holds a row. */
function driverError(): Error {
  return Object.assign(new Error('duplicate key value'), { detail: 'Key (email)=(ada@example.com) exists.' });
}

it('is logged and thrown without its cause, which may hold a row', () => {
  const log = vi.spyOn(logger, 'error').mockImplementation(() => {});
  const failure = reportFailure(
    new LifeboatError({
      code: 'source-query-failed',
      kind: 'source',
      what: 'A query failed.',
      remedy: 'Look at the log.',
      cause: driverError(),
    }),
    'The backup of app',
  );
  expect(failure).toMatchObject({ code: 'source-query-failed', message: 'A query failed. Look at the log.' });
  expect(failure.cause).toBeUndefined();
  expect(JSON.stringify(log.mock.calls)).toContain('source-query-failed');
  expect(JSON.stringify([log.mock.calls, Object.entries(failure)])).not.toContain('ada@example.com');
});

it('that nobody foresaw is a LifeboatError too, for the dead letter to be read', () => {
  const log = vi.spyOn(logger, 'error').mockImplementation(() => {});
  const failure = reportFailure(driverError(), 'The backup of app');
  expect(failure).toBeInstanceOf(LifeboatError);
  expect(failure.message).toContain('The backup of app failed: duplicate key value.');
  expect(JSON.stringify([log.mock.calls, Object.entries(failure)])).not.toContain('ada@example.com');
});

it.each(['AGE-SECRET-KEY-1QPZRY9X8', 'AGE-SECRET-KEY-PQ-1QPZRY9X8'])('repeats no %s', (key) => {
  const log = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const failures = [
    new Error(`no such file: ${key}`),
    new LifeboatError({ code: 'a', kind: 'usage', what: key, meaning: key, remedy: key }),
  ].map((error) => reportFailure(error, `The backup of ${key}`));
  expect(log).toHaveBeenCalledTimes(2);
  const told = JSON.stringify([log.mock.calls, failures.map(({ message, what }) => [message, what])]);
  expect(told).toContain('AGE-SECRET-KEY-********');
  expect(told).not.toContain('QPZRY9X8');
});
