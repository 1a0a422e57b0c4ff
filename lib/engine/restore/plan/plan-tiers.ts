import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { RestorePlan } from './restore-plan.ts';
import { carriedBy, findTiers, type Selection, selectTiers } from './select-relations.ts';

/** The tiers that were asked for, or else the backup's own. Relations that no tier names come last. */
export function tiersOf(
  { schema, manifest }: BackupToRestore,
  scope: RestoreScope,
  { relations }: Selection,
): Pick<RestorePlan, 'tiers' | 'backupTiers'> {
  const own = scope.tiers === undefined && takesTiersOfBackup(scope) ? manifest.tiers : undefined;
  const found = own && findTiers(schema, carriedBy(manifest), own);
  const wanted = found?.tiers ?? scope.tiers ?? [];
  const named = selectTiers(schema, carriedBy(manifest), wanted, relations);
  const taken = new Set(named.flatMap((tier) => [...tier]));
  const rest = new Set([...relations].filter((key) => !taken.has(key)));
  const tiers = [
    ...named.map((tier, index) => ({ names: wanted[index] ?? [], relations: tier })),
    { names: [], relations: rest },
  ].filter((tier, index, all) => tier.relations.size > 0 || index === all.length - 1);
  return { tiers, backupTiers: found && { unknown: found.unknown } };
}

/** With `content` `data` references decide the order, and may cross tiers. One table needs no order. */
function takesTiersOfBackup({ noTiers, content, as }: RestoreScope): boolean {
  return noTiers !== true && (content ?? 'all') === 'all' && as === undefined;
}
