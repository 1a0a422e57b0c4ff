import { HOST_PROFILES } from '../../contract/host-profiles.ts';
import { readNamePattern } from '../../contract/name-patterns.ts';
import type { Problem } from '../problem.ts';

/**
 * What of a database is backed up; everything unless said. Patterns as pg_dump takes them: `schema.table` with `*` and `?`,
 * folded to lower case outside of double quotes; a table's pattern without a schema means `public`. Leaving out wins. What
 * is left out is no part of the source: alarms, drills and `latest` count such a backup as a full one.
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

/** How hard a backup may ask its source. */
export interface LoadProps {
  /**
   * Connections that copy at once.
   *
   * @default 4, and never more than a quarter of those that are free
   */
  readonly jobs?: number;

  /**
   * Megabytes of rows to read each second, by all connections together.
   *
   * @default - as fast as it goes
   */
  readonly maxMegabytesPerSecond?: number;
}

/** What a backup function is told once and for all, besides where things are. */
export interface BackupOrderProps {
  /** @default - everything */
  readonly selection?: SelectionProps;

  /**
   * What a restore makes usable before the rest: lists of tables (`public.users`) and schemas (`auth`), the first list first.
   * Every backup keeps them, so that whoever restores it does not need this file.
   *
   * @default - everything at once
   */
  readonly tiers?: readonly (readonly string[])[];

  /**
   * Whose server it is: `plain`, `supabase`, `neon` or `rds`.
   *
   * @default - told by the host's name
   */
  readonly hostProfile?: string;

  /** @default - four connections, without a limit */
  readonly load?: LoadProps;
}

/** For the function's variable; undefined when there is nothing to say. */
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

/** A table or schema in two tiers would be in the first of them, which is more likely a mistake than a wish. */
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
