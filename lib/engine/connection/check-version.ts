import { LifeboatError } from '../ground/errors.ts';

/** The oldest major whose catalogs are read. */
export const OLDEST_MAJOR = 13;
/** Of the packaged pg_dump. A newer server is told to it as this one; see schema-dump/newer-server. */
export const PG_DUMP_MAJOR = 18;
/** The newest major whose additions to the catalogs are known: schema-dump/newer-server writes what pg_dump leaves out. */
export const NEWEST_MAJOR = 19;

export function checkServerVersion(major: number): void {
  if (major > NEWEST_MAJOR) {
    throw new LifeboatError({
      code: 'source-too-new',
      kind: 'source',
      what: `The source is PostgreSQL ${major}; this Lifeboat backs up ${OLDEST_MAJOR} to ${NEWEST_MAJOR}.`,
      meaning: `Its pg_dump ${PG_DUMP_MAJOR} could leave out what PostgreSQL ${major} added, so none is tried.`,
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
