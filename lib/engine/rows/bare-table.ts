import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { CopyDestination, Target } from '../target/target.ts';
import { TargetStatementError } from '../target/target.ts';

/** Holds bare tables; to be dropped before the catalog is compared. */
export const BARE_SCHEMA = 'lifeboat_bare';

export interface BareTableOptions {
  /** Columns of text even where the table is there: its types do not read what it held. @default false */
  readonly asText?: boolean;
}

/**
 * Makes a table that takes whatever rows the given one's COPY text holds: the same columns and types without constraints,
 * partitions, generated columns; or, where the table itself could not be made, columns of text, which take the text of any
 * type and give it back. Its digest proves the rows, though not that the table accepts them.
 */
export async function bareTable(
  target: Target,
  like: CopyDestination,
  { asText = false }: BareTableOptions = {},
): Promise<CopyDestination> {
  await target.execute(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(BARE_SCHEMA)}`);
  const { rows } = await target.execute(
    `SELECT count(*) AS number FROM pg_catalog.pg_class WHERE relnamespace = '${BARE_SCHEMA}'::pg_catalog.regnamespace`,
  );
  const bare = { schema: BARE_SCHEMA, table: `rows_${Number(rows[0]?.number) + 1}`, columns: like.columns };
  const name = qualifiedName(bare.schema, bare.table);
  const columns = like.columns.map(quoteIdentifier);
  const makeOfText = () =>
    target.execute(
      `CREATE TABLE ${name} (${columns.map((column) => `${column} pg_catalog.text`).join(', ')})`,
    );
  if (asText) {
    await makeOfText();
    return bare;
  }
  try {
    const original = qualifiedName(like.schema, like.table);
    await target.execute(
      `CREATE TABLE ${name} AS SELECT ${columns.join(', ')} FROM ONLY ${original} WITH NO DATA`,
    );
    await withoutDomains(target, bare);
  } catch (error) {
    if (!(error instanceof TargetStatementError)) throw error;
    await makeOfText();
  }
  return bare;
}

/** Removes all of them. */
export async function dropBareTables(target: Target): Promise<void> {
  await target.execute('SET client_min_messages = warning');
  await target.execute(`DROP SCHEMA IF EXISTS ${quoteIdentifier(BARE_SCHEMA)} CASCADE`);
}

/** A domain's CHECK is a constraint as well: its columns get the type under it. */
async function withoutDomains(target: Target, { schema, table }: CopyDestination): Promise<void> {
  const name = qualifiedName(schema, table);
  for (;;) {
    const { rows } = await target.execute(
      `SELECT a.attname AS column, pg_catalog.format_type(t.typbasetype, t.typtypmod) AS type
         FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = '${name}'::pg_catalog.regclass AND t.typtype = 'd'`,
    );
    if (rows.length === 0) return;
    const changes = rows.map(
      ({ column, type }) => `ALTER COLUMN ${quoteIdentifier(column ?? '')} TYPE ${type}`,
    );
    await target.execute(`ALTER TABLE ${name} ${changes.join(', ')}`);
  }
}
