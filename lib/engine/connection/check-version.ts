import { LifeboatError } from '../ground/errors.ts';

/** The oldest major version whose catalogs Lifeboat reads. */
export const OLDEST_MAJOR = 13;
/**
 * The major version of the packaged pg_dump. A newer server presents itself to it as this one: see
 * schema-dump/newer-server.
 */
export const PG_DUMP_MAJOR = 18;
/**
 * The newest major version that Lifeboat knows: schema-dump/newer-server writes the additions that pg_dump
 * leaves out.
 */
export const NEWEST_MAJOR = 19;

export function checkServerVersion(major: number): void {
  if (major > NEWEST_MAJOR) {
    throw new LifeboatError({
      code: 'source-too-new',
      kind: 'source',
      what: `The source is PostgreSQL ${major}; this Lifeboat backs up ${OLDEST_MAJOR} to ${NEWEST_MAJOR}.`,
      meaning: `Its pg_dump ${PG_DUMP_MAJOR} could leave out objects that PostgreSQL ${major} added, so no backup was made.`,
      remedy: 'Install a newer Lifeboat.',
    });
  }
  if (major < OLDEST_MAJOR) {
    throw new LifeboatError({
      code: 'source-too-old',
      kind: 'source',
      what: `The source is PostgreSQL ${major}; Lifeboat backs up ${OLDEST_MAJOR} and later.`,
      remedy: 'Upgrade the server, or use the pg_dump of its own major version.',
    });
  }
}
