import { isRetentionClass } from '../../engine/archive/keys.ts';
import { listBackups } from '../../engine/archive/listing.ts';
import { formatDuration } from '../../present/terminal/units.ts';
import type { Context } from '../program/context.ts';
import type { Candidate } from './candidates.ts';

/** Nobody waits longer than this for a list of names. */
const PATIENCE_MS = 2000;
const MOST = 50;

/** The newest backups of the vault that the command line or the environment names; none if it does not answer in time. */
export async function backupCandidates(
  context: Context,
  given: ReadonlyMap<string, string>,
  typed: string,
): Promise<Candidate[]> {
  const vault = given.get('vault');
  if (vault === undefined && !context.environment.LIFEBOAT_VAULT) return [];
  const [source, retentionClass] = [given.get('name'), given.get('class')];
  const filter = {
    source,
    retentionClass:
      retentionClass !== undefined && isRetentionClass(retentionClass) ? retentionClass : undefined,
  };
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const { backups } = await context.withVault(vault, (store) => listBackups(store, filter, { signal }));
    return backups
      .map(({ place, sealedAt }) => ({
        value: place.backupId,
        description: `${place.retentionClass}, ${place.source}, ${formatDuration(context.now().getTime() - sealedAt.getTime())} ago`,
      }))
      .filter(({ value }) => value.startsWith(typed))
      .slice(0, MOST);
  } catch {
    // Whoever runs the command itself is told what is wrong with the vault.
    return [];
  }
}
