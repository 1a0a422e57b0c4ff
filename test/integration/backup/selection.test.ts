import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../../lib/engine/archive/drill-report.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { dumpSchema } from '../../../lib/engine/schema-dump/dump-schema.ts';
import type { BackupSelection } from '../../../lib/engine/selection/backup-selection.ts';
import { readObject } from '../../../lib/engine/storage/object-store.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let vault: TestVault;
let server: PostgresServer;

const SCHEMA = `
  CREATE ROLE reader; CREATE ROLE auditor;
  CREATE EXTENSION citext;
  CREATE TABLE customers (id serial PRIMARY KEY, name citext NOT NULL);
  CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES customers, note text);
  COMMENT ON TABLE orders IS '
--
-- TOC entry 1 (class 1259 OID 1)
-- Name: x; Type: TABLE; Schema: public; Owner: y
--
';
  GRANT SELECT ON customers, orders TO reader;
  CREATE VIEW spending AS SELECT c.name, count(o.id) AS orders FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY 1;
  COMMENT ON VIEW spending IS 'who buys';
  CREATE VIEW big_spending AS SELECT * FROM spending WHERE orders > 1;
  CREATE SCHEMA audit;
  CREATE TABLE audit.log (at timestamptz DEFAULT now(), what text) PARTITION BY RANGE (at);
  CREATE TABLE audit.log_2026 PARTITION OF audit.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE TABLE audit.log_rest PARTITION OF audit.log DEFAULT;
  GRANT SELECT ON audit.log TO auditor;
  CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO audit.log(what) VALUES ('x'); RETURN NEW; END$$;
  CREATE TRIGGER noted AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION audit.note();
  COMMENT ON TRIGGER noted ON orders IS 'writes to the audit';
  CREATE TABLE "Odd|name" (a int); CREATE TABLE "a.b(" (a int);
  ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON orders USING (EXISTS (SELECT FROM customers c WHERE c.id = customer));
  COMMENT ON POLICY own ON orders IS 'customers alone'; COMMENT ON CONSTRAINT orders_customer_fkey ON orders IS 'customers exist';
  CREATE PUBLICATION changes FOR TABLE customers, orders;
  ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO auditor;
  SELECT lo_from_bytea(0, 'content');
  INSERT INTO customers (name) SELECT 'c' || g FROM generate_series(1, 10) g;
  INSERT INTO orders (customer) SELECT 1 + g % 10 FROM generate_series(1, 20) g;
  INSERT INTO "Odd|name" VALUES (1); INSERT INTO "a.b(" VALUES (2);
  CREATE TYPE audit.level AS ENUM ('low', 'high');
  CREATE SCHEMA risk; CREATE TABLE risk.cases (id int, level audit.level);
`;

beforeAll(async () => {
  vault = await testVault();
  server = await startPostgres({ major: 17 });
  await server.run(SCHEMA);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

interface Selected {
  readonly manifest: Manifest;
  readonly report: DrillReport;
  readonly tables: string[];
  readonly leftOut: string[];
  text(purpose: 'pre-data' | 'post-data' | 'roles'): Promise<string>;
}

async function select(selection: BackupSelection): Promise<Selected> {
  const { place, manifest } = await takeBackup(server.url(), vault, { selection });
  expect(await verifyBackup(vault.store, place)).toMatchObject({ verdict: 'intact' });
  const report = await drill({ store: vault.store, place });
  expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
  return {
    manifest,
    report,
    tables: manifest.tables.map(({ schema, name }) => `${schema}.${name}`),
    leftOut: manifest.leftOut.map(({ what, name }) => `${what} ${name}`),
    async text(purpose) {
      const object = manifest.objects.find((one) => one.purpose === purpose);
      return (await readObject(vault.store, object?.key ?? '')).toString('utf8');
    },
  };
}

describe('a backup of a part of a database', () => {
  it('leaves a schema out with what cannot be without it, and says so', async () => {
    const { manifest, report, tables, leftOut, text } = await select({ excludeSchemas: ['audit', 'risk'] });
    expect(report.verdict).toBe('proven');
    expect(tables).toEqual(['public.Odd|name', 'public.a.b(', 'public.customers', 'public.orders']);
    expect(leftOut).toEqual(
      expect.arrayContaining(['schema audit', 'table audit.log', 'trigger noted on public.orders']),
    );
    expect(manifest.leftOut.find(({ name }) => name === 'noted on public.orders')?.reason).toMatch(
      /cannot exist without the function audit\.note\(\), which is left out/,
    );
    expect(await text('post-data')).not.toMatch(/noted|audit/);
    expect(await text('pre-data')).not.toMatch(/Started on|TOC entry (?!1 )|audit/);
    expect(await text('pre-data')).toMatch(/-- TOC entry 1 \(class 1259 OID 1\)/);
    expect(manifest.roles).not.toContain('auditor');
    expect(await text('roles')).not.toContain('auditor');
  });

  it('leaves tables out, and the keys, views and policies that need them', async () => {
    const { report, tables, leftOut, text } = await select({
      excludeTables: ['customers', '"Odd|name"', '"a.b("', 'audit.log'],
    });
    expect(report.verdict).toBe('proven');
    expect(tables).toEqual(['public.orders', 'risk.cases']);
    expect(leftOut).toEqual(
      expect.arrayContaining([
        'table public.customers',
        'table constraint orders_customer_fkey on public.orders',
        'view public.spending',
        'view public.big_spending',
        'policy own on public.orders',
        'table audit.log_2026',
      ]),
    );
    const scripts = (await text('pre-data')) + (await text('post-data'));
    expect(scripts).not.toMatch(/customers|spending|who buys/);
    expect(scripts).toMatch(/noted/);
  });

  it('takes only the schemas and tables that were named, with what they belong to', async () => {
    const some = await select({ tables: ['orders', 'audit.log_2026'], schemas: ['risk'] });
    expect(some.tables).toEqual(['audit.log_2026', 'public.orders', 'risk.cases']);
    expect(some.leftOut).toContain('large objects all');
    expect(some.manifest.largeObjects.count).toBe(0);
    expect(some.leftOut).toContain('table constraint orders_customer_fkey on public.orders');
    expect(some.manifest.sequences.map(({ name }) => name)).toEqual(['orders_id_seq']);
  });

  it('keeps a table without its rows, and not the keys that would need them', async () => {
    const { manifest, leftOut, text } = await select({ excludeTableData: ['customers', 'audit.log'] });
    const byName = new Map(manifest.tables.map((table) => [table.name, table]));
    expect(byName.get('customers')?.dataLeftOut).toBe('they were excluded (customers)');
    expect(byName.get('log_2026')?.dataLeftOut).toBe('they were excluded (audit.log)');
    expect(leftOut).toContain('foreign key orders_customer_fkey on public.orders');
    expect(await text('post-data')).not.toContain('orders_customer_fkey');
    expect(byName.get('orders')?.rows).toBe(20);
  });

  it('is a full backup where it is what the source is, and may leave out all of a kind that is not there', async () => {
    const selection = {
      excludeSchemas: ['tenant_*'],
      excludeTables: ['audit.log_1*'],
      excludeTableData: ['audit.log'],
    };
    const { manifest } = await takeBackup(server.url(), vault, { selection, selectionDefinesSource: true });
    expect(manifest.scope).toBe('full');
    expect(manifest.tables.filter(({ dataLeftOut }) => dataLeftOut).map(({ name }) => name)).toEqual([
      'log_2026',
      'log_rest',
    ]);
  });

  it('is everything where nothing is said', async () => {
    const { tables } = await select({ schemas: [], excludeTables: [] });
    expect(tables).toHaveLength(7);
  });
});

describe('a schema dump that takes entries out', () => {
  it('is otherwise, byte for byte, what pg_dump writes', async () => {
    const client = await server.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const request = { client, signal: new AbortController().signal, deadlineMs: 60_000 };
    const plain = await dumpSchema(request);
    const none = await dumpSchema({ ...request, omitted: new Map([['pg_class', new Set([1])]]) });
    await client.end();
    expect(none.preData.toString()).toBe(plain.preData.toString());
    expect(none.postData.toString()).toBe(plain.postData.toString());
    expect(none.warnings).toEqual(plain.warnings);
  });
});

describe('a selection is refused', () => {
  it.each([
    [{ tables: ['nothing'] }, 'selection-matches-nothing', /No table of the database matches nothing/],
    [
      { excludeTables: ['log'] },
      'selection-matches-nothing',
      /No table of the database matches log.*audit|schema/,
    ],
    [
      { excludeSchemas: ['audi'] },
      'selection-matches-nothing',
      /No schema of the database matches audi.*audit, public, risk/,
    ],
    [{ excludeTableData: ['a.b.c'] }, 'selection-pattern-invalid', /a\.b\.c/],
    [
      { excludeSchemas: ['audit'] },
      'selection-breaks-table',
      /risk\.cases needs the type audit\.level.*with the schema audit.*leave risk\.cases out too/s,
    ],
  ])('%j', async (selection, code, message) => {
    const attempt = takeBackup(server.url(), vault, { selection });
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('a role that may not read everything', () => {
  it('may back up what it can read', async () => {
    await server.run(
      "CREATE ROLE limited LOGIN PASSWORD 'secret'; GRANT SELECT ON risk.cases TO limited; GRANT USAGE ON SCHEMA risk TO limited",
    );
    const url = server.url().replace('postgres:lifeboat-test', 'limited:secret');
    await expect(takeBackup(url, vault)).rejects.toMatchObject({ code: 'source-tables-unreadable' });
    const selection = { tables: ['risk.cases'], schemas: [] };
    await expect(takeBackup(url, vault, { selection })).rejects.toMatchObject({
      code: 'selection-breaks-table',
    });
  });
});
