import { LifeboatError } from '../ground/errors.ts';
import { Scanner } from './scanner.ts';

/**
 * Refuses a script in which psql would find commands of its own. SQL has no backslash outside of quotes and
 * comments, but psql reads one as the start of a command: `\!` runs a program on the machine that restores.
 * An honest source never writes one. A server that was tampered with can put one into the text of a view
 * (CVE-2025-8714, CVE-2026-18408). `\restrict` protects only with a recent psql; this check protects with
 * every psql.
 */
export function refuseCommandsOfPsql(name: string, script: string | Buffer): void {
  // All of SQL's syntax is ASCII, so latin1 keeps every byte.
  const text = typeof script === 'string' ? script : script.toString('latin1');
  if (!text.includes('\\')) return;
  const scanner = new Scanner(text);
  while (scanner.nextSignificant()) {
    if (!scanner.is('\\')) continue;
    const line = text.slice(0, scanner.start).split('\n').length;
    throw new LifeboatError({
      code: 'source-sends-psql-commands',
      kind: 'source',
      what: `Line ${line} of ${name}, as the source wrote it, has a backslash outside of quotes. SQL has none there.`,
      meaning:
        'psql would read it as a command of its own, and could run a program on the machine that restores the backup. Somebody tampered with the source server or its answers.',
      remedy: 'Look for functions in pg_catalog that do not belong to PostgreSQL. No backup was made.',
    });
  }
}
