import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DrillReport } from '../../lib/engine/archive/drill-report.ts';
import { type BackupPlace, manifestKey, proofKey, scheduledBackupId } from '../../lib/engine/archive/keys.ts';
import { formatManifest, type Manifest } from '../../lib/engine/archive/manifest.ts';
import { formatSealedJson } from '../../lib/engine/archive/sealed-json.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { writeFixtureArchive } from './archive-fixture.ts';
import { proofOf } from './proof-of.ts';
import { seededRandom } from './seeded-random.ts';

export interface History {
  readonly source: string;
  /** How many backups, a day apart, the newest first. */
  readonly backups: number;
  /** When the newest began. */
  readonly newest: Date;
  /** Which of them a drill has proven, the newest being 0. @default every one */
  readonly isProven?: (index: number) => boolean;
  /** Changes the report of each proof. */
  readonly report?: Partial<DrillReport>;
  /** Backups for which nothing is there. */
  readonly isMissing?: (index: number) => boolean;
  readonly reason?: string;
}

const DAY_MS = 86_400_000;

/**
 * Writes a vault's history into a directory: manifests and proofs, and the objects of the newest backup alone. As after a
 * year of runs, the files have the dates of their backups.
 */
export async function writeHistory(directory: string, history: History): Promise<void> {
  const { source, backups, newest, isProven = () => true, isMissing = () => false, report, reason } = history;
  const random = seededRandom(backups + source.length);
  const fraction = () => random.below(1000) / 1000;
  let sample: Manifest | undefined;
  for (let index = 0; index < backups; index += 1) {
    if (isMissing(index)) continue;
    const at = new Date(newest.getTime() - index * DAY_MS);
    const place: BackupPlace = {
      retentionClass: at.getUTCDate() === 1 ? 'monthly' : at.getUTCDay() === 0 ? 'weekly' : 'daily',
      source,
      backupId: scheduledBackupId(at),
    };
    if (!sample) {
      const archive = await writeFixtureArchive(openDirectoryStore(directory, { create: true }), {
        place,
        seal: false,
      });
      sample = archive.manifest;
    }
    const growth = 1 - index / 900;
    const wobble = 0.97 + fraction() * 0.06;
    const manifest = movedTo(sample, place, at, {
      storedBytes: Math.round(1.9e9 * growth * wobble),
      durationMs: Math.round(148_000 * growth * (0.9 + fraction() * 0.25)),
      rows: Math.round(41e6 * growth),
      ...(reason !== undefined && { reason }),
    });
    const sealedAt = new Date(Date.parse(manifest.sealedAt));
    await put(directory, manifestKey(place), formatManifest(manifest), sealedAt);
    if (!isProven(index)) continue;
    const finishedAt = new Date(sealedAt.getTime() + 30 * 60_000);
    const proof: DrillReport = {
      ...proofOf(manifest),
      startedAt: sealedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      recoveryTimeMs: Math.round(96_000 * growth * (0.92 + fraction() * 0.2)),
      durationMs: 170_000,
      ...report,
    };
    await put(directory, proofKey(place), formatSealedJson(proof), finishedAt);
  }
}

/** The same manifest at another place: its own keys have to lie there. The totals are not those of the objects. */
function movedTo(
  sample: Manifest,
  place: BackupPlace,
  at: Date,
  {
    storedBytes,
    durationMs,
    rows,
    reason,
  }: { storedBytes: number; durationMs: number; rows: number; reason?: string },
): Manifest {
  const { retentionClass, source, backupId } = sample;
  const moved = JSON.parse(
    JSON.stringify(sample).replaceAll(
      `${retentionClass}/${source}/${backupId}/`,
      `${place.retentionClass}/${place.source}/${place.backupId}/`,
    ),
  ) as Manifest;
  return {
    ...moved,
    ...place,
    durationMs,
    ...(reason !== undefined && { reason }),
    startedAt: at.toISOString(),
    sealedAt: new Date(at.getTime() + durationMs).toISOString(),
    snapshot: { ...moved.snapshot, takenAt: new Date(at.getTime() + 1000).toISOString() },
    totals: { rows, rawBytes: storedBytes * 6, storedBytes },
  };
}

/** Written past the store, which gives every file the date of now. */
async function put(directory: string, key: string, bytes: Uint8Array, at: Date): Promise<void> {
  const path = join(directory, key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  await utimes(path, at, at);
}
