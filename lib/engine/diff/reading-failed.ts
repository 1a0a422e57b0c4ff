import { LifeboatError } from '../ground/errors.ts';

/** Errors of the source that speak of a backup, which a comparison is not. */
const ABOUT_BACKUPS = new Set(['source-query-failed', 'source-recovery-conflict', 'source-schema-changed']);

/** An error of a session, in the words of a comparison. Others come back as they are. */
export function readingFailed(failure: unknown): unknown {
  if (!(failure instanceof LifeboatError) || !ABOUT_BACKUPS.has(failure.code)) return failure;
  const { code, kind, what, remedy, cause } = failure;
  return new LifeboatError({
    code,
    kind,
    what,
    meaning: 'The comparison was given up; nothing was changed.',
    ...(remedy === undefined ? {} : { remedy: remedy.replace('Start the backup again', 'Start it again') }),
    cause,
  });
}
