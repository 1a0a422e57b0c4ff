import { LifeboatError } from '../../errors.ts';
import type { ExtractField } from '../catalog/extract-fields.ts';

const ASCII = /^[\0-\x7f]*/;

/**
 * Refuses a dump in which the server wrote one of these fields of EXTRACT as it stands, and not in quotes. Quoting it here would
 * be no remedy: the same words may stand within another quoted name, which the quotes would end.
 */
export function refuseInjected(body: string, fields: readonly ExtractField[]): void {
  for (const { object, field } of fields) {
    // What is not ASCII may come in another encoding.
    const beginning = ASCII.exec(field)?.[0] ?? '';
    const written = beginning === field ? `EXTRACT(${field} FROM ` : `EXTRACT(${beginning}`;
    if (body.includes(written)) throw injected(object);
  }
}

function injected(object: string): LifeboatError {
  return new LifeboatError({
    code: 'source-extract-field',
    kind: 'source',
    what: `The ${object} calls EXTRACT with a field that is no plain word, and this server writes it into the dump as SQL.`,
    meaning:
      'Whoever restored the backup would run what is in that field: CVE-2026-15741, mended in the servers of August 2026. No backup was made.',
    remedy: 'Find out who made it, drop it, and update the server to its newest minor release.',
  });
}

/** What no pg_dump writes has come out of a definition; nobody should run it. */
export function foreignStatement(statement: string): LifeboatError {
  return new LifeboatError({
    code: 'source-foreign-statement',
    kind: 'source',
    what: `The dump of the schema holds a statement that pg_dump does not write: ${statement}.`,
    meaning:
      'A definition in this database becomes SQL of its own when it is written out, and whoever restored the backup would run it. No backup was made.',
    remedy:
      'Update the server to its newest minor release, and look for views, defaults and constraints with odd strings in them.',
  });
}
