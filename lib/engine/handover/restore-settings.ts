import { RESTORE_SETTINGS, sessionSettings } from '../connection/session-settings.ts';

/** Major versions whose session settings may differ, oldest first. */
const MAJORS = [13, 14, 15, 16, 17, 18, 19];

/**
 * Statements for a restore's session that servers accept from the major version `sinceMajor` on (0: every
 * server).
 */
export interface RestoreSettings {
  readonly sinceMajor: number;
  readonly statements: readonly string[];
}

/**
 * The settings of connection/session-settings.ts, grouped by the major version that introduced them. They
 * include those of pg_dump's header, because the files of an archive leave that header out: it belongs to the
 * session.
 */
export function restoreSettings(encoding: string): RestoreSettings[] {
  const always = [
    ...sessionSettings(0),
    ...RESTORE_SETTINGS,
    // pg_dump writes the files in UTF-8. From a database without an encoding it writes the bytes as they are.
    `SET client_encoding = '${encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8'}'`,
  ];
  const newer = MAJORS.map((major) => {
    const known = new Set(sessionSettings(major - 1));
    return { sinceMajor: major, statements: sessionSettings(major).filter((one) => !known.has(one)) };
  });
  return [{ sinceMajor: 0, statements: always }, ...newer.filter(({ statements }) => statements.length > 0)];
}
