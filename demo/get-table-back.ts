import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyInStatement } from '../lib/engine/archive/copy-in.ts';
import type { Manifest, ObjectPurpose, TableData } from '../lib/engine/archive/manifest.ts';
import { qualifiedName, quoteLiteral } from '../lib/engine/sql.ts';
import { statementTarget } from '../lib/engine/sql-script/statement-target.ts';
import { splitStatements } from '../lib/engine/sql-script/statements.ts';
import { type ObjectStore, readObject } from '../lib/engine/storage/object-store.ts';

/**
 * Puts one dropped table back as it was in a backup, in one transaction: its own statements of pre-data.sql, its rows,
 * its sequences' values, its own statements of post-data.sql. For the demo: a plain table that no other one refers to.
 */
export async function getTableBack(
  client: pg.Client,
  store: ObjectStore,
  manifest: Manifest,
  table: TableData,
): Promise<{ statements: number }> {
  const before = await statementsFor(store, manifest, 'pre-data', table);
  const after = await statementsFor(store, manifest, 'post-data', table);
  await client.query('BEGIN');
  for (const statement of before) await client.query(statement);
  for (const { key } of table.chunks) {
    const rows = client.query(copyFrom(copyInStatement(table, manifest.server.encoding)));
    await pipeline(store.get(key), createZstdDecompress(), rows);
  }
  for (const { schema, name, lastValue, isCalled } of manifest.sequences) {
    if (!(await belongsTo(client, table, { schema, name }))) continue;
    const sequence = quoteLiteral(qualifiedName(schema, name));
    await client.query(`SELECT pg_catalog.setval(${sequence}, ${lastValue}, ${isCalled})`);
  }
  for (const statement of after) await client.query(statement);
  await client.query('COMMIT');
  return { statements: before.length + after.length };
}

/** The statements of a section that make this table, or something on it: told by the statements, not by comments. */
async function statementsFor(
  store: ObjectStore,
  { objects }: Manifest,
  purpose: ObjectPurpose,
  { schema, name }: TableData,
): Promise<string[]> {
  const object = objects.find((one) => one.purpose === purpose);
  if (!object) throw new Error(`the backup has no ${purpose}`);
  const script = (await readObject(store, object.key)).toString('utf8');
  return splitStatements(script)
    .map(({ text }) => text)
    .filter((text) => {
      const target = statementTarget(text);
      const isItself =
        ['TABLE', 'COLUMN'].includes(target.objectType ?? '') &&
        target.schema === schema &&
        target.name === name;
      return isItself || (target.on?.schema === schema && target.on.name === name);
    });
}

async function belongsTo(
  client: pg.Client,
  table: TableData,
  sequence: { schema: string; name: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_catalog.pg_depend
      WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND deptype IN ('a', 'i')
        AND objid = pg_catalog.to_regclass($1) AND refobjid = pg_catalog.to_regclass($2)`,
    [qualifiedName(sequence.schema, sequence.name), qualifiedName(table.schema, table.name)],
  );
  return rowCount === 1;
}
