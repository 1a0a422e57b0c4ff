import * as v from 'valibot';
import { nameOfBackup } from '../engine/archive/listing.ts';
import { connectionSettings } from '../engine/connection/connection-settings.ts';
import { drill as drillHere } from '../engine/drill/drill.ts';
import { drillOnServer } from '../engine/drill/drill-on-server.ts';
import { asTargetFailure } from '../engine/target/server/open-server-target.ts';
import { checkOptions } from './check-options.ts';
import { BACKUP_CHOICE, type BackupChoice, withBackup } from './open-vault.ts';
import type { ReportItem, ReportTotals } from './report-item.ts';
import { observerOf, RUN_OPTIONS, type RunOptions, wholeNumber } from './run-options.ts';

/** Your own check of the restored database. */
export interface DrillCheck {
  /** The check's name in the report. */
  readonly name: string;
  /** A query that returns one row of one column. */
  readonly sql: string;
  /** The value that it must return, as text: `t` for true. */
  readonly expect: string;
}

/** What {@link drill} takes. */
export interface DrillOptions extends RunOptions, BackupChoice {
  readonly checks?: readonly DrillCheck[] | undefined;
  /**
   * Where the disposable database is kept, which needs about 2.3 times the size of the rows.
   *
   * @defaultValue the temporary directory
   */
  readonly directory?: string | undefined;
  /**
   * Restores into this server instead, `postgres://…`, in a database that the drill creates and drops.
   *
   * @defaultValue a PostgreSQL inside this process
   */
  readonly target?: string | undefined;
  /** With `target`: connections that work at the same time. @defaultValue 4 */
  readonly jobs?: number | undefined;
}

const DRILL_OPTIONS = v.strictObject({
  ...RUN_OPTIONS,
  ...BACKUP_CHOICE,
  checks: v.optional(v.array(v.strictObject({ name: v.string(), sql: v.string(), expect: v.string() }))),
  directory: v.optional(v.string()),
  target: v.optional(v.string()),
  jobs: v.optional(wholeNumber),
});

/** How a drill came out. The first report that passed is kept in the vault, as `proof.json`. */
export interface DrillResult {
  /** `class/source/id` of the backup. */
  readonly name: string;
  /** `proven with skips`: all that could be compared is equal, and `items` says what could not. */
  readonly verdict: 'proven' | 'proven with skips' | 'failed';
  /** From the first byte that was fetched to the last object that was restored. */
  readonly recoveryTimeMs: number;
  /** The whole drill, with the comparison. */
  readonly durationMs: number;
  readonly totals: ReportTotals;
  /** All tables, sequences and checks, and everything else that does not match. */
  readonly items: readonly ReportItem[];
  /** What else a reader must know. */
  readonly notes: readonly string[];
}

/**
 * Restores a backup into a disposable PostgreSQL, and compares every table with what was read from the source. A
 * backup that does not pass is a result, with the verdict `failed`, and not an error.
 *
 * @throws {@link LifeboatError} - the drill could not run. That says nothing about the backup.
 */
export async function drill(options: DrillOptions): Promise<DrillResult> {
  checkOptions('drill', DRILL_OPTIONS, options);
  const { checks = [], directory, target, jobs, signal } = options;
  const server = target === undefined ? undefined : targetSettings(target);
  return await withBackup(options, async (store, place) => {
    const request = { store, place, checks, ...(signal && { signal }), observer: observerOf(options) };
    const report = server
      ? await drillOnServer({ ...request, server, ...(jobs !== undefined && { jobs }) })
      : await drillHere({ ...request, ...(directory !== undefined && { directory }) });
    const { verdict, recoveryTimeMs, durationMs, totals, items, notes } = report;
    return { name: nameOfBackup(place), verdict, recoveryTimeMs, durationMs, totals, items, notes };
  });
}

/** Reads the URL of a target. Throws `target-url-invalid`. */
export function targetSettings(url: string) {
  try {
    return connectionSettings(url);
  } catch (error) {
    throw asTargetFailure(error);
  }
}
