import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../../lib/engine/archive/drill-report.ts';
import { proofKey } from '../../../lib/engine/archive/keys.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import {
  npmBinaries,
  type PostgresServer,
  type ServerMajor,
  startPostgres,
} from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { EVERY_TYPE } from './every-type.ts';

let vault: TestVault;
beforeAll(async () => {
  vault = await testVault();
});
afterAll(() => vault?.remove());

async function drilled(server: PostgresServer, database?: string): Promise<DrillReport> {
  const { place } = await takeBackup(server.url(database), vault);
  const report = await drill({ store: vault.store, place });
  expect((await verifyBackup(vault.store, place)).verdict).toBe('intact');
  return report;
}

function troubleIn(report: DrillReport) {
  return report.items.filter(({ verdict }) => verdict !== 'match');
}

describe.each([14, 15, 17, 18] as ServerMajor[])('a database of PostgreSQL %i', (major) => {
  it.skipIf(!npmBinaries(major))(
    'with every kind of value and object comes back, and is proven',
    async () => {
      const server = await startPostgres({ major });
      try {
        await server.run(EVERY_TYPE);
        const report = await drilled(server);
        expect(troubleIn(report)).toEqual([]);
        expect(report.verdict).toBe('proven');
        const tables = report.items.filter(({ kind }) => kind === 'table');
        expect(tables.length).toBe(report.totals.tables);
        expect(tables.every(({ digest }) => /^[0-9a-f]{16}$/.test(digest ?? ''))).toBe(true);
        expect(report.items.filter(({ kind }) => kind === 'foreign-key').length).toBeGreaterThan(0);
        expect(report.items.filter(({ kind }) => kind === 'row-security').length).toBeGreaterThan(0);
        expect(report.items.find(({ kind }) => kind === 'large-objects')?.verdict).toBe('match');
      } finally {
        await server.stop();
      }
    },
  );
});

describe('the proof', () => {
  it('is kept beside the manifest by the first drill that passed, and not replaced', async () => {
    const server = await startPostgres({ major: 18 });
    try {
      await server.run('CREATE TABLE t AS SELECT 1 AS a');
      const { place } = await takeBackup(server.url(), vault);
      expect(await vault.store.head(proofKey(place))).toBeUndefined();
      await drill({ store: vault.store, place });
      const first = await vault.store.head(proofKey(place));
      await drill({ store: vault.store, place });
      expect(await vault.store.head(proofKey(place))).toEqual(first);
      expect((await verifyBackup(vault.store, place)).verdict).toBe('intact');
    } finally {
      await server.stop();
    }
  });

  it("holds the user's own checks, and is withheld when one of them fails", async () => {
    const server = await startPostgres({ major: 18 });
    try {
      await server.run('CREATE TABLE orders AS SELECT g AS id FROM generate_series(1, 5) g');
      const { place } = await takeBackup(server.url(), vault);
      const report = await drill({
        store: vault.store,
        place,
        checks: [
          { name: 'five orders', sql: 'SELECT count(*) FROM orders', expect: '5' },
          { name: 'a sixth', sql: 'SELECT max(id) FROM orders', expect: '6' },
          { name: 'nonsense', sql: 'SELECT nothing FROM nowhere', expect: '1' },
        ],
      });
      expect(report.verdict).toBe('failed');
      expect(troubleIn(report)).toEqual([
        {
          kind: 'custom-check',
          name: 'a sixth',
          verdict: 'differs',
          reason: 'it returned 5, but 6 was expected',
        },
        expect.objectContaining({ name: 'nonsense', verdict: 'differs' }),
      ]);
      expect(await vault.store.head(proofKey(place))).toBeUndefined();
    } finally {
      await server.stop();
    }
  });
});

describe('databases in other encodings', () => {
  it.each([
    {
      encoding: 'LATIN1',
      sql: "INSERT INTO t VALUES (1, 'Müller ñ ÿ \u00a0'), (2, 'plain'), (3, E'tab\\tnl\\ncr\\rbs\\\\')",
    },
    { encoding: 'WIN1252', sql: "INSERT INTO t VALUES (1, '€ “quoted” œ'), (2, 'plain')" },
    { encoding: 'EUC_JP', sql: "INSERT INTO t VALUES (1, '日本語'), (2, 'カタカナ')" },
    { encoding: 'SQL_ASCII', sql: "INSERT INTO t VALUES (1, 'ünïcödé'), (2, 'plain')" },
  ])('$encoding: stored byte for byte, and proven in UTF-8', async ({ encoding, sql }) => {
    const server = await startPostgres({ major: 15 });
    try {
      await server.run(`CREATE DATABASE other ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
      const column = encoding === 'EUC_JP' ? '大きさ' : 'größe';
      await server.run(`CREATE TABLE t (id int PRIMARY KEY, "${column}" text); ${sql}`, 'other');
      const report = await drilled(server, 'other');
      expect(troubleIn(report)).toEqual([]);
      expect(report.verdict).toBe('proven');
    } finally {
      await server.stop();
    }
  });

  it('SQL_ASCII with bytes that are no UTF-8: kept as they are, and skipped by name', async () => {
    const server = await startPostgres({ major: 15 });
    try {
      await server.run("CREATE DATABASE other ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
      await server.run(
        `CREATE TABLE good (id int PRIMARY KEY); INSERT INTO good VALUES (1);
         CREATE TABLE bad (id int PRIMARY KEY REFERENCES good, t text);
         INSERT INTO bad VALUES (1, convert_from('\\xfffe', 'SQL_ASCII'));
         CREATE TABLE child (id int REFERENCES bad); INSERT INTO child VALUES (1)`,
        'other',
      );
      const report = await drilled(server, 'other');
      expect(report.verdict).toBe('proven with skips');
      expect(troubleIn(report).map(({ kind, verdict }) => `${kind} ${verdict}`)).not.toContain(
        'table differs',
      );
      expect(troubleIn(report).find(({ name }) => name === 'public.bad')).toMatchObject({
        verdict: 'skipped',
        reason: expect.stringContaining('not UTF-8'),
      });
    } finally {
      await server.stop();
    }
  });
});
