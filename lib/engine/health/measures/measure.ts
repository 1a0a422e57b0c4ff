import type { HealthServer } from './health-server.ts';
import type { Row } from './row.ts';

/** Why a figure cannot be known, and what makes it known. */
export interface Obstacle {
  readonly reason: string;
  /** The statement that helps, if there is one. */
  readonly statement?: string;
}

/**
 * Something that the server tells of itself: one statement on catalogs and statistics, which locks no table of
 * the user's and reads no row of it. What the figure is worth is a judgement's business.
 */
export interface Measure<Value> {
  readonly name: string;
  /** Why this server or this role cannot tell it; undefined if it can. */
  readonly obstacle?: (server: HealthServer) => Obstacle | undefined;
  /**
   * It costs the server much and changes slowly: for this many seconds, a run may take over what an earlier one
   * found well. @default it is asked in every run
   */
  readonly restsSeconds?: number;
  /** Several statements are run in a transaction each, and their rows are read together. */
  sql(server: HealthServer): string | readonly string[];
  read(rows: readonly Row[]): Value;
}

/** The most objects that one measure names, the worst first: an answer must stay small in any database. */
export const MOST_OBJECTS = 1000;

export const QUARTER_OF_AN_HOUR = 900;
export const AN_HOUR = 3600;

/** A number, or null where the server says NULL. Text of a bigint becomes the nearest number. */
export function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

export function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

/** The obstacle of a role that may not see what others do. */
export function needsAllStatistics({ readsAllStatistics, role }: HealthServer): Obstacle | undefined {
  if (readsAllStatistics) return undefined;
  return {
    reason: `${role} may not see what other roles do`,
    statement: `GRANT pg_monitor TO ${role};`,
  };
}

/** The obstacle of a standby, whose own statistics do not tell what its primary knows. */
export function needsPrimary({ isStandby }: HealthServer): Obstacle | undefined {
  return isStandby ? { reason: 'the server is a standby; ask its primary' } : undefined;
}

export function needsCounts({ countsRows }: HealthServer): Obstacle | undefined {
  if (countsRows) return undefined;
  return {
    reason: 'the server does not count (track_counts is off), so autovacuum does not work either',
    statement: 'ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf();',
  };
}

/** The first obstacle of several. */
export function firstOf(
  ...obstacles: ReadonlyArray<(server: HealthServer) => Obstacle | undefined>
): (server: HealthServer) => Obstacle | undefined {
  return (server) => {
    for (const obstacle of obstacles) {
      const found = obstacle(server);
      if (found) return found;
    }
    return undefined;
  };
}
