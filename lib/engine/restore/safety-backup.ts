import { checkRecipients } from '../age/recipients.ts';
import { type BackupPlace, manualBackupId, safetySource } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { safetyBackupFailed, safetyProfileOf } from './plan/refuse-unsavable.ts';
import type { RestorePlan } from './plan/restore-plan.ts';

export interface SafetyBackupOptions {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/**
 * Backs the target up into the same vault, under a source name of its own: otherwise the newest backup of the
 * real source would be one of the content that a restore overwrites. It is encrypted to the recipients that
 * the plan names: those of the backup that is restored, because it may hold the same rows, unless a person named others. Throws `restore-safety-backup-failed`;
 * nothing was changed then.
 */
export async function takeSafetyBackup(
  plan: RestorePlan,
  options: SafetyBackupOptions,
): Promise<string | undefined> {
  if (!plan.safetyBackup) return undefined;
  const place: BackupPlace = {
    retentionClass: 'manual',
    source: safetySource(plan.target.database),
    backupId: manualBackupId(new Date()),
  };
  // Loaded only now: it brings pg_dump, and few restores have a target that is not empty.
  const { backup } = await import('../backup/backup.ts');
  const { settings, store, signal, observer } = options;
  const hostProfile = safetyProfileOf(plan);
  try {
    await backup({
      ...(plan.safetyRecipients.length > 0
        ? { recipients: await checkRecipients(plan.safetyRecipients) }
        : {}),
      settings,
      store,
      place,
      reason: `before restore of ${plan.backup.name}`,
      jobs: plan.jobs,
      signal,
      ...(hostProfile ? { hostProfile } : {}),
      ...(observer ? { observer: asSafety(observer) } : {}),
    });
    return nameOfBackup(place);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LifeboatError)) throw error;
    throw safetyBackupFailed(plan, error);
  }
}

/** Marks the phases of the safety backup, so that nobody takes its copying for the restore's. */
function asSafety(observer: Observer): Observer {
  const { onProgress } = observer;
  if (!onProgress) return observer;
  return {
    ...observer,
    onProgress: (progress) => onProgress({ ...progress, phase: `safety ${progress.phase}` }),
  };
}
