import type { ExtractField } from '../catalog/extract-fields.ts';
import { LifeboatError } from '../ground/errors.ts';
import { foreignStatements } from '../sql-script/foreign-statements.ts';

const ASCII = /^[\0-\x7f]*/;

/**
 * Refuses a dump in which the server wrote one of these fields of EXTRACT without quotes. Quoting it here
 * would not help: the same words may occur inside another quoted name, which the added quotes would end.
 */
export function refuseInjected(body: string, fields: readonly ExtractField[]): void {
  for (const { object, field } of fields) {
    // Characters outside ASCII may be in another encoding.
    const beginning = ASCII.exec(field)?.[0] ?? '';
    const written = beginning === field ? `EXTRACT(${field} FROM ` : `EXTRACT(${beginning}`;
    if (body.includes(written)) throw injected(object);
  }
}

function injected(object: string): LifeboatError {
  return new LifeboatError({
    code: 'source-extract-field',
    kind: 'source',
    what: `The ${object} calls EXTRACT with a field that is not a plain word, and this server writes it into the dump as SQL.`,
    meaning:
      'A restore of the backup would run what is in that field (CVE-2026-15741, fixed in the minor releases of August 2026). No backup was made.',
    remedy: 'Find out who created it, drop it, and update the server to its newest minor release.',
  });
}

/**
 * Refuses a script of the dump with statements that pg_dump never writes: they come from a definition in the
 * source, and nobody should run them.
 */
export function refuseForeign(name: string, script: Buffer): void {
  const [foreign] = foreignStatements(script.toString('latin1'));
  if (foreign === undefined) return;
  const { line, words, entry } = foreign;
  // The script was read as latin1, because a database need not have an encoding.
  const where = entry === undefined ? '' : `, in the entry ${Buffer.from(entry, 'latin1').toString('utf8')}`;
  throw new LifeboatError({
    code: 'source-foreign-statement',
    kind: 'source',
    what: `Line ${line} of ${name}, which the source dictated, begins something that pg_dump does not write: ${words}${where}.`,
    meaning:
      'A definition in this database turns into SQL of its own, or into a psql command, when it is dumped, and a restore of the backup would run that. No backup was made.',
    remedy:
      'Update the server to its newest minor release, and check that object. Look also for views, defaults and constraints that contain unusual strings.',
  });
}
