import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface PgDump {
  /** Words for a shell. */
  readonly command: string;
  /** `18.6` */
  readonly version: string;
}

/** Where Debian puts the programs of each major version. */
const PROGRAMS = '/usr/lib/postgresql';
/** The first major version that compresses with zstd (release notes of PostgreSQL 16). */
const FIRST_WITH_ZSTD = 16;

/**
 * The native pg_dump to compare with: `given`, or the newest one that is installed. The one of another root folder, where a
 * newer Debian was unpacked, runs as `<root>/lib64/ld-linux-x86-64.so.2 --library-path <root>/usr/lib/x86_64-linux-gnu
 * <root>/usr/lib/postgresql/18/bin/pg_dump`.
 */
export function newestPgDump(given?: string): PgDump {
  const command = given ?? installed();
  const said = spawnSync('bash', ['-c', `${command} --version`], { encoding: 'utf8' }).stdout;
  const version = /\) (\d+(?:\.\d+|[a-z]+\d+))/.exec(said)?.[1];
  if (version === undefined || Number.parseInt(version, 10) < FIRST_WITH_ZSTD)
    throw new Error(`${command} is no pg_dump of ${FIRST_WITH_ZSTD} or later: name one with --pg-dump`);
  return { command, version };
}

function installed(): string {
  const majors = existsSync(PROGRAMS) ? readdirSync(PROGRAMS).map(Number) : [];
  const found = majors
    .toSorted((a, b) => b - a)
    .map((major) => join(PROGRAMS, String(major), 'bin/pg_dump'))
    .find(existsSync);
  return found ?? 'pg_dump';
}
