import { isSourceError } from '../../connection/query-failure.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { SchemaChangedError } from '../refuse-changed-schema.ts';

/**
 * Errors that may come from a table, type or function that was renamed or dropped while it was being read.
 */
const MAY_COME_OF_A_CHANGE = new Set(['source-query-failed', 'source-damaged', 'schema-dump-failed']);

/**
 * Handles the failure of a copy or of pg_dump. `look` throws if a change of the catalog explains the failure:
 * if a schema is renamed, for example, its tables are unknown to sessions that have not read them yet.
 */
export function tellOfChange(look: () => Promise<void>): (failure: unknown) => Promise<never> {
  return async (failure) => {
    const mayCome =
      failure instanceof LifeboatError ? MAY_COME_OF_A_CHANGE.has(failure.code) : isSourceError(failure);
    if (mayCome) {
      await look().catch((reason: unknown) => {
        if (reason instanceof SchemaChangedError) throw reason;
      });
    }
    throw failure;
  };
}
