import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

/** `caf` and the byte e9 of LATIN1, wherever `café` stands. */
function withOtherBytes(sql: string): string {
  const hex = Buffer.from(sql.replaceAll('café', 'caf\xe9'), 'latin1').toString('hex');
  return `DO $$ BEGIN EXECUTE pg_catalog.convert_from('\\x${hex}', 'SQL_ASCII'); END $$`;
}

const WORLD = [
  'CREATE TABLE plain (id int PRIMARY KEY, note text)',
  "INSERT INTO plain VALUES (1, 'x')",
  `CREATE FUNCTION "café"() RETURNS text LANGUAGE sql AS 'SELECT ''café''::text'`,
  `CREATE VIEW seen AS SELECT id, 'café'::text AS note FROM plain`,
  "COMMENT ON TABLE plain IS 'café'",
  "COMMENT ON COLUMN plain.note IS 'plain text'",
  `CREATE INDEX "café_index" ON plain (note)`,
  'CREATE TABLE checked (id int, note text)',
  `ALTER TABLE checked ADD CONSTRAINT "café_check" CHECK (note <> 'café')`,
  "INSERT INTO checked VALUES (1, 'x')",
  "CREATE TYPE drink AS ENUM ('tea', 'café')",
  'CREATE TABLE orders (id int PRIMARY KEY, what drink)',
  "INSERT INTO orders VALUES (1, 'tea')",
  `CREATE TABLE defaulted (id int, t text DEFAULT 'café')`,
  'INSERT INTO defaulted (id) SELECT generate_series(1, 3)',
];

let server: PostgresServer;
let vault: TestVault;

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  vault = await testVault();
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

describe('names and texts of a SQL_ASCII source that are no UTF-8', () => {
  it('are skipped by a drill, each by name, and nothing else is', { timeout: 300_000 }, async () => {
    await server.run("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    for (const sql of WORLD) await server.run(withOtherBytes(sql), 'bytes');
    const { place } = await takeBackup(server.url('bytes'), vault);
    const report = await drill({ store: vault.store, place });
    const told = report.items
      .filter(({ verdict }) => verdict !== 'match')
      .map(({ kind, name, verdict }) => `${verdict}: ${kind} ${name}`);
    expect(told.filter((line) => line.startsWith('differs'))).toEqual([]);
    expect(report.verdict).toBe('proven with skips');
    expect(told).toEqual(
      expect.arrayContaining([
        'skipped: statement function public.café: CREATE FUNCTION',
        'skipped: statement view public.seen: CREATE VIEW',
        'skipped: statement table public.plain: COMMENT TABLE',
        'skipped: statement index café_index on public.plain: CREATE INDEX',
        'skipped: statement type public.drink: CREATE TYPE',
        'skipped: statement table public.orders: CREATE TABLE',
        'skipped: statement table public.checked: CREATE TABLE',
      ]),
    );
    // What no rule was needed for.
    const lines = told.join('\n');
    for (const fine of ['COMMENT COLUMN', 'plain_pkey']) expect(lines).not.toContain(fine);
    const rows = report.items.filter(({ kind }) => kind === 'table');
    expect(rows.find(({ name }) => name === 'public.plain')).toMatchObject({ verdict: 'match' });
    for (const name of ['public.orders', 'public.checked']) {
      expect(rows.find((one) => one.name === name)).toMatchObject({
        verdict: 'skipped',
        reason: expect.stringContaining('its rows are proven in a table without rules'),
      });
    }
  });

  it.each([
    ['CREATE TABLE t (id int, "café" text)', 'column public.t.caf\\xe9'],
    ['CREATE SEQUENCE "café"', 'sequence public.caf\\xe9'],
    ['CREATE TABLE "café" (id int)', 'table public.caf\\xe9'],
  ])('are refused before the first byte where they must be asked for: %s', async (sql, named) => {
    const database = `refused ${named}`.replaceAll(/\W/g, '_');
    await server.run(`CREATE DATABASE ${database} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
    await server.run(withOtherBytes(sql), database);
    await expect(takeBackup(server.url(database), vault)).rejects.toMatchObject({
      code: 'source-name-not-utf8',
      what: expect.stringContaining(named),
    });
  });
});
