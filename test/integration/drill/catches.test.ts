import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportItem } from '../../../lib/engine/archive/drill-report.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { readFileOf } from '../../../lib/engine/archive/read-stored.ts';
import type { Fingerprint } from '../../../lib/engine/fingerprint/fingerprint.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import { parseFingerprint } from '../../../lib/engine/fingerprint/serialize-fingerprint.ts';
import { compareCatalogs } from '../../../lib/engine/proof/compare-catalogs.ts';
import { compareLargeObjects } from '../../../lib/engine/proof/compare-large-objects.ts';
import { compareSequences } from '../../../lib/engine/proof/compare-sequences.ts';
import { compareTables } from '../../../lib/engine/proof/compare-tables.ts';
import { Excused } from '../../../lib/engine/proof/excused.ts';
import { printAsArchivedServer } from '../../../lib/engine/proof/printed-as-archived.ts';
import { loadLargeObjects } from '../../../lib/engine/rows/load-large-objects.ts';
import { loadRows, type RowsOutcome } from '../../../lib/engine/rows/load-rows.ts';
import { applyScript, openSchemaContext } from '../../../lib/engine/target/apply/apply-schema.ts';
import {
  type EmbeddedTarget,
  openEmbeddedTarget,
} from '../../../lib/engine/target/embedded/open-embedded-target.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

/** What somebody, or a fault of the target, did to the restored database; the comparison has to name it. */
let vault: TestVault;
let target: EmbeddedTarget;
let manifest: Manifest;
let source: Fingerprint;
let rows: Map<Manifest['tables'][number], RowsOutcome>;
const { signal } = new AbortController();

beforeAll(async () => {
  vault = await testVault();
  const server = await startPostgres({ major: 18 });
  try {
    await server.run(
      `CREATE TABLE account (id int PRIMARY KEY, name text, note text);
       INSERT INTO account SELECT g, 'name ' || g, CASE WHEN g % 2 = 0 THEN '' END FROM generate_series(1, 50) g;
       CREATE TABLE entry (id int PRIMARY KEY, account int REFERENCES account, amount numeric);
       INSERT INTO entry SELECT g, g, g FROM generate_series(1, 50) g;
       CREATE TABLE empty_one (id int);
       ALTER TABLE account ENABLE ROW LEVEL SECURITY;
       CREATE POLICY everybody ON account USING (true);
       CREATE INDEX account_name ON account (name);
       CREATE SEQUENCE counter; SELECT nextval('counter');
       CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE VIEW v AS SELECT id FROM account;
       SELECT lo_from_bytea(4711, 'content')`,
    );
    ({ manifest } = await takeBackup(server.url(), vault));
  } finally {
    await server.stop();
  }
  target = await openEmbeddedTarget();
  const script = async (purpose: Parameters<typeof readFileOf>[2]) =>
    (await readFileOf(vault.store, manifest, purpose, signal))?.toString() ?? '';
  const [preData, postData] = [await script('pre-data'), await script('post-data')];
  const context = await openSchemaContext(target, {
    scripts: [preData, postData],
    defaultOrderIsExact: true,
  });
  await applyScript(target, preData, context);
  const quiet = { onTable: () => {}, onBytes: () => {} };
  rows = await loadRows({ store: vault.store, manifest, target, context, signal, ...quiet });
  await applyScript(target, await script('large-object-metadata'), context);
  await loadLargeObjects(vault.store, manifest, target, signal);
  await applyScript(target, await script('sequences'), context);
  await applyScript(target, postData, context);
  const bytes = await readFileOf(vault.store, manifest, 'fingerprint', signal);
  source = parseFingerprint(bytes ?? Buffer.alloc(0), 'fingerprint');
});
afterAll(async () => {
  await target?.close();
  vault?.remove();
});

async function everything(): Promise<ReportItem[]> {
  const restored = await readFingerprint(async (sql) => (await target.execute(sql)).rows, { like: source });
  return [
    ...(await compareTables(target, rows, { print: await printAsArchivedServer(target, 18) })),
    ...(await compareSequences(target, manifest.sequences)),
    ...(await compareLargeObjects(target, manifest)),
    ...compareCatalogs(source, restored, new Excused([])).items,
  ];
}

/** Each is undone afterwards. */
const TAMPERED: ReadonlyArray<readonly [change: string, differs: string[]]> = [
  ["UPDATE account SET name = 'name 7 ' WHERE id = 7", ['table public.account']],
  ['UPDATE account SET note = NULL WHERE id = 2', ['table public.account']],
  ["UPDATE account SET note = '' WHERE id = 1", ['table public.account']],
  ['DELETE FROM entry WHERE id = 50', ['table public.entry']],
  ['UPDATE entry SET amount = 1.0 WHERE id = 1', ['table public.entry']],
  ['INSERT INTO empty_one VALUES (1)', ['table public.empty_one']],
  ['TRUNCATE entry', ['table public.entry']],
  [
    'UPDATE account a SET name = b.name FROM account b WHERE (a.id, b.id) IN ((1, 2))',
    ['table public.account'],
  ],
  ["SELECT setval('public.counter', 2)", ['sequence public.counter']],
  ["SELECT setval('public.counter', 1, false)", ['sequence public.counter']],
  ["SELECT lo_put(4711, 0, 'C')", ['large-objects 1 large objects']],
  ['SELECT lo_unlink(4711)', ['large-objects 1 large objects', 'catalog large objects']],
  ['DROP POLICY everybody ON account', ['catalog policy', 'row-security public.account']],
  ['ALTER TABLE account DISABLE ROW LEVEL SECURITY', ['catalog table', 'row-security public.account']],
  ['DROP INDEX account_name', ['catalog index']],
  [
    'ALTER TABLE entry DROP CONSTRAINT entry_account_fkey',
    ['catalog constraint', 'foreign-key entry_account_fkey'],
  ],
  ["CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'", ['catalog function']],
  ['CREATE OR REPLACE VIEW v AS SELECT id + 0 AS id FROM account', ['catalog view']],
  ['DROP VIEW v', ['catalog view']],
  ['ALTER TABLE entry ALTER amount SET NOT NULL', ['catalog column']],
  ['CREATE TABLE stranger ()', ['catalog table']],
];

describe('a value of pg_lsn', () => {
  const VALUES = ['0/0', '0/16B3740', 'A/12345678', 'FF/1000000'];
  const FROM_19 = ['0/00000000', '0/016B3740', 'A/12345678', 'FF/01000000'];

  const printedFor = async (archivedMajor: number, targetMajor: number) => {
    const like = { serverMajor: targetMajor, execute: target.execute.bind(target) } as EmbeddedTarget;
    const print = await printAsArchivedServer(like, archivedMajor);
    const { rows } = await target.execute(
      `SELECT ${print('public', 'Wal log', 'at')} AS at FROM public."Wal log" ORDER BY n`,
    );
    return rows.map(({ at }) => at);
  };

  it('is compared as the archived server printed it, padded from 19 on', async () => {
    await target.execute('BEGIN');
    try {
      await target.execute('CREATE DOMAIN public.lsn AS pg_lsn');
      await target.execute('CREATE TABLE public."Wal log" (n int, at public.lsn)');
      for (const [n, value] of VALUES.entries())
        await target.execute(`INSERT INTO public."Wal log" VALUES (${n}, '${value}')`);
      expect(await printedFor(19, 18)).toEqual(FROM_19);
      expect(await printedFor(18, 18)).toEqual(VALUES);
    } finally {
      await target.execute('ROLLBACK');
    }
  });
});

describe('a drill', () => {
  it('finds nothing where nothing was changed', async () => {
    expect((await everything()).filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  });

  it.each(TAMPERED)('names what is not as it was: %s', async (change, differs) => {
    await target.execute('SET search_path = public');
    await target.execute('BEGIN');
    await target.execute(change);
    await target.execute("SET search_path = ''");
    const found = (await everything()).filter(({ verdict }) => verdict === 'differs');
    await target.execute('ROLLBACK');
    // No transaction takes a sequence back.
    await target.execute("SELECT setval('public.counter', 1)");
    const names = found.map(({ kind, name }) => `${kind} ${name}`);
    expect(names.length).toBeGreaterThan(0);
    for (const one of differs)
      expect(
        names.some((name) => name.startsWith(one)),
        names.join(),
      ).toBe(true);
    // And nothing else is accused.
    expect(names.filter((name) => !differs.some((one) => name.startsWith(one)))).toEqual([]);
  });
});
