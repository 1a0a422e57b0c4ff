import { HOST_PROFILES } from '../../contract/host-profiles.ts';
import { readNamePattern } from '../../contract/name-patterns.ts';
import type { BackupOrderSettings } from '../environment/shared-settings.ts';
import type { Problem } from '../problem.ts';

/** The JSON for the function's variable; undefined if all settings have their defaults. */
export function backupOrderJson(props: BackupOrderSettings): string | undefined {
  const { selection, tiers, hostProfile, load } = props;
  const order = { selection, tiers, hostProfile, ...load };
  return Object.values(order).some((value) => value !== undefined) ? JSON.stringify(order) : undefined;
}

const MOST_JOBS = 64;

export function checkBackupOrder(order: BackupOrderSettings): Problem[] {
  const { selection = {}, load = {} } = order;
  return [
    ...Object.entries(selection).flatMap(([setting, patterns]: [string, readonly string[]]) =>
      patterns.flatMap((pattern, index) =>
        checkPattern(pattern, ['selection', setting, index], /schemas/i.test(setting) ? 1 : 2),
      ),
    ),
    ...checkTiers(order.tiers ?? []),
    ...checkHostProfile(order.hostProfile),
    ...checkRange(load.jobs, ['load', 'jobs'], MOST_JOBS),
    ...checkRange(load.maxMegabytesPerSecond, ['load', 'maxMegabytesPerSecond'], 10_000),
  ];
}

/**
 * Reports a table or schema in two tiers: the first would win, and that is more likely a mistake than a wish.
 */
function checkTiers(tiers: ReadonlyArray<readonly string[]>): Problem[] {
  const seen = new Set<string>();
  return tiers.flatMap((names, tier) => [
    ...(names.length === 0 ? [{ path: ['tiers', tier], message: 'names no table and no schema' }] : []),
    ...names.flatMap((name, index) => {
      const problem =
        name.trim() === ''
          ? 'is empty'
          : seen.has(name)
            ? `${JSON.stringify(name)} is in a tier already`
            : undefined;
      seen.add(name);
      return problem === undefined ? [] : [{ path: ['tiers', tier, index], message: problem }];
    }),
  ]);
}

function checkHostProfile(profile: string | undefined): Problem[] {
  if (profile === undefined || HOST_PROFILES.some((known) => known === profile)) return [];
  return [{ path: ['hostProfile'], message: `should be one of ${HOST_PROFILES.join(', ')}` }];
}

function checkRange(value: number | undefined, path: string[], most: number): Problem[] {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return [];
  return [{ path, message: `${value} is not a whole number from 1 to ${most}` }];
}

function checkPattern(pattern: string, path: Array<string | number>, mostParts: 1 | 2): Problem[] {
  const read = readNamePattern(pattern);
  if ('names' in read && read.names.length <= mostParts) return [];
  const wanted = mostParts === 1 ? 'one name: app, or tenant_*' : 'orders, app.orders, or app.log_*';
  return [{ path, message: `${JSON.stringify(pattern)} is not a pattern for a name: write ${wanted}` }];
}
