import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { neededExpiryMarks } from '../lib/engine/keep/expiry-marks.ts';
import { markExpired } from '../lib/engine/keep/mark-expired.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { keeperEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { vault, days, undrilled, changesDays } = keeperEnvironment();
const store = openStore(vault);
const marks = neededExpiryMarks(store);

/**
 * Marks what has outlived its class while something newer is proven. What cannot be asked or marked does not stop the
 * rest. The invocation still fails, so that its dead letter tells people.
 */
export async function handler(_event: unknown, context: Context) {
  logger.addContext(context);
  try {
    const { failures, ...report } = await withinTime(context, timeUp(), (signal) =>
      markExpired({ store, marks, days, undrilled, changesDays, signal }),
    );
    for (const problem of report.problems) logger.warn(problem);
    logger.info('looked at what may expire', { ...report });
    if (failures.length > 0) {
      for (const failure of failures) reportFailure(failure, 'A part of the keeper');
      throw incomplete(failures);
    }
    return report;
  } catch (error) {
    throw reportFailure(error, 'The keeper');
  }
}

const NAMED_FAILURES = 5;

function incomplete(failures: readonly LifeboatError[]): LifeboatError {
  const named = failures.slice(0, NAMED_FAILURES).map(({ code, what }) => `${what} (${code})`);
  const more = failures.length > named.length ? ` And ${failures.length - named.length} more.` : '';
  return new LifeboatError({
    code: 'keeper-incomplete',
    kind: 'vault',
    what: `The keeper could not do everything: ${named.join(' ')}${more}`,
    meaning:
      'What it could not read or mark stays in the vault. No backup is lost. The next run tries again.',
    remedy: "The function's log has the details of each failure.",
  });
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'keeper-time-up',
    kind: 'interrupted',
    what: 'The keeper could not mark everything within its time limit.',
    meaning: 'What it has marked expires, the rest stays. No backup is lost. The next run goes on with it.',
    remedy: 'If it happens again and again, look at what the log says it was doing.',
  });
}
