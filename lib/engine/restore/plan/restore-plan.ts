import type { SequenceValue, TableData } from '../../archive/manifest.ts';
import type { ErasedRows } from '../../erasures/erasing.ts';
import type { PlannedMoment } from '../../replay/plan/moment.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { RowRewriting } from '../archived/row-rewriting.ts';
import type { ExistingRelation, TargetFacts } from '../target/look-at-target.ts';
import type { NewerPart } from '../target/parts-there.ts';
import type { ChosenEntry } from './choose-entries.ts';
import type { Dependents } from './dependents.ts';
import type { PlannedCopy } from './planned-copy.ts';
import type { PlannedRole } from './planned-roles.ts';

/** An entry with its statements as they will be sent. */
export interface PlannedEntry extends ChosenEntry {
  readonly adapted: readonly string[];
  /** Sent right after the first of them, if that created its object: see untouched-grants.ts. */
  readonly untouches?: readonly string[];
  /** `exchange`: in the transaction that exchanges tables. `after`: once that is committed. @default beside */
  readonly stage?: 'exchange' | 'after';
}

/** The schema of the restore's own in which everything of a schema of the backup is made first. */
export type Staging = ReadonlyMap<string, string>;

/** What a restore locks against everybody else, and how long it tries to. */
export interface PlannedLocks {
  /** Keys of views and tables that are locked for themselves, in the order in which they are locked. */
  readonly alone: readonly string[];
  /** Keys of tables on which only writing waits. */
  readonly againstWriting: readonly string[];
  /** How long the restore waits for them in all, over many short attempts. */
  readonly patienceMs: number;
}

/** A foreign key to a table that is not restored. */
export interface OutsideReference {
  /** `orders_user_id_fkey on public.orders`. */
  readonly name: string;
  /** `public.users`. */
  readonly table: string;
  /** Whether the target has that table: then the key is made, if its rows allow it. */
  readonly isThere: boolean;
}

export interface PlannedTier {
  /** The names that were asked for; empty for the tier that takes everything else. */
  readonly names: readonly string[];
  /** Keys of relations. */
  readonly relations: ReadonlySet<string>;
}

/** The old and the new place of a table that gets another name. */
export interface NewName {
  readonly from: { readonly schema: string; readonly name: string };
  readonly to: { readonly schema: string; readonly name: string };
}

export interface EmptiedTable extends ExistingRelation {
  /** For an extension's configuration table, the `WHERE …` that tells which rows are the user's. */
  readonly condition: string | undefined;
}

/** What of a plan was done by the restore that it continues, and what there is in all. */
export interface DoneBefore {
  readonly tables: readonly [done: number, all: number];
  readonly rawBytes: readonly [done: number, all: number];
  /** Keys, indexes and foreign keys. */
  readonly indexes: readonly [done: number, all: number];
}

/** What a restore will do, decided before anything is changed. */
export interface RestorePlan {
  readonly backup: BackupToRestore;
  readonly target: TargetFacts;
  readonly scope: RestoreScope;
  /** Set when changes are replayed onto the backup's rows: the moment that the target shows then. */
  readonly moment?: PlannedMoment | undefined;
  /** The whole backup goes into an empty database, so that the whole catalog can be compared. */
  readonly isWhole: boolean;
  readonly intoExisting: boolean;
  /** The target is the database that the backup was taken of, or the person agreed to that. */
  readonly intoSource: boolean;
  /** The database does not exist yet; `target` then says what it will be. */
  readonly createsDatabase: boolean;
  /** Continues a restore that was interrupted. */
  readonly resumes: boolean;
  /** Tables whose rows are loaded. */
  readonly tables: readonly TableData[];
  readonly entries: readonly PlannedEntry[];
  readonly leftOut: readonly ArchivedEntry[];
  readonly sequences: readonly SequenceValue[];
  readonly largeObjects: boolean;
  readonly newName: NewName | undefined;
  /** Set when a schema, or several tables, are restored under other names. */
  readonly copy: PlannedCopy | undefined;
  /** Set when everything is made in schemas of the restore's own first. */
  readonly staging: Staging | undefined;
  /** Whether what was made beside takes the place of what is there, in one short transaction at the end. */
  readonly exchanges: boolean;
  readonly locks: PlannedLocks;
  readonly dependents: Dependents;
  /** The decision that a resumed restore keeps. */
  readonly dependentsAsked: NonNullable<RestoreScope['dependents']>;
  /** Relations of the target that have a name of the backup's: they are dropped and created again. */
  readonly replaces: readonly ExistingRelation[];
  /** What the replaced relations have, or no longer have, since the backup, and lose or get back. */
  readonly newer: readonly NewerPart[];
  /** Schemas of the target that its host made: only rows are loaded into their tables. */
  readonly hostSchemas: ReadonlySet<string>;
  /**
   * Tables of the target that stay and get rows; they are emptied first. With `content` `data` these are all
   * tables, otherwise only those of the host and of extensions.
   */
  readonly empties: readonly EmptiedTable[];
  /** Tables and sequences of the host or an extension that the role may not fill or the target lacks. */
  readonly keepsRows: ReadonlyArray<{ readonly name: string; readonly isThere: boolean }>;
  readonly rolesToCreate: readonly string[];
  /** The same, with what they may do. */
  readonly roles: readonly PlannedRole[];
  readonly outsideReferences: readonly OutsideReference[];
  /** At least one. The last tier has everything that no tier names. */
  readonly tiers: readonly PlannedTier[];
  /** Set when the tiers are the backup's own: the names in them that are no table or schema of the backup. */
  readonly backupTiers: { readonly unknown: readonly string[] } | undefined;
  /** Whether the target is backed up first. */
  readonly safetyBackup: boolean;
  /** Who can open the safety backup; empty if it is not encrypted, or not taken. */
  readonly safetyRecipients: readonly string[];
  readonly jobs: number;
  readonly rows: number;
  readonly rawBytes: number;
  readonly expectedMs: number;
  /** Disk space that tables and indexes take in the target, estimated; without write-ahead log. */
  readonly neededBytes: number;
  /** Set if it continues a restore. */
  readonly doneBefore: DoneBefore | undefined;
  /** Rows that are left out because they are on the list of erasures. @default none */
  readonly erased?: readonly ErasedRows[];
  /** Changes rows before the target gets them. @default they stay as they are */
  readonly rewriting?: RowRewriting;
  /** What a person should know before saying yes. */
  readonly notes: readonly string[];
}
