import type { SequenceValue } from '../archive/manifest.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { isRead, NOTHING_OMITTED, type Omissions } from './omissions.ts';
import { notInExtension, USER_SCHEMA } from './user-objects.ts';

/**
 * The number of sequences that one statement reads. It is limited because UNION ALL nests, and PGlite's stack
 * is small.
 */
const SEQUENCES_AT_ONCE = 100;

interface SequenceName {
  readonly schema: string;
  readonly name: string;
}

/**
 * Reads the value of every sequence. As in pg_dump, a sequence of an extension counts only if it is
 * registered as configuration. Sequences do not obey snapshots: read them after the snapshot was taken, so
 * that a value is never behind the rows. Takes an ACCESS SHARE lock on each, until the transaction ends.
 * Throws `sequences-unreadable` if the role lacks SELECT on some.
 */
export async function readSequences(
  query: QueryRows,
  omissions: Omissions = NOTHING_OMITTED,
): Promise<SequenceValue[]> {
  const sequences = await sequencesToRead(query, omissions);
  const values: SequenceValue[] = [];
  for (let start = 0; start < sequences.length; start += SEQUENCES_AT_ONCE) {
    const some = sequences.slice(start, start + SEQUENCES_AT_ONCE);
    const rows = await query(`${some.map(selectValue).join(' UNION ALL ')} ORDER BY position`);
    for (const [index, { schema, name }] of some.entries()) {
      const row = rows[index];
      values.push({ schema, name, lastValue: String(row?.last_value), isCalled: row?.is_called === 'true' });
    }
  }
  return values;
}

/** Writes sequences.sql: one `setval` for each sequence. */
export function writeSequencesSql(values: readonly SequenceValue[]): string {
  return values
    .map(({ schema, name, lastValue, isCalled }) => {
      const sequence = quoteLiteral(qualifiedName(schema, name));
      return `SELECT pg_catalog.setval(${sequence}::pg_catalog.regclass, ${lastValue}, ${isCalled});\n`;
    })
    .join('');
}

function selectValue({ schema, name }: SequenceName, position: number): string {
  return `SELECT ${position} AS position, last_value::text AS last_value, is_called::text AS is_called
    FROM ${qualifiedName(schema, name)}`;
}

/** The sequences whose values a backup reads. Throws `sequences-unreadable`. */
export async function sequencesToRead(query: QueryRows, omissions: Omissions): Promise<SequenceName[]> {
  const rows = await query(`
    SELECT n.nspname::text AS schema, c.relname::text AS name,
           (pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AND
            pg_catalog.has_schema_privilege(n.oid, 'USAGE'))::text AS readable,
           pg_catalog.quote_ident(CURRENT_USER) AS role
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND c.relpersistence <> 't'
       AND ((${USER_SCHEMA} AND ${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })})
            OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))
       AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
       AND ${isRead(omissions, 'c.oid')}
     ORDER BY n.nspname, c.relname`);
  const sequences = rows.map((row) => ({ schema: String(row.schema), name: String(row.name) }));
  const refused = sequences.filter((_, index) => rows[index]?.readable !== 'true');
  if (refused.length > 0) throw unreadable(refused, String(rows[0]?.role));
  return sequences;
}

function unreadable(refused: readonly SequenceName[], role: string): LifeboatError {
  const named = refused.slice(0, 5).map(({ schema, name }) => `${schema}.${name}`);
  const more = refused.length > named.length ? ` and ${refused.length - named.length} more` : '';
  const schemas = [...new Set(refused.map(({ schema }) => quoteIdentifier(schema)))].join(', ');
  return new LifeboatError({
    code: 'sequences-unreadable',
    kind: 'source',
    what: `The role may not read the ${refused.length === 1 ? 'sequence' : 'sequences'} ${named.join(', ')}${more}.`,
    meaning:
      'After a restore without their values, the sequences would return numbers that are already in use.',
    remedy: `Run as their owner: \`GRANT USAGE ON SCHEMA ${schemas} TO ${role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${role};\``,
  });
}
