import { sessionSettings } from '../source/session.ts';

/** The majors whose session settings may differ, oldest first. */
const MAJORS = [13, 14, 15, 16, 17, 18, 19];

/** Statements of a restore's session that a server knows only from `sinceMajor` on (0: every server). */
export interface RestoreSettings {
  readonly sinceMajor: number;
  readonly statements: readonly string[];
}

/**
 * The settings of source/session.ts, by the major that first knows them, and those of pg_dump's header that an
 * archive's files leave out because they belong to the session (pg_backup_archiver.c, _doSetFixedOutputState).
 */
export function restoreSettings(encoding: string): RestoreSettings[] {
  const always = [
    ...sessionSettings(0),
    // Otherwise a database with default_transaction_read_only could not be restored by its own settings.
    'SET default_transaction_read_only = off',
    'SET check_function_bodies = off',
    'SET client_min_messages = warning',
    // pg_dump writes the files in UTF-8, or as the bytes are where a database has no encoding.
    `SET client_encoding = '${encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8'}'`,
  ];
  const newer = MAJORS.map((major) => {
    const known = new Set(sessionSettings(major - 1));
    return { sinceMajor: major, statements: sessionSettings(major).filter((one) => !known.has(one)) };
  });
  return [{ sinceMajor: 0, statements: always }, ...newer.filter(({ statements }) => statements.length > 0)];
}
