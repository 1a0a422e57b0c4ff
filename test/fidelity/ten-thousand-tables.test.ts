import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../lib/engine/drill/drill.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { compareDatabases } from './compare-databases.ts';
import { byRestore } from './ways-back.ts';

const TABLES = 10_000;
const TIMEOUT_MS = 900_000;
/** Room for 6,400 locks by the manual's formula; for more in truth, while shared memory has some to spare. */
const AS_INITDB = { max_connections: '100', max_locks_per_transaction: '64' };

/** Each has a key, rows, and at times a foreign key: 20,000 relations. A commit for each hundred, or the locks would not do. */
const MAKE_TABLES = `
  DO $$
  BEGIN
    FOR n IN 1..${TABLES} LOOP
      EXECUTE format('CREATE TABLE public.t%s (id int PRIMARY KEY, body text DEFAULT %L)', n, 'x;' || n);
      EXECUTE format('INSERT INTO public.t%s SELECT g, g || %L FROM generate_series(1, %s) g', n, n, n % 4);
      IF n % 100 = 0 THEN
        EXECUTE format('ALTER TABLE public.t%s ADD FOREIGN KEY (id) REFERENCES public.t%s', n, n - 1);
        COMMIT;
      END IF;
    END LOOP;
  END $$`;

describe('10,000 tables', () => {
  let source: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    vault = await testVault();
    source = await startPostgres({ major: 17, settings: AS_INITDB });
    await source.run('CREATE DATABASE many TEMPLATE template0');
    await source.run(MAKE_TABLES, 'many');
  }, TIMEOUT_MS);
  afterAll(async () => {
    await source?.stop();
    vault?.remove();
  });

  it('are refused before the first byte where the lock table has no room, and nothing stays locked', async () => {
    await source.run('ALTER SYSTEM SET max_locks_per_transaction = 10');
    await source.restart();
    const refused = await takeBackup(source.url('many'), vault).catch((error) => error);
    expect(refused).toMatchObject({
      code: 'source-lock-table-full',
      meaning: expect.stringContaining('10,000'),
      remedy: expect.stringContaining('max_locks_per_transaction = 256'),
    });
    expect(vault.files()).toEqual([]);
    const client = await source.connect('many');
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'relation' AND pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([{ n: 0 }]);
    await client.end();
  });

  it(
    'come back equal between servers as initdb sets them up, and are proven by a drill',
    async () => {
      await source.run('ALTER SYSTEM SET max_locks_per_transaction = 64');
      await source.restart();
      const { place, manifest } = await takeBackup(source.url('many'), vault);
      expect(manifest.tables).toHaveLength(TABLES);
      const target = await startPostgres({ major: 17, settings: AS_INITDB });
      try {
        await target.run('CREATE DATABASE many TEMPLATE template0');
        expect(await byRestore({ vault, place }, target, 'many')).toEqual([]);
        expect(await compareDatabases(source, target, 'many', manifest)).toEqual([]);
      } finally {
        await target.stop();
      }
      const report = await drill({ store: vault.store, place });
      expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
      expect(report.verdict).toBe('proven');
    },
    TIMEOUT_MS,
  );
});
