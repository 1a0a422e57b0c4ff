import type { DrillLaunch } from '../../lib/contract/drill-task.ts';
import type { DrillReport } from '../../lib/engine/archive/drill-report.ts';
import type { BackupPlace } from '../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { serverDiskBytes } from '../../lib/engine/drill/server-room.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { readBackup } from '../../lib/engine/restore/archived/read-backup.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { megabytes } from '../../lib/engine/target/disk-room.ts';
import { variablesOfDrill } from '../shared/environment.ts';
import { logger } from '../shared/log.ts';
import { drillTaskSize, MOST_VOLUME_GIB } from './drill-task-size.ts';
import { startDrillTask } from './start-drill-task.ts';

/** The answer of a function that had a drill done by a task. */
export interface HandedOver {
  readonly outcome: 'handed-over';
  /** `class/source/id` */
  readonly backup: string;
  readonly why: readonly string[];
  readonly taskArn: string;
  readonly vcpu: number;
  readonly memoryGb: number;
  /** Of the task itself, or of a volume that is made for it. */
  readonly storageGib: number;
}

/** Starts the task that drills this backup, and says so. */
export async function handOver(
  store: ObjectStore,
  place: BackupPlace,
  launch: DrillLaunch,
  why: readonly string[],
  requestId: string,
  signal: AbortSignal,
): Promise<HandedOver> {
  const backup = nameOfBackup(place);
  const archived = await readBackup(store, place, signal);
  const diskBytes = serverDiskBytes(archived);
  const size = drillTaskSize(diskBytes);
  if (!size) throw tooLarge(backup, diskBytes);
  const { manifest } = archived;
  const { taskArn } = await startDrillTask({
    ...{ launch, backup, manifest, size, requestId },
    variables: variablesOfDrill(),
  });
  const answer: HandedOver = {
    ...{ outcome: 'handed-over', backup, why, taskArn },
    vcpu: Number(size.cpu) / 1024,
    memoryGb: size.memoryMb / 1024,
    storageGib: size.volumeGib ?? size.ephemeralGib ?? 0,
  };
  logger.info('drill handed over to a task', { ...answer });
  return answer;
}

/** What was skipped, and what a server could prove. Rows that are not in the backup can be proven nowhere. */
export function skippedHere({ items }: DrillReport): string[] {
  return items
    .filter(
      ({ verdict, reason = '' }) =>
        verdict === 'skipped' && !reason.startsWith('its rows are not in the backup'),
    )
    .map(({ kind, name, reason = '' }) => `${kind} ${name}: ${reason}`);
}

function tooLarge(backup: string, diskBytes: number): LifeboatError {
  return new LifeboatError({
    code: 'drill-no-room',
    kind: 'drill',
    what: `The drill of ${backup} needs about ${megabytes(diskBytes)} of disk, and the largest volume of a task has ${MOST_VOLUME_GIB} GiB.`,
    meaning: 'Nothing was fetched, and nothing was proven.',
    remedy: 'Run `lifeboat drill --target` with a server of your own, and set drill to "elsewhere".',
  });
}
