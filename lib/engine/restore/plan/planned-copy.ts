import type { LifeboatError } from '../../ground/errors.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { Place, Places } from '../renaming/places.ts';

/** A schema, or several tables, that are restored under other names. */
export interface PlannedCopy {
  /** The backup in its own names. */
  readonly original: BackupToRestore;
  /** The backup, with the new names in its schema and its tables. */
  readonly backup: BackupToRestore;
  /** What is restored, in the new names. */
  readonly scope: RestoreScope;
  readonly places: Places;
  /** Set for a whole schema. */
  readonly schema: { readonly from: string; readonly to: string } | undefined;
  /** The tables, views and sequences, each with its new place. */
  readonly relations: ReadonlyArray<{ readonly from: Place; readonly to: Place }>;
  /** Types, functions and the like that are made beside, because the target's own are missing or others. */
  readonly madeBeside: readonly string[];
  /** What is not a part of the copy, with the reason. */
  readonly leftOut: ReadonlyArray<{
    readonly name: string;
    readonly reason: string;
    readonly entry: ArchivedEntry;
  }>;
  /** Objects of the copy with a text that still names the old schema. */
  readonly stillNames: readonly string[];
  /** Routines whose search_path names the copy now. */
  readonly searchPaths: readonly string[];
  /** Why it cannot be restored. */
  readonly refused: LifeboatError | undefined;
}
