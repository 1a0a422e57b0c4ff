import { LifeboatError } from '../ground/errors.ts';

/** Errors of the source whose words are about a backup, not about a comparison. */
const ABOUT_BACKUPS = new Set(['source-query-failed', 'source-recovery-conflict', 'source-schema-changed']);

/** Rewords a session's error for a comparison or an export. Other errors are returned unchanged. */
export function readingFailed(
  failure: unknown,
  meaning = 'The comparison stopped; nothing was changed.',
): unknown {
  if (!(failure instanceof LifeboatError) || !ABOUT_BACKUPS.has(failure.code)) return failure;
  const { code, kind, what, remedy, cause } = failure;
  return new LifeboatError({
    code,
    kind,
    what,
    meaning,
    ...(remedy === undefined ? {} : { remedy: remedy.replace('Start the backup again', 'Start it again') }),
    cause,
  });
}
