import { refuseUnreadableLargeObjects } from '../../catalog/large-objects.ts';
import { refuseUnreadable } from '../../catalog/refuse-unreadable.ts';
import { sequencesToRead } from '../../catalog/sequences.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { checkAddress } from '../../connection/host-profile.ts';
import { gathered } from '../../connection/query-rows.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { readOmissions } from '../../selection/read-omissions.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { profileOf } from './host-schemas.ts';
import type { RestorePlan } from './restore-plan.ts';

/**
 * Refuses what the safety backup would refuse because this role cannot read everything. The safety backup reads the
 * whole database, so a table that is not restored can be in its way. Throws `restore-safety-backup-failed`.
 */
export async function refuseUnsavable(
  session: ServerTarget,
  plan: RestorePlan,
  settings: ConnectionSettings,
): Promise<void> {
  if (!plan.safetyBackup) return;
  const query = gathered(session.queryAll);
  try {
    const omissions = await readOmissions(query, safetyProfileOf(plan) ?? checkAddress(settings));
    await refuseUnreadable(query, omissions);
    await sequencesToRead(query, omissions);
    if (omissions.largeObjects === undefined) await refuseUnreadableLargeObjects(query);
  } catch (error) {
    throw error instanceof LifeboatError ? safetyBackupFailed(plan, error) : error;
  }
}

/** A target that has the schemas of the source's host is on the same host, whatever its host name is. */
export function safetyProfileOf({ hostSchemas, backup }: Pick<RestorePlan, 'hostSchemas' | 'backup'>) {
  return hostSchemas.size > 0 ? profileOf(backup.manifest) : undefined;
}

export function safetyBackupFailed({ target }: Pick<RestorePlan, 'target'>, error: LifeboatError) {
  return new LifeboatError({
    code: 'restore-safety-backup-failed',
    kind: error.kind === 'vault' ? 'vault' : 'target',
    what: `${target.display} could not be backed up before the restore: ${error.what}`,
    meaning: 'Nothing was changed.',
    remedy: `${error.remedy ?? 'Correct that and start again.'} Or restore without a safety backup (--no-safety-backup): what is overwritten is then lost for good.`,
    cause: error,
  });
}
