import { LifeboatError } from '../ground/errors.ts';
import { Scanner } from './scanner.ts';

/**
 * Refuses a script that psql would take for more than SQL. Outside of quotes and comments SQL has no use for a backslash,
 * and psql takes what follows one for a command of its own: `\!` runs a program on the machine of the one who restores.
 * No source that is honest writes one; a server that was tampered with can have it in the text of a view
 * (CVE-2025-8714, CVE-2026-18408). `\restrict` holds against it in a psql that knows it well; this holds in every one.
 */
export function refuseCommandsOfPsql(name: string, script: string | Buffer): void {
  // All of SQL's syntax is ASCII: bytes are read as they are.
  const text = typeof script === 'string' ? script : script.toString('latin1');
  const scanner = new Scanner(text);
  while (scanner.nextSignificant()) {
    if (!scanner.is('\\')) continue;
    const line = text.slice(0, scanner.start).split('\n').length;
    throw new LifeboatError({
      code: 'source-sends-psql-commands',
      kind: 'source',
      what: `Line ${line} of ${name}, as the source dictated it, has a backslash outside of quotes, where SQL has none.`,
      meaning:
        'psql would take it for a command of its own, and could run a program where the backup is restored. The server of the source was tampered with, or its answers were.',
      remedy: 'Look for functions in pg_catalog that are not the server’s own. No backup was made.',
    });
  }
}
