import { LifeboatError } from '../../ground/errors.ts';

const SHOWS = '`lifeboat list --timeline` shows what can be restored.';

/** A moment that cannot be restored from captured changes, and why. */
export function notRestorable(code: string, what: string, remedy: string, meaning?: string): LifeboatError {
  return new LifeboatError({
    code,
    kind: 'usage',
    what,
    ...(meaning === undefined ? {} : { meaning }),
    remedy: `${remedy} ${SHOWS}`.trim(),
  });
}

export function noChanges(source: string, url: string): LifeboatError {
  return new LifeboatError({
    code: 'changes-none',
    kind: 'vault',
    what: `${url} holds no captured changes of ${source}.`,
    meaning: 'Only the moments of its backups can be restored.',
    remedy:
      'Use --at <time> in place of --to, which takes the backup nearest to a moment; `lifeboat pitr enable` captures changes from now on.',
  });
}
