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

/** A copy as a plan and a report tell of it in JSON. */
export interface CopySummary {
  readonly schema: { readonly from: string; readonly to: string } | null;
  readonly relations: ReadonlyArray<{ readonly from: string; readonly to: string }>;
  readonly madeBeside: readonly string[];
  readonly leftOut: ReadonlyArray<{ readonly name: string; readonly reason: string }>;
  readonly stillNames: readonly string[];
  readonly searchPaths: readonly string[];
}

export function copySummary(copy: PlannedCopy | undefined): CopySummary | null {
  if (copy === undefined) return null;
  const nameOf = ({ schema, name }: Place) => `${schema}.${name}`;
  return {
    schema: copy.schema ?? null,
    relations: copy.relations.map(({ from, to }) => ({ from: nameOf(from), to: nameOf(to) })),
    madeBeside: copy.madeBeside,
    leftOut: copy.leftOut.map(({ name, reason }) => ({ name, reason })),
    stillNames: copy.stillNames,
    searchPaths: copy.searchPaths,
  };
}
