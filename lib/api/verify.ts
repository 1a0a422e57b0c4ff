import * as v from 'valibot';
import { nameOfBackup } from '../engine/archive/listing.ts';
import { verifyBackup } from '../engine/verify/verify.ts';
import { checkOptions } from './check-options.ts';
import { BACKUP_CHOICE, type BackupChoice, withBackup } from './open-vault.ts';
import { RUN_OPTIONS, type RunOptions, strings, wholeNumber } from './run-options.ts';

/** What {@link verify} takes. */
export interface VerifyOptions extends RunOptions, BackupChoice {
  /** Tables, as `schema.name`: the backup is damaged if one of them or its rows are missing. */
  readonly requireTables?: readonly string[] | undefined;
  /** Objects that are read at the same time. @defaultValue 4 */
  readonly jobs?: number | undefined;
}

const VERIFY_OPTIONS = v.strictObject({
  ...RUN_OPTIONS,
  ...BACKUP_CHOICE,
  requireTables: v.optional(strings),
  jobs: v.optional(wholeNumber),
});

/** What is wrong with an object, a table, or another part of a backup. */
export interface VerificationProblem {
  /** `manifest`, `schema`, `object`, `table`, `large-objects` or `proof`. */
  readonly kind: string;
  readonly name: string;
  /** `unreadable`: the vault did not return it, so its state is unknown. */
  readonly verdict: 'damaged' | 'unreadable';
  readonly problem: string;
}

/** How a backup's objects are. */
export interface VerificationResult {
  /** `class/source/id` of the backup. */
  readonly name: string;
  readonly verdict: 'intact' | 'damaged' | 'unreadable';
  readonly problems: readonly VerificationProblem[];
  /** Figures that somebody should look at, though the backup is undamaged. */
  readonly warnings: readonly string[];
  readonly totals: {
    readonly objects: number;
    readonly tables: number;
    readonly rows: number;
    /** The rows before compression, in bytes. */
    readonly rawBytes: number;
    /** All objects as they are stored, in bytes. */
    readonly storedBytes: number;
  };
  readonly durationMs: number;
}

/**
 * Reads every object of a backup, and compares sizes, SHA-256, rows and digests with the manifest. Needs no
 * database, and writes nothing. A damaged backup is a result, and not an error. Only a drill proves that a backup
 * can be restored.
 *
 * @throws {@link LifeboatError} - the backup was not found, or the vault cannot be read.
 */
export async function verify(options: VerifyOptions): Promise<VerificationResult> {
  checkOptions('verify', VERIFY_OPTIONS, options);
  const { requireTables, jobs, signal, onProgress } = options;
  return await withBackup(options, async (store, place) => {
    const { verdict, items, warnings, totals, durationMs } = await verifyBackup(store, place, {
      ...(signal && { signal }),
      ...(jobs !== undefined && { concurrency: jobs }),
      ...(requireTables && { requireTables }),
      ...(onProgress && {
        onProgress: ({ objects, objectsDone, storedBytes, storedBytesDone }) =>
          onProgress({
            phase: 'verify',
            done: objectsDone,
            total: objects,
            bytes: storedBytesDone,
            expectedBytes: storedBytes,
          }),
      }),
    });
    const problems = items.flatMap((item): VerificationProblem[] => {
      if (item.verdict !== 'damaged' && item.verdict !== 'unreadable') return [];
      return [{ kind: item.kind, name: item.name, verdict: item.verdict, problem: item.problem ?? '' }];
    });
    const { objects, tables, rows, rawBytes, storedBytes } = totals;
    const figures = { objects, tables, rows, rawBytes, storedBytes };
    return { name: nameOfBackup(place), verdict, problems, warnings, totals: figures, durationMs };
  });
}
