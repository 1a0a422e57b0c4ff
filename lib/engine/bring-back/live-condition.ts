import type { TableData } from '../archive/manifest.ts';
import type { BackupCopy } from '../browse/copy/backup-copy.ts';
import { encodeField } from '../copy-text/copy-fields.ts';
import { RowReader } from '../diff/row-reader.ts';
import { LifeboatError } from '../ground/errors.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import { listOf, place, type RowsTable } from './rows-table.ts';

const SCHEMA = 'lifeboat_live';

/** Rows of the database, loaded beside the backup's into the embedded copy. */
export interface LiveRows {
  /** What to read from, with the name that people know the table by. */
  readonly from: string;
  /** The column that holds the key of a row: fields of COPY text, separated by tabs. */
  readonly keyColumn: string;
  drop(): Promise<void>;
}

/**
 * Loads the values of the database's rows into a table of the embedded copy that has the columns and types of the
 * backup's. There a condition can be evaluated on them by the rights of a reader, and nothing that it calls can reach the
 * database: a function in it may write, or its author may not be who runs the restore. Columns that the backup does not
 * have are left out; one that the database no longer has is null.
 */
export async function loadLiveRows(
  copy: BackupCopy,
  session: ServerTarget,
  table: RowsTable,
): Promise<LiveRows> {
  const [part] = table.parts;
  if (!part) throw new TypeError('a table without parts');
  const name = `rows_${table.number}`;
  const live = qualifiedName(SCHEMA, name);
  const keyColumn = `${table.control.row}_key`;
  await copy.target.execute(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(SCHEMA)}`);
  await copy.target.execute(`DROP TABLE IF EXISTS ${live}`);
  await copy.target.execute(
    `CREATE TABLE ${live} (LIKE ${qualifiedName(part.schema, part.name)} INCLUDING GENERATED)`,
  );
  await forgetNotNulls(copy, live);
  await copy.target.execute(`ALTER TABLE ${live} ADD ${quoteIdentifier(keyColumn)} pg_catalog.text`);
  try {
    await session.readOut(`SELECT ${listOf(table.columns)} FROM ${place(table)}`, (pieces) =>
      copy.target.copyIn(
        { schema: SCHEMA, table: name, columns: [...table.columns, keyColumn] },
        withKeys(table, pieces),
      ),
    );
  } catch (error) {
    throw error instanceof TargetStatementError ? doesNotFit(table, part, error) : error;
  }
  await copy.target.execute(`GRANT USAGE ON SCHEMA ${quoteIdentifier(SCHEMA)} TO PUBLIC`);
  await copy.target.execute(`GRANT SELECT ON TABLE ${live} TO PUBLIC`);
  const knownAs = quoteIdentifier((part.partitionRoot ?? part).name);
  return {
    from: `${live} AS ${knownAs}`,
    keyColumn: `${knownAs}.${quoteIdentifier(keyColumn)}`,
    drop: async () => void (await copy.target.execute(`DROP TABLE ${live}`)),
  };
}

async function forgetNotNulls({ target }: BackupCopy, live: string): Promise<void> {
  const { rows } = await target.execute(
    `SELECT attname AS name FROM pg_catalog.pg_attribute
      WHERE attrelid = '${live.replaceAll("'", "''")}'::pg_catalog.regclass AND attnum > 0 AND attnotnull`,
  );
  for (const { name } of rows)
    await target.execute(`ALTER TABLE ${live} ALTER ${quoteIdentifier(String(name))} DROP NOT NULL`);
}

/** Each row with its key as one more field. */
async function* withKeys(
  { columns, key }: RowsTable,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  let lines: string[] = [];
  const shape = {
    fields: columns.length,
    compared: undefined,
    key: key.map(({ name }) => columns.indexOf(name)),
  };
  const reader = await RowReader.create(shape, ({ key: read, line }) => {
    lines.push(`${line.toString()}\t${encodeField(read.toString())}\n`);
  });
  for await (const piece of pieces) {
    reader.update(piece);
    if (lines.length > 0) yield Buffer.from(lines.join(''));
    lines = [];
  }
}

function doesNotFit({ name }: RowsTable, part: TableData, error: TargetStatementError): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-condition',
    kind: 'usage',
    what: `--where cannot be evaluated on the rows that ${name} has now: they do not fit the types that the columns of ${part.schema}.${part.name} had in the backup (${error.message}).`,
    meaning: 'So nobody can say which of the added rows are meant. Nothing was changed.',
    remedy: 'Leave out --delete-added, and delete the added rows by hand.',
    cause: error,
  });
}
