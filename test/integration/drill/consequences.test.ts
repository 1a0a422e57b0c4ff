import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { readFileOf } from '../../../lib/engine/archive/read-stored.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import { parseFingerprint } from '../../../lib/engine/fingerprint/serialize-fingerprint.ts';
import { compareCatalogs } from '../../../lib/engine/proof/compare-catalogs.ts';
import { Excused } from '../../../lib/engine/proof/excused.ts';
import { StatementLog } from '../../../lib/engine/proof/statement-log.ts';
import { applyScript, openSchemaContext } from '../../../lib/engine/target/apply/apply-schema.ts';
import { openEmbeddedTarget } from '../../../lib/engine/target/embedded/open-embedded-target.ts';
import { type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

/** A base type that the embedded server cannot have, and everything that can hang on one. */
const SQL = `
CREATE TYPE wide;
CREATE FUNCTION wide_in(cstring) RETURNS wide STRICT IMMUTABLE LANGUAGE internal AS 'int8in';
CREATE FUNCTION wide_out(wide) RETURNS cstring STRICT IMMUTABLE LANGUAGE internal AS 'int8out';
CREATE TYPE wide (INPUT = wide_in, OUTPUT = wide_out, LIKE = int8);
COMMENT ON TYPE wide IS 'as wide as int8';
CREATE FUNCTION wide_eq(wide, wide) RETURNS bool STRICT IMMUTABLE LANGUAGE internal AS 'int8eq';
CREATE FUNCTION wide_lt(wide, wide) RETURNS bool STRICT IMMUTABLE LANGUAGE internal AS 'int8lt';
CREATE FUNCTION wide_add(wide, wide) RETURNS wide STRICT IMMUTABLE LANGUAGE internal AS 'int8pl';
CREATE FUNCTION wide_cmp(wide, wide) RETURNS int STRICT IMMUTABLE LANGUAGE internal AS 'btint8cmp';
CREATE FUNCTION mixed_eq(int8, wide) RETURNS bool STRICT IMMUTABLE LANGUAGE internal AS 'int8eq';
CREATE OPERATOR = (FUNCTION = wide_eq, LEFTARG = wide, RIGHTARG = wide, COMMUTATOR = =, RESTRICT = eqsel, JOIN = eqjoinsel, MERGES);
CREATE OPERATOR = (FUNCTION = mixed_eq, LEFTARG = int8, RIGHTARG = wide);
CREATE OPERATOR < (FUNCTION = wide_lt, LEFTARG = wide, RIGHTARG = wide);
CREATE OPERATOR === (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR === (FUNCTION = wide_eq, LEFTARG = wide, RIGHTARG = wide);
CREATE OPERATOR CLASS wide_ops DEFAULT FOR TYPE wide USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 wide_cmp(wide, wide);
CREATE AGGREGATE total(wide) (SFUNC = wide_add, STYPE = wide);
CREATE AGGREGATE total(int8) (SFUNC = int8pl, STYPE = int8);
CREATE CAST (int8 AS wide) WITHOUT FUNCTION;
CREATE DOMAIN domain_of_wide AS wide;
CREATE TYPE pair AS (a int, b wide);
CREATE TYPE range_of_wide AS RANGE (SUBTYPE = wide);
CREATE TABLE uses (id int PRIMARY KEY, a wide, b wide[], c pair, d domain_of_wide, e range_of_wide);
INSERT INTO uses VALUES (1, '5', '{1,2}', '(1,2)', '3', '[1,4)');
CREATE INDEX uses_a ON uses (a);
CREATE TABLE child () INHERITS (uses);
CREATE TABLE refers (id int REFERENCES uses, pairs pair[]);
CREATE VIEW over_uses AS SELECT a, id FROM uses WHERE a = '5'::wide;
CREATE VIEW over_view AS SELECT id FROM over_uses;
CREATE MATERIALIZED VIEW kept AS SELECT id FROM over_uses;
CREATE FUNCTION used(wide[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION used(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION of_row(uses) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER tr BEFORE UPDATE ON uses FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE POLICY p ON uses USING (a = '5'); ALTER TABLE uses ENABLE ROW LEVEL SECURITY;
CREATE PUBLICATION pub FOR TABLE uses, refers;
CREATE RULE r AS ON INSERT TO over_uses DO INSTEAD NOTHING;
CREATE TABLE plain (id int PRIMARY KEY); CREATE VIEW over_plain AS SELECT id FROM plain;
GRANT SELECT ON over_uses TO PUBLIC;
`;

/** What a fault may have lost, beside overloads of the same names that were left out for a reason. */
const LOST = [
  /CREATE FUNCTION public\.used\(text\)[^;]*;\n\n\nALTER FUNCTION public\.used\(text\)[^;]*;/,
  /CREATE OPERATOR public\.=== \(\s+FUNCTION = texteq,[^;]*;\n\n\nALTER OPERATOR public\.=== \(text, text\)[^;]*;/,
  /CREATE AGGREGATE public\.total\(bigint\)[^;]*;\n\n\nALTER AGGREGATE public\.total\(bigint\)[^;]*;/,
  /CREATE VIEW public\.over_plain [^;]*;\n\n\nALTER VIEW public\.over_plain [^;]*;/,
];

describe.each<ServerMajor>([15, 18])('a type of PostgreSQL %i that the drill has to leave out', (major) => {
  let vault: TestVault;
  let backup: Awaited<ReturnType<typeof takeBackup>>;
  beforeAll(async () => {
    vault = await testVault();
    const server = await startPostgres({ major, settings: { wal_level: 'logical' } });
    try {
      await server.run(SQL);
      backup = await takeBackup(server.url(), vault);
    } finally {
      await server.stop();
    }
  });
  afterAll(() => vault?.remove());

  it('takes along what hangs on it, each with its reason, and nothing else', async () => {
    const report = await drill({ store: vault.store, place: backup.place });
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(report.verdict).toBe('proven with skips');
    const reasons = report.items.filter(({ kind, verdict }) => kind === 'statement' && verdict === 'skipped');
    expect(reasons.filter(({ reason }) => !reason?.includes('a 32-bit server'))).toEqual([]);
    // Their rows are proven all the same.
    const rows = report.items
      .filter(({ kind }) => kind === 'table')
      .map(({ name, rows }) => `${name} ${rows}`);
    expect(rows).toEqual(['public.child 0', 'public.plain 0', 'public.refers 0', 'public.uses 1']);
  });

  it('excuses nothing that was lost for no reason', async () => {
    const found = await differences(backup.manifest, (preData) =>
      LOST.reduce((script, lost) => {
        expect(script).toMatch(lost);
        return script.replace(lost, '');
      }, preData),
    );
    expect(found).toEqual([
      'catalog function public.used(text)',
      'catalog aggregate public.total(bigint)',
      'catalog operator public.===(text,text)',
      'catalog view public.over_plain',
    ]);
  });

  /** What a drill would say of the catalog, if the archive held another pre-data.sql. */
  async function differences(manifest: Manifest, edit: (preData: string) => string): Promise<string[]> {
    const { signal } = new AbortController();
    const read = async (purpose: Parameters<typeof readFileOf>[2]) =>
      (await readFileOf(vault.store, manifest, purpose, signal)) ?? Buffer.alloc(0);
    const scripts = [edit(String(await read('pre-data'))), String(await read('post-data'))];
    const target = await openEmbeddedTarget();
    try {
      const context = await openSchemaContext(target, { scripts, defaultOrderIsExact: true });
      const log = new StatementLog();
      for (const script of scripts) log.add(await applyScript(target, script, context));
      const source = parseFingerprint(await read('fingerprint'), 'fingerprint');
      const restored = await readFingerprint(async (sql) => (await target.execute(sql)).rows, {
        like: source,
      });
      const { items } = compareCatalogs(source, restored, new Excused(log.lost()));
      return items.filter(({ verdict }) => verdict === 'differs').map(({ kind, name }) => `${kind} ${name}`);
    } finally {
      await target.close();
    }
  }
});
