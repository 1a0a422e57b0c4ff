import { type BackupPlace, manualBackupId, safetySource } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { profileOf } from './plan/host-schemas.ts';
import type { RestorePlan } from './plan/restore-plan.ts';

export interface SafetyBackupOptions {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/**
 * Backs the target up as it is, into the same vault, under a source's name of its own: the newest backup of the real source
 * must not be one of what a restore is about to overwrite. Throws `restore-safety-backup-failed`, and nothing was changed.
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
  // Loaded only now: pg_dump comes with it, and few restores go where something is.
  const { backup } = await import('../backup/backup.ts');
  const { settings, store, signal, observer } = options;
  try {
    await backup({
      settings,
      store,
      place,
      reason: `before restore of ${plan.backup.name}`,
      jobs: plan.jobs,
      signal,
      // A target that has the schemas of the source's host is of the same host, whatever its name says.
      ...(plan.hostSchemas.size > 0 ? { hostProfile: profileOf(plan.backup.manifest) } : {}),
      ...(observer ? { observer: asSafety(observer) } : {}),
    });
    return nameOfBackup(place);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LifeboatError)) throw error;
    throw new LifeboatError({
      code: 'restore-safety-backup-failed',
      kind: error.kind === 'vault' ? 'vault' : 'target',
      what: `What is in ${plan.target.display} could not be backed up before the restore: ${error.what}`,
      meaning: 'Nothing was changed.',
      remedy: `${error.remedy ?? 'Mend that and start again.'} Or do without it, by --no-safety-backup: what is overwritten is then lost for good.`,
      cause: error,
    });
  }
}

/** Whoever watches should not take its copying for the restore's. */
function asSafety(observer: Observer): Observer {
  const { onProgress } = observer;
  if (!onProgress) return observer;
  return {
    ...observer,
    onProgress: (progress) => onProgress({ ...progress, phase: `safety ${progress.phase}` }),
  };
}
