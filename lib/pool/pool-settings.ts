import type { PoolConfig } from 'pg';
import {
  type ConnectionSettings,
  connectionSettings,
  settingsFromEnvironment,
} from '../engine/connection/connection-settings.ts';
import { LifeboatError } from '../engine/ground/errors.ts';

/** Variables by name, as `process.env` has them. */
export type PoolEnvironment = Readonly<Record<string, string | undefined>>;

const UNIT_MS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, min: 60_000, h: 3_600_000 };
const DURATION = /^(\d{1,9})\s*(ms|s|min|h)?$/;

/** The variables that limit a pool, each with its value where it is not set. */
export const POOL_DEFAULTS = {
  /** The most connections. */
  DB_POOL_MAX: 10,
  /** Idle connections that are kept however long nobody needs them. */
  DB_POOL_MIN: 0,
  /** How long a caller waits for a connection, in milliseconds. */
  DB_CONNECTION_TIMEOUT: 10_000,
  /** How long a connection stays open without being used, in milliseconds. */
  DB_IDLE_TIMEOUT: 30_000,
  /** How old a connection grows at most, in milliseconds. 0: as old as it likes. */
  DB_MAX_LIFETIME: 1_800_000,
} as const;

/** What a pool is made with. */
export interface PoolSettings {
  readonly config: PoolConfig;
  /** `sslmode=prefer`: a server that offers no TLS is connected to without it. */
  readonly prefersTls: boolean;
}

/**
 * Reads the address and the limits of a pool: DATABASE_URL, or libpq's PG… variables, and the variables of
 * {@link POOL_DEFAULTS}. Durations are milliseconds, or have a unit: `30s`, `10min`. The URL is read as libpq
 * does: `sslmode=require` encrypts, `verify-full` checks the host's name, too.
 *
 * Throws a LifeboatError with code `pool-setting-invalid`, `pool-database-not-named` or `source-url-invalid`.
 */
export function poolSettings(environment: PoolEnvironment, connectionString?: string): PoolSettings {
  const database = databaseOf(environment, connectionString);
  const max = countFrom(environment, 'DB_POOL_MAX', 1);
  const min = countFrom(environment, 'DB_POOL_MIN', 0);
  if (min > max) {
    throw invalid('DB_POOL_MIN', String(min), `a number up to DB_POOL_MAX, which is ${max}`);
  }
  const config = {
    ...addressOf(database),
    max,
    min,
    connectionTimeoutMillis: durationFrom(environment, 'DB_CONNECTION_TIMEOUT'),
    idleTimeoutMillis: durationFrom(environment, 'DB_IDLE_TIMEOUT'),
    maxLifetimeSeconds: Math.ceil(durationFrom(environment, 'DB_MAX_LIFETIME') / 1000),
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  };
  return { config, prefersTls: database.sslMode === 'prefer' };
}

function databaseOf(environment: PoolEnvironment, connectionString?: string): ConnectionSettings {
  const url = connectionString ?? (environment.DATABASE_URL || undefined);
  const settings =
    url === undefined ? settingsFromEnvironment(environment) : connectionSettings(url, environment);
  if (settings) return settings;
  throw new LifeboatError({
    code: 'pool-database-not-named',
    kind: 'usage',
    what: 'No database was named.',
    remedy:
      'Set DATABASE_URL to postgres://user:password@host:5432/database, or PGHOST, PGUSER, PGDATABASE and PGPASSWORD.',
  });
}

function addressOf({ host, port, database, user, password, sslMode, tls, options }: ConnectionSettings) {
  return {
    ...{ host, port, database, user },
    ...(password === undefined ? {} : { password }),
    ...(options === undefined ? {} : { options }),
    ssl: sslMode === 'disable' || sslMode === 'allow' ? false : tls,
  };
}

function countFrom(environment: PoolEnvironment, name: 'DB_POOL_MAX' | 'DB_POOL_MIN', least: number): number {
  const text = environment[name]?.trim();
  if (!text) return POOL_DEFAULTS[name];
  const count = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least)) throw invalid(name, text, `a whole number from ${least}`);
  return count;
}

function durationFrom(
  environment: PoolEnvironment,
  name: 'DB_CONNECTION_TIMEOUT' | 'DB_IDLE_TIMEOUT' | 'DB_MAX_LIFETIME',
): number {
  const text = environment[name]?.trim();
  if (!text) return POOL_DEFAULTS[name];
  const [, number, unit = ''] = DURATION.exec(text) ?? [];
  if (number === undefined) throw invalid(name, text, 'milliseconds, or a number with s, min or h: 30s');
  return Number(number) * (UNIT_MS[unit] ?? 1);
}

function invalid(name: string, value: string, expected: string): LifeboatError {
  return new LifeboatError({
    code: 'pool-setting-invalid',
    kind: 'usage',
    what: `${name} is ${JSON.stringify(value)}.`,
    remedy: `Set it to ${expected}.`,
  });
}
