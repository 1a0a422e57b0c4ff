import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tablesToCopy } from '../../../lib/engine/catalog/tables.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { copyTextOf, type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

describe.each([15, 18] as const)('code of a table owner on %i', (major) => {
  let server: PostgresServer;
  let vault: TestVault;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-owners-'));
    chmodSync(folder, 0o777);
    vault = await testVault();
    server = await startPostgres({ major });
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('does not run when a superuser backs up', async () => {
    const mark = join(folder, 'program-ran');
    await server.run('CREATE DATABASE hostile');
    await server.run(
      `CREATE ROLE mallory_${major} LOGIN; CREATE SCHEMA m AUTHORIZATION mallory_${major};
       SET SESSION AUTHORIZATION mallory_${major};
       CREATE TABLE m.t (a int); INSERT INTO m.t VALUES (1);
       CREATE FUNCTION m.g() RETURNS void LANGUAGE plpgsql AS
         $$BEGIN EXECUTE 'COPY (SELECT current_user::text) TO PROGRAM ''cat > ${mark}'''; END$$;
       CREATE FUNCTION m.f(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS
         $$BEGIN IF current_setting('is_superuser') = 'on' THEN PERFORM m.g(); END IF; RETURN true; END$$;
       CREATE INDEX ON m.t (a) WHERE m.f(1);`,
      'hostile',
    );
    await takeBackup(server.url('hostile'), vault);
    expect(existsSync(mark)).toBe(false);
  });

  it('does not change how rows are written', async () => {
    await server.run('CREATE DATABASE liar');
    await server.run(
      `CREATE TABLE secret (a int, f float8); INSERT INTO secret SELECT i, pi() * i FROM generate_series(1, 5) i;
       CREATE FUNCTION f(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS
         $$BEGIN PERFORM set_config('extra_float_digits', '-10', true); RETURN true; END$$;
       CREATE INDEX ON secret (a) WHERE f(1);`,
      'liar',
    );
    const taken = await takeBackup(server.url('liar'), vault);
    expect((await copyTextOf(vault, taken.manifest, 'public', 'secret')).toString()).toContain(
      '3.141592653589793',
    );
  });

  // From 17 on no such index can be made: it is computed under a search path that finds nothing.
  it.runIf(major < 17)(
    'stops no backup, where it only works under the search path of the application',
    async () => {
      await server.run('CREATE DATABASE searching');
      await server.run(
        `CREATE TABLE k (t text); INSERT INTO k VALUES ('é');
       CREATE FUNCTION plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT lower($1) $$;
       CREATE FUNCTION own(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT plain($1) $$;
       CREATE INDEX ON k (own(t));`,
        'searching',
      );
      const taken = await takeBackup(server.url('searching'), vault);
      expect((await copyTextOf(vault, taken.manifest, 'public', 'k')).toString()).toBe('é\n');
      const client = await server.connect('searching');
      const tables = await tablesToCopy(async (sql) => (await client.query(sql)).rows, major);
      expect(tables).toMatchObject([{ name: 'k', cuttable: false }]);
    },
  );

  it('leaves tables whose functions are built in to be read in parts, and proven', async () => {
    await server.run('CREATE DATABASE ordinary');
    await server.run(
      `CREATE TABLE o (a int CHECK (a > 0), t text); INSERT INTO o VALUES (1, 'x');
       CREATE INDEX ON o (lower(t)) WHERE a > 0; CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a) STORED);
       CREATE TABLE only_generated (b int GENERATED ALWAYS AS (1) STORED); INSERT INTO only_generated DEFAULT VALUES;
       CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO g VALUES (1);`,
      'ordinary',
    );
    const client = await server.connect('ordinary');
    const tables = await tablesToCopy(async (sql) => (await client.query(sql)).rows, major);
    expect(tables.find(({ name }) => name === 'o')).toMatchObject({ cuttable: true });
    const taken = await takeBackup(server.url('ordinary'), vault);
    expect(await drill({ store: vault.store, place: taken.place })).toMatchObject({ verdict: 'proven' });
  });
});
