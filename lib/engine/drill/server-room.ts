import { LifeboatError } from '../ground/errors.ts';
import type { BackupToRestore } from '../restore/archived/read-backup.ts';
import { neededDiskBytes } from '../restore/plan/needed-disk.ts';
import { freeDiskBytes, megabytes } from '../target/disk-room.ts';

/** Refuses a drill on a server whose disk can be seen from here, before hours of loading end at a full disk. */
export async function checkServerRoom(directory: string, neededBytes: number): Promise<void> {
  const freeBytes = await freeDiskBytes(directory);
  if (freeBytes >= neededBytes) return;
  throw new LifeboatError({
    code: 'drill-no-room',
    kind: 'drill',
    what: `The drill needs about ${megabytes(neededBytes)} on the disk of its server, where ${megabytes(freeBytes)} are free.`,
    meaning: 'No row was loaded, and nothing was proven. The backup is unchanged.',
    remedy: 'Give the server more room.',
  });
}

/** What a server has besides: an empty cluster, its log of transactions, and what a sort of an index puts aside. */
const EMPTY_BYTES = 1024 ** 3;
const SORTS = 1.3;

/** Estimates the disk that a server for one drill of a backup should have, without a server to ask. */
export function serverDiskBytes({ manifest, schema }: BackupToRestore): number {
  const { tables, totals, largeObjects } = manifest;
  const { rawBytes, rows } = totals;
  const needed = neededDiskBytes({ tables, rawBytes, rows, entries: schema.entries, backup: { schema } });
  return EMPTY_BYTES + Math.ceil(SORTS * (needed + largeObjects.rawBytes));
}
