import { type BackupPlace, backupPrefix } from '../../engine/archive/keys.ts';
import type { UnneededChanges } from '../../engine/keep/changes/unneeded-changes.ts';
import type { PrunedFolder } from '../../engine/keep/prune/prune.ts';
import type { PruneVerdict, StayReason } from '../../engine/keep/prune/prune-plan.ts';
import type { RemovedChanges } from '../../engine/keep/prune/remove-changes.ts';

/** What becomes of one folder of the vault, in JSON and for the text. */
export interface PruneSummary extends BackupPlace {
  readonly name: string;
  readonly kind: PruneVerdict['kind'];
  readonly verdict: 'goes' | 'stays';
  readonly reason: StayReason | null;
  readonly daysAreOverAt: string | null;
  readonly newer: string | null;
  readonly detail: string | null;
  readonly storedBytes: number | null;
}

export function pruneSummary({ place, goes, daysAreOverAt, newer, ...rest }: PruneVerdict): PruneSummary {
  return {
    name: nameOf(place),
    ...place,
    kind: rest.kind,
    verdict: goes ? 'goes' : 'stays',
    reason: rest.reason,
    daysAreOverAt: daysAreOverAt?.toISOString() ?? null,
    newer: newer && nameOf(newer),
    detail: rest.detail,
    storedBytes: rest.storedBytes,
  };
}

export interface RemovedSummary {
  readonly name: string;
  readonly objects: number;
  readonly storedBytes: number;
  readonly hidden: boolean;
  readonly foreign: readonly string[];
}

export function removedSummary({ verdict, ...folder }: PrunedFolder): RemovedSummary {
  return { name: nameOf(verdict.place), ...folder };
}

export interface ChangesSummary {
  readonly source: string;
  readonly epoch: number;
  readonly reason: UnneededChanges['why'];
  readonly objects: number;
  readonly storedBytes: number;
}

/** Captured changes of one epoch that go. */
export function changesSummary({ source, epoch, why, objects }: UnneededChanges): ChangesSummary {
  const storedBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { source, epoch, reason: why, objects: objects.length, storedBytes };
}

export function removedChangesSummary({ why, ...removed }: RemovedChanges): ChangesSummary {
  return { ...removed, reason: why };
}

function nameOf(place: BackupPlace): string {
  return backupPrefix(place).slice(0, -1);
}
