import { RESTORE_SETTINGS, sessionSettings } from '../connection/session-settings.ts';

/** The majors whose session settings may differ, oldest first. */
const MAJORS = [13, 14, 15, 16, 17, 18, 19];

/** Statements of a restore's session that a server knows only from `sinceMajor` on (0: every server). */
export interface RestoreSettings {
  readonly sinceMajor: number;
  readonly statements: readonly string[];
}

/**
 * The settings of connection/session-settings.ts, by the major that first knows them: those of pg_dump's header are among them, for an
 * archive's files leave them out, because they belong to the session.
 */
export function restoreSettings(encoding: string): RestoreSettings[] {
  const always = [
    ...sessionSettings(0),
    ...RESTORE_SETTINGS,
    // pg_dump writes the files in UTF-8, or as the bytes are where a database has no encoding.
    `SET client_encoding = '${encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8'}'`,
  ];
  const newer = MAJORS.map((major) => {
    const known = new Set(sessionSettings(major - 1));
    return { sinceMajor: major, statements: sessionSettings(major).filter((one) => !known.has(one)) };
  });
  return [{ sinceMajor: 0, statements: always }, ...newer.filter(({ statements }) => statements.length > 0)];
}
