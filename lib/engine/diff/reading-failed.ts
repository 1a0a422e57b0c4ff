import { LifeboatError } from '../errors.ts';
import type { ConnectionSettings } from '../source/connection-settings.ts';
import { sourceFailure } from '../source/query-failure.ts';

/** What the driver threw, as an error that says what to do. Others come back as they are. */
export function readingFailed(error: unknown, settings: ConnectionSettings): unknown {
  const failure = sourceFailure(error, 'Reading the source', settings);
  if (!(failure instanceof LifeboatError) || failure.code !== 'source-query-failed') return failure;
  const { code, kind, what, cause } = failure;
  return new LifeboatError({
    code,
    kind,
    what,
    meaning: 'The comparison was given up; nothing was changed.',
    remedy: 'If a privilege is missing, grant it to the role; else look at the log of the server.',
    cause,
  });
}
