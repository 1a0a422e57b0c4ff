import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { planRestore, restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const missing = missingPrograms('restore.sh as a role that is no superuser', ['psql', 'zstd']);

describe('code that a backup brings', () => {
  let server: PostgresServer;
  let vault: TestVault;
  let backup: Awaited<ReturnType<typeof takeBackup>>;
  let ran: string;
  let databases = 0;

  beforeAll(async () => {
    [server, vault] = await Promise.all([startPostgres({ major: 17 }), testVault()]);
    ran = join(server.dataDirectory, 'ran');
    await server.run(`CREATE ROLE guest LOGIN; CREATE ROLE restorer LOGIN PASSWORD 'restorer'`);
    await server.run('CREATE DATABASE source TEMPLATE template0');
    await server.run('GRANT CREATE ON DATABASE source TO guest');
    // Whoever may create a table: in the source nothing happens, for the role that inserts there is no superuser.
    await server.run(
      `SET SESSION AUTHORIZATION guest;
       CREATE SCHEMA app;
       CREATE FUNCTION app.spy(x int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
         EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${ran}''';
         RETURN true;
       EXCEPTION WHEN insufficient_privilege THEN RETURN true; END $$;
       CREATE TABLE app.bait (id int CHECK (app.spy(id)));
       INSERT INTO app.bait VALUES (1)`,
      'source',
    );
    expect(existsSync(ran)).toBe(false);
    backup = await takeBackup(server.url('source'), vault);
    expect(existsSync(ran), 'a backup runs none of it').toBe(false);
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  async function newDatabase(owner: string): Promise<string> {
    databases += 1;
    await server.run(`CREATE DATABASE restored_${databases} TEMPLATE template0 OWNER ${owner}`);
    rmSync(ran, { force: true });
    return `restored_${databases}`;
  }

  const request = (database: string, role?: string) => ({
    store: vault.store,
    place: backup.place,
    settings: connectionSettings(
      role === undefined
        ? server.url(database)
        : `postgres://${role}:${role}@127.0.0.1:${server.port}/${database}`,
    ),
    unproven: true,
  });

  it('is named in the plan of a superuser, whose rights it would get, and gets them', async () => {
    const database = await newDatabase('postgres');
    const { notes } = await planRestore(request(database));
    expect(notes.filter((note) => note.includes('code'))).toEqual([
      expect.stringMatching(
        /app\.spy\. It runs with the rights of postgres.*Nothing in this backup needs a superuser\.$/,
      ),
    ]);
    await restore(request(database));
    expect(existsSync(ran)).toBe(true);
  });

  it('runs no program where the role that restores is no superuser, and everything is there', async () => {
    const database = await newDatabase('restorer');
    const { notes } = await planRestore({ ...request(database, 'restorer'), noOwner: true });
    expect(notes.filter((note) => note.includes('superuser'))).toEqual([]);
    const report = await restore({ ...request(database, 'restorer'), noOwner: true });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(existsSync(ran)).toBe(false);
  });

  it.skipIf(missing.length > 0)(
    'runs no program by restore.sh either, which tells a superuser of it',
    async () => {
      const folder = join(vault.directory, attemptPrefix(backup.place, backup.manifest.attempt));
      const database = await newDatabase('restorer');
      const run = await runRestoreScript(folder, {
        arguments: ['--no-owner'],
        environment: { ...psqlEnvironment(server, database), PGUSER: 'restorer', PGPASSWORD: 'restorer' },
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).not.toContain('is a superuser');
      expect(existsSync(ran)).toBe(false);

      const other = await newDatabase('postgres');
      const told = await runRestoreScript(folder, { environment: psqlEnvironment(server, other) });
      expect(told.stdout).toContain('Note: postgres is a superuser');
      expect(existsSync(ran)).toBe(true);
    },
  );
});
