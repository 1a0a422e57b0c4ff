import { HOST_PROFILES } from '../../contract/host-profiles.ts';
import { readNamePattern } from '../../contract/name-patterns.ts';
import type { Problem } from '../problem.ts';

/**
 * Selects the part of a database that is backed up. Patterns are like pg_dump's: `schema.table` with `*` and
 * `?`, folded to lower case outside double quotes; a table pattern without a schema means `public`.
 * Exclusions win. Excluded objects do not count as part of the source: alarms, drills and `latest` treat such
 * a backup as a full one.
 */
export interface SelectionProps {
  /** Only these schemas, and the tables of `tables`. */
  readonly schemas?: readonly string[];
  readonly excludeSchemas?: readonly string[];
  /** Only these tables, and the schemas of `schemas`. */
  readonly tables?: readonly string[];
  readonly excludeTables?: readonly string[];
  /** Tables that are kept without their rows. */
  readonly excludeTableData?: readonly string[];
}

/** Limits the load of a backup on its source. */
export interface LoadProps {
  /**
   * Connections that copy at the same time, at most a quarter of the free ones.
   *
   * @default 4
   */
  readonly jobs?: number;

  /**
   * Megabytes of rows to read per second at most, over all connections.
   *
   * @default - no limit
   */
  readonly maxMegabytesPerSecond?: number;
}

/** Settings for every backup of a source. */
export interface BackupOrderProps {
  /**
   * The part of the database to back up.
   *
   * @default - everything
   */
  readonly selection?: SelectionProps;

  /**
   * Lists of tables (`public.users`) and schemas (`auth`) that a restore makes usable before the rest, in
   * order of priority. Every backup keeps them, so that a restore does not need this file.
   *
   * @default - everything at once
   */
  readonly tiers?: readonly (readonly string[])[];

  /**
   * The hosting provider: `plain`, `supabase`, `neon` or `rds`. Its own objects are left out.
   *
   * @default - detected from the host name
   */
  readonly hostProfile?: string;

  /**
   * Limits the load on the source.
   *
   * @default - four connections, no limit
   */
  readonly load?: LoadProps;
}

/** The JSON for the function's variable; undefined if all settings have their defaults. */
export function backupOrderJson(props: BackupOrderProps): string | undefined {
  const { selection, tiers, hostProfile, load } = props;
  const order = { selection, tiers, hostProfile, ...load };
  return Object.values(order).some((value) => value !== undefined) ? JSON.stringify(order) : undefined;
}

const MOST_JOBS = 64;

export function checkBackupOrder(order: BackupOrderProps): Problem[] {
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
