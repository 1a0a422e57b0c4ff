import { ROOM_WARNING_PERCENT } from '../../lib/contract/metric-names.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import type { BackupResult } from '../../lib/engine/backup/backup.ts';
import { estimateDrillBytes } from '../../lib/engine/target/disk-room.ts';

/**
 * The answer of the backup function; times in seconds, sizes in bytes. `drillRoomMb` is the /tmp of the
 * function that will drill the backup; undefined if no function does.
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
    /** How many objects of the source were left out; the manifest names them with reasons. */
    leftOut: manifest.leftOut.length,
    ...(drillRoom && { drillRoom }),
    ...(drillRoom && drillRoom.percent > ROOM_WARNING_PERCENT && { warnings: [roomWarning(drillRoom)] }),
  };
}

interface DrillRoom {
  readonly neededBytes: number;
  readonly roomBytes: number;
  /** Rounded up, so that a value above the limit is never shown as equal to it. */
  readonly percent: number;
}

function roomFor(manifest: Parameters<typeof estimateDrillBytes>[0], drillRoomMb: number): DrillRoom {
  const neededBytes = Math.ceil(estimateDrillBytes(manifest));
  const roomBytes = drillRoomMb * 1024 * 1024;
  return { neededBytes, roomBytes, percent: Math.ceil((neededBytes / roomBytes) * 100) };
}

function roomWarning({ percent }: DrillRoom): string {
  const what = `A drill of this backup needs about ${percent} % of the /tmp that its function has.`;
  const meaning = percent > 100 ? 'It will fail.' : 'Once it needs more than 100 %, every drill fails.';
  return `${what} ${meaning} Raise drillSize.temporaryStorageMb (at most 10240), leave out rows that you would not need back, or set drill to 'elsewhere' and run \`lifeboat drill\` on a machine.`;
}
