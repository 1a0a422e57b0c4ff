import { ROOM_WARNING_PERCENT } from '../../lib/contract/metric-names.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import type { BackupResult } from '../../lib/engine/backup/backup.ts';
import { estimateDrillBytes } from '../../lib/engine/target/disk-room.ts';

/**
 * What whoever invoked the backup function gets to read; times in seconds, sizes in bytes. `drillRoomMb` is the /tmp of the
 * function that will drill it; undefined where none does.
 */
export function backupAnswer(result: BackupResult, drillRoomMb?: number) {
  const backup = nameOfBackup(result.place);
  if (result.outcome === 'already-sealed') return { outcome: result.outcome, backup };
  const { manifest } = result;
  const drillRoom = drillRoomMb === undefined ? undefined : roomFor(manifest, drillRoomMb);
  return {
    outcome: result.outcome,
    backup,
    scope: manifest.scope,
    ...(manifest.reason === undefined ? {} : { reason: manifest.reason }),
    snapshotAt: manifest.snapshot.takenAt,
    sealedAt: manifest.sealedAt,
    durationSeconds: manifest.durationMs / 1000,
    tables: manifest.tables.length,
    ...manifest.totals,
    /** How many things of the source are not in it; the manifest names them with the reasons. */
    leftOut: manifest.leftOut.length,
    ...(drillRoom && { drillRoom }),
    ...(drillRoom && drillRoom.percent > ROOM_WARNING_PERCENT && { warnings: [roomWarning(drillRoom)] }),
  };
}

interface DrillRoom {
  readonly neededBytes: number;
  readonly roomBytes: number;
  /** Rounded up: what is over the bound is never said to be at it. */
  readonly percent: number;
}

function roomFor(manifest: Parameters<typeof estimateDrillBytes>[0], drillRoomMb: number): DrillRoom {
  const neededBytes = Math.ceil(estimateDrillBytes(manifest));
  const roomBytes = drillRoomMb * 1024 * 1024;
  return { neededBytes, roomBytes, percent: Math.ceil((neededBytes / roomBytes) * 100) };
}

function roomWarning({ percent }: DrillRoom): string {
  const what = `A drill of this backup needs about ${percent} % of the room in /tmp that its function has.`;
  const meaning = percent > 100 ? 'It will fail.' : 'When it needs more than all of it, every drill fails.';
  return `${what} ${meaning} Raise drillSize.temporaryStorageMb (at most 10240), leave out rows that nobody wants back, or set drill to 'elsewhere' and drill on a machine.`;
}
