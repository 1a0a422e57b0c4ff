import { LifeboatError } from '../errors.ts';

/** The oldest major whose catalogs are read, and the newest that the packaged pg_dump knows. */
export const OLDEST_MAJOR = 13;
export const NEWEST_MAJOR = 18;

export function checkServerVersion(major: number): void {
  if (major > NEWEST_MAJOR) {
    throw new LifeboatError({
      code: 'source-too-new',
      kind: 'source',
      what: `The source is PostgreSQL ${major}; this Lifeboat carries pg_dump ${NEWEST_MAJOR}.`,
      meaning: 'An older pg_dump could leave out what it does not know of, so none is tried.',
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
