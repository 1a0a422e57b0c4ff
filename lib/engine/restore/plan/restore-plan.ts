import type { SequenceValue, TableData } from '../../archive/manifest.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { ExistingRelation, TargetFacts } from '../target/look-at-target.ts';
import type { ChosenEntry } from './choose-entries.ts';

/** An entry with its statements as they will be sent. */
export interface PlannedEntry extends ChosenEntry {
  readonly adapted: readonly string[];
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
  /** As they were asked for; empty for everything else. */
  readonly names: readonly string[];
  /** Keys of relations. */
  readonly relations: ReadonlySet<string>;
}

/** Where a table goes that gets another name. */
export interface NewName {
  readonly from: { readonly schema: string; readonly name: string };
  readonly to: { readonly schema: string; readonly name: string };
}

export interface EmptiedTable extends ExistingRelation {
  /** Of an extension's configuration table: `WHERE …`, which rows are the user's. */
  readonly condition: string | undefined;
}

/** What a restore will do, decided before anything is changed. */
export interface RestorePlan {
  readonly backup: BackupToRestore;
  readonly target: TargetFacts;
  readonly scope: RestoreScope;
  /** Everything that the backup holds, into a database that holds nothing: the whole catalog can be compared. */
  readonly isWhole: boolean;
  readonly intoExisting: boolean;
  /** The target is not there yet: it is what the database will be. */
  readonly createsDatabase: boolean;
  /** Goes on with a restore that was cut. */
  readonly resumes: boolean;
  /** Tables whose rows are loaded. */
  readonly tables: readonly TableData[];
  readonly entries: readonly PlannedEntry[];
  readonly leftOut: readonly ArchivedEntry[];
  readonly sequences: readonly SequenceValue[];
  readonly largeObjects: boolean;
  readonly newName: NewName | undefined;
  /** What is there under a name of the backup's: dropped and made anew. */
  readonly replaces: readonly ExistingRelation[];
  /** The host's, in the target: only rows go into their tables. */
  readonly hostSchemas: ReadonlySet<string>;
  /** Tables that are there and stay, and get rows: emptied first. All, of rows alone; else the host's, and extensions'. */
  readonly empties: readonly EmptiedTable[];
  /** Tables and sequences of the host's or an extension's that the role may not fill, or that are not there. */
  readonly keepsRows: ReadonlyArray<{ readonly name: string; readonly isThere: boolean }>;
  readonly rolesToCreate: readonly string[];
  readonly outsideReferences: readonly OutsideReference[];
  /** One at least; the last has everything that none names. */
  readonly tiers: readonly PlannedTier[];
  /** Set where they are those that the backup itself asks for: which of its names are none of its tables or schemas. */
  readonly backupTiers: { readonly unknown: readonly string[] } | undefined;
  /** Whether what is there is backed up first. */
  readonly safetyBackup: boolean;
  readonly jobs: number;
  readonly rows: number;
  readonly rawBytes: number;
  readonly expectedMs: number;
  /** What a person should know before saying yes. */
  readonly notes: readonly string[];
}
