import * as v from 'valibot';
import { RETENTION_CLASSES } from '../contract/retention-classes.ts';
import { nameFromDatabase } from '../contract/source-names.ts';
import { checkRecipients } from '../engine/age/recipients.ts';
import { checkNameToBackUp, checkSlot, manualBackupId, scheduledBackupId } from '../engine/archive/keys.ts';
import { nameOfBackup } from '../engine/archive/listing.ts';
import { backup as backUp } from '../engine/backup/backup.ts';
import { connectionSettings } from '../engine/connection/connection-settings.ts';
import type { BackupSelection } from '../engine/selection/backup-selection.ts';
import { summaryOf } from '../present/json/backup-summary.ts';
import type { BackupInformation } from './backup-information.ts';
import { checkOptions } from './check-options.ts';
import { type RetentionClass, withVault } from './open-vault.ts';
import { observerOf, RUN_OPTIONS, type RunOptions, strings, wholeNumber } from './run-options.ts';

/** What {@link backup} takes. */
export interface BackupOptions extends RunOptions {
  /** The database: `postgres://user:password@host:5432/database?sslmode=…`. No variable is read beside it. */
  readonly source: string;
  /** The source's name in the vault. @defaultValue the database's name */
  readonly name?: string | undefined;
  /** @defaultValue `manual` */
  readonly retentionClass?: RetentionClass | undefined;
  /** The planned time of a scheduled run. A slot is backed up only once, however often this is called. */
  readonly slot?: Date | undefined;
  /** Why the backup is taken, for people who find it later: `before migration 005`. */
  readonly reason?: string | undefined;
  /** Leaves out rows and large objects. */
  readonly schemaOnly?: boolean | undefined;
  /**
   * Only these schemas, and the tables of `tables`. Patterns are those of pg_dump: `tenant_*`. Exclusions win.
   */
  readonly schemas?: readonly string[] | undefined;
  readonly excludeSchemas?: readonly string[] | undefined;
  /** Only these tables, such as `app.orders`, and the schemas of `schemas`. */
  readonly tables?: readonly string[] | undefined;
  readonly excludeTables?: readonly string[] | undefined;
  /** Tables that are backed up without their rows. */
  readonly excludeTableData?: readonly string[] | undefined;
  /** Lists of tables and schemas that a restore makes usable first, in order of priority. */
  readonly tiers?: ReadonlyArray<readonly string[]> | undefined;
  /** Connections that copy at the same time. @defaultValue 4, fewer for a small database */
  readonly jobs?: number | undefined;
  /** Megabytes (10^6 bytes) of rows to read per second at most. @defaultValue no limit */
  readonly maxMegabytesPerSecond?: number | undefined;
  /** Milliseconds after which the backup is given up. @defaultValue 15 minutes */
  readonly longestSnapshotMs?: number | undefined;
  /** Public keys of age that definitions and rows are encrypted to. @defaultValue not encrypted by Lifeboat */
  readonly ageRecipients?: readonly string[] | undefined;
  /** Creates the directory of a vault if it is missing. @defaultValue false: an unmounted disk looks the same */
  readonly createVault?: boolean | undefined;
}

const BACKUP_OPTIONS = v.strictObject({
  ...RUN_OPTIONS,
  source: v.string(),
  name: v.optional(v.string()),
  retentionClass: v.optional(v.picklist(RETENTION_CLASSES)),
  slot: v.optional(v.date()),
  reason: v.optional(v.string()),
  schemaOnly: v.optional(v.boolean()),
  schemas: v.optional(strings),
  excludeSchemas: v.optional(strings),
  tables: v.optional(strings),
  excludeTables: v.optional(strings),
  excludeTableData: v.optional(strings),
  tiers: v.optional(v.array(strings)),
  jobs: v.optional(wholeNumber),
  maxMegabytesPerSecond: v.optional(v.pipe(v.number(), v.gtValue(0))),
  longestSnapshotMs: v.optional(wholeNumber),
  ageRecipients: v.optional(strings),
  createVault: v.optional(v.boolean()),
});

/** What {@link backup} resolves to. */
export interface BackupResult {
  /** `already-sealed`: another run has made the backup of this slot. */
  readonly outcome: 'sealed' | 'already-sealed';
  /** `class/source/id`: every call and every command takes it. */
  readonly name: string;
  /** What was sealed. Undefined if another run sealed it. */
  readonly backup: BackupInformation | undefined;
}

/**
 * Takes one consistent backup of a database (PostgreSQL 13 to 19) while it is in use. The backup exists once all of
 * it is in the vault; until then there is none.
 *
 * @throws {@link LifeboatError} - what failed, what it means, and what to do. Nothing was sealed then.
 */
export async function backup(options: BackupOptions): Promise<BackupResult> {
  checkOptions('backup', BACKUP_OPTIONS, options);
  const { source, name, retentionClass = 'manual', slot, signal, reason, jobs, tiers } = options;
  const { maxMegabytesPerSecond, longestSnapshotMs, ageRecipients, schemaOnly, createVault } = options;
  signal?.throwIfAborted();
  const settings = connectionSettings(source);
  const now = new Date();
  const place = {
    retentionClass,
    source: checkNameToBackUp(name ?? nameFromDatabase(settings.database)),
    backupId: slot ? scheduledBackupId(checkSlot(slot, now)) : manualBackupId(now),
  };
  const recipients = ageRecipients && (await checkRecipients(ageRecipients));
  const made = await withVault(
    options.vault,
    (store) =>
      backUp({
        ...{ settings, store, place, recipients, selection: selectionOf(options) },
        scope: schemaOnly ? 'schema-only' : 'full',
        ...(reason !== undefined && { reason }),
        ...(tiers && { tiers }),
        ...(jobs !== undefined && { jobs }),
        ...(maxMegabytesPerSecond !== undefined && { maxMegabytesPerSecond }),
        ...(longestSnapshotMs !== undefined && { longestSnapshotMs }),
        ...(signal && { signal }),
        observer: observerOf(options),
      }),
    { create: createVault ?? false },
  );
  return {
    outcome: made.outcome,
    name: nameOfBackup(made.place),
    backup: made.outcome === 'sealed' ? summaryOf(made.place, made.manifest) : undefined,
  };
}

function selectionOf(options: BackupOptions): BackupSelection {
  const { schemas, excludeSchemas, tables, excludeTables, excludeTableData } = options;
  return {
    ...(schemas && { schemas }),
    ...(excludeSchemas && { excludeSchemas }),
    ...(tables && { tables }),
    ...(excludeTables && { excludeTables }),
    ...(excludeTableData && { excludeTableData }),
  };
}
