import * as v from 'valibot';
import { nameOfBackup } from '../engine/archive/listing.ts';
import { connectionSettings } from '../engine/connection/connection-settings.ts';
import {
  type RestorePlan as EnginePlan,
  planRestore as planIn,
  type RestoreRequest,
  restore as restoreIn,
} from '../engine/restore/restore.ts';
import { checkOptions } from './check-options.ts';
import { targetSettings } from './drill.ts';
import { BACKUP_CHOICE, type BackupChoice, withBackup } from './open-vault.ts';
import type { ReportItem, ReportTotals } from './report-item.ts';
import { observerOf, RUN_OPTIONS, type RunOptions, strings, wholeNumber } from './run-options.ts';

/** What {@link restore} and {@link planRestore} take. */
export interface RestoreOptions extends RunOptions, BackupChoice {
  /** The database to restore into: `postgres://user:password@host:5432/database`. */
  readonly target: string;
  /** The source's URL. If it is given, a restore into the source is refused without `intoSource`. */
  readonly source?: string | undefined;
  /** Only these tables, as `schema.table`, or a name alone if only one schema has it. */
  readonly tables?: readonly string[] | undefined;
  readonly schemas?: readonly string[] | undefined;
  readonly excludeTables?: readonly string[] | undefined;
  readonly excludeSchemas?: readonly string[] | undefined;
  /** With one table: its name in the target, so that it is made as a copy. */
  readonly as?: string | undefined;
  /** What is restored. @defaultValue `all` */
  readonly content?: 'all' | 'schema' | 'data' | undefined;
  /** The role that restores owns everything. */
  readonly noOwner?: boolean | undefined;
  /** Leaves out GRANT, REVOKE and default privileges. */
  readonly noPrivileges?: boolean | undefined;
  /** Roles of the backup that have another name in the target. */
  readonly mapRoles?: Readonly<Record<string, string>> | undefined;
  /** Creates the database first; the server must not have one of that name. */
  readonly createDatabase?: boolean | undefined;
  /** Restores into a database that is not empty. What is replaced is backed up first. */
  readonly intoExisting?: boolean | undefined;
  /** Restores into the database that was backed up. */
  readonly intoSource?: boolean | undefined;
  /** Restores a backup that no drill has proven. */
  readonly unproven?: boolean | undefined;
  /** Continues a restore that was interrupted, with the same target and backup. */
  readonly resume?: boolean | undefined;
  /** Backs up what is in the target, unless that is empty. @defaultValue true */
  readonly safetyBackup?: boolean | undefined;
  /** Reads every restored table back and compares it. @defaultValue true */
  readonly compare?: boolean | undefined;
  /** Restores rows that are on the list of erasures, too. @defaultValue they are left out */
  readonly keepErased?: boolean | undefined;
  /** Leaves out rows that refer to erased ones, whatever their foreign key says. */
  readonly eraseFollowers?: boolean | undefined;
  /** Connections that work at the same time. @defaultValue 4 */
  readonly jobs?: number | undefined;
  /**
   * Called with the plan before the first change. The restore waits for it, and changes nothing if it throws.
   *
   * @defaultValue the restore begins at once
   */
  readonly confirm?: ((plan: RestorePlan) => Promise<void> | void) | undefined;
}

const RESTORE_OPTIONS = v.strictObject({
  ...RUN_OPTIONS,
  ...BACKUP_CHOICE,
  target: v.string(),
  source: v.optional(v.string()),
  tables: v.optional(strings),
  schemas: v.optional(strings),
  excludeTables: v.optional(strings),
  excludeSchemas: v.optional(strings),
  as: v.optional(v.string()),
  content: v.optional(v.picklist(['all', 'schema', 'data'])),
  noOwner: v.optional(v.boolean()),
  noPrivileges: v.optional(v.boolean()),
  mapRoles: v.optional(v.custom((map) => typeof map === 'object' && map !== null, 'it is no object')),
  createDatabase: v.optional(v.boolean()),
  intoExisting: v.optional(v.boolean()),
  intoSource: v.optional(v.boolean()),
  unproven: v.optional(v.boolean()),
  resume: v.optional(v.boolean()),
  safetyBackup: v.optional(v.boolean()),
  compare: v.optional(v.boolean()),
  keepErased: v.optional(v.boolean()),
  eraseFollowers: v.optional(v.boolean()),
  jobs: v.optional(wholeNumber),
  confirm: v.optional(RUN_OPTIONS.onNotice.wrapped),
});

/** A database that is restored into. */
export interface RestoreTarget {
  /** `user@host:port/database`, without a password. */
  readonly display: string;
  readonly database: string;
  readonly serverVersion: string;
}

/** What a restore is going to do. */
export interface RestorePlan {
  /** `class/source/id` of the backup. */
  readonly name: string;
  readonly target: RestoreTarget;
  readonly createsDatabase: boolean;
  /** Whether the target is backed up first. */
  readonly takesSafetyBackup: boolean;
  /** Tables and views of the target that are dropped and made again. */
  readonly replaces: readonly string[];
  /** Tables of the target that stay, and are emptied before they get rows. */
  readonly empties: readonly string[];
  readonly rolesToCreate: readonly string[];
  /** Tables whose rows are loaded, as `schema.name`. */
  readonly tables: readonly string[];
  /** What is left out by the list of erasures. */
  readonly erased: readonly ErasedFromTable[];
  readonly rows: number;
  /** The rows before compression, in bytes. */
  readonly rawBytes: number;
  /** An estimate of the time, in milliseconds. */
  readonly expectedMs: number;
  /** What a person should know before saying yes. */
  readonly notes: readonly string[];
}

/** Rows of one table that were left out because they are on the list of erasures, or that lost their reference to one. */
export interface ErasedFromTable {
  readonly table: string;
  readonly leftOut: number;
  readonly emptied: number;
}

/** What a restore did, and how it came out. Times are in UTC, in ISO 8601 format. */
export interface RestoreResult {
  /** `class/source/id` of the backup. */
  readonly name: string;
  /** `restored with failures`: something could not be restored, or differs from the source: see `items`. */
  readonly outcome: 'restored' | 'restored with failures';
  readonly target: RestoreTarget;
  /** `class/source/id` of the backup of what was there before; null if none was taken. */
  readonly safetyBackup: string | null;
  readonly resumed: boolean;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** From the first statement until the last table could be used. */
  readonly recoveryTimeMs: number;
  /** The whole time, with the safety backup and the comparison. */
  readonly durationMs: number;
  readonly totals: ReportTotals;
  /** Every table and sequence; other objects only if they do not match. */
  readonly items: readonly ReportItem[];
  readonly rolesCreated: readonly string[];
  /** What was left out by the list of erasures. */
  readonly erased: readonly ErasedFromTable[];
  readonly notes: readonly string[];
}

/**
 * Restores a backup, or a part of it, into a database of a server, and compares the result with what was read from
 * the source. Objects that are there already stay as they are without `intoExisting`.
 *
 * A statement that the server refuses is a failure in the result, and not an error. If the call is interrupted,
 * the same call with `resume` continues it.
 *
 * @throws {@link LifeboatError} - the restore was refused, or could not go on.
 */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  return await withRequest('restore', options, async (request) => {
    const { confirm } = options;
    const { backup, target, ...report } = await restoreIn({
      ...request,
      ...(confirm && { confirm: (plan) => confirm(describePlan(plan)) }),
    });
    const { outcome, safetyBackup, resumed, startedAt, finishedAt } = report;
    const { recoveryTimeMs, durationMs, totals, items, rolesCreated, erased, notes } = report;
    return {
      ...{ name: nameOfBackup(backup), outcome, target, safetyBackup, resumed, startedAt, finishedAt },
      ...{ recoveryTimeMs, durationMs, totals, items, rolesCreated, erased, notes },
    };
  });
}

/**
 * Plans what {@link restore} would do with the same options. Changes nothing.
 *
 * @throws {@link LifeboatError} - the restore would be refused.
 */
export async function planRestore(options: RestoreOptions): Promise<RestorePlan> {
  return await withRequest('planRestore', options, async (request) => describePlan(await planIn(request)));
}

async function withRequest<Result>(
  call: string,
  options: RestoreOptions,
  use: (request: RestoreRequest) => Promise<Result>,
): Promise<Result> {
  checkOptions(call, RESTORE_OPTIONS, options);
  const settings = targetSettings(options.target);
  const source = options.source === undefined ? undefined : connectionSettings(options.source);
  const { signal, jobs, safetyBackup, compare, createDatabase } = options;
  const { intoExisting, intoSource, unproven, resume, keepErased, eraseFollowers } = options;
  return await withBackup(options, (store, place) =>
    use({
      ...scopeIn(options),
      ...{ store, place, settings, source, intoExisting, intoSource, unproven, resume },
      ...{ keepErased, eraseFollowers },
      ...(createDatabase !== undefined && { createDatabase }),
      ...(safetyBackup !== undefined && { safetyBackup }),
      ...(compare !== undefined && { compare }),
      ...(jobs !== undefined && { jobs }),
      ...(signal && { signal }),
      observer: observerOf(options),
    }),
  );
}

function scopeIn(options: RestoreOptions) {
  const { tables, schemas, excludeTables, excludeSchemas } = options;
  const { as, content, noOwner, noPrivileges, mapRoles } = options;
  return {
    tables: tables && [...tables],
    schemas: schemas && [...schemas],
    excludeTables: excludeTables && [...excludeTables],
    excludeSchemas: excludeSchemas && [...excludeSchemas],
    ...{ as, content, noOwner, noPrivileges, mapRoles: mapRoles && { ...mapRoles } },
  };
}

function describePlan(plan: EnginePlan): RestorePlan {
  const { display, database, version } = plan.target;
  const { createsDatabase, safetyBackup, rolesToCreate, rows, rawBytes, expectedMs, notes } = plan;
  return {
    name: plan.backup.name,
    target: { display, database, serverVersion: version },
    ...{ createsDatabase, takesSafetyBackup: safetyBackup, rolesToCreate, rows, rawBytes, notes },
    replaces: plan.replaces.map(({ key }) => key),
    empties: plan.empties.map(({ key }) => key),
    tables: plan.tables.map(({ schema, name }) => `${schema}.${name}`),
    erased: plan.erased ?? [],
    expectedMs: Math.round(expectedMs),
  };
}
