import { LifeboatError } from '../ground/errors.ts';

/** The changes do not fit the rows they change. `problem` completes "The changes of public.orders …". Never a row. */
export function replayMismatch(table: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'replay-mismatch',
    kind: 'verification',
    what: `The changes of ${table} ${problem}.`,
    meaning:
      'The base and the captured changes do not fit together, so the result would be wrong. Nothing after this was replayed.',
    remedy:
      'Restore another moment, or the backup alone; `lifeboat list --timeline` shows what is proven. Please report it with the numbers above.',
  });
}
