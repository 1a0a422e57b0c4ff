import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix, type BackupPlace } from '../../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drillOnServer } from '../../../lib/engine/drill/drill-on-server.ts';
import { type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { type Binaries, binariesWithExtensions } from '../hosts/binaries-with-extensions.ts';
import { oneValue, problemsOf } from './restore-world.ts';

/**
 * As PostGIS topology has it: keys that the extension makes before any rows come, from a table whose name sorts first, and a
 * sequence that nobody marked. The rows of `branch` refer to each other.
 */
const MAPS = {
  control: 'superuser = false',
  sql: `CREATE TABLE map (id serial PRIMARY KEY, name text);
    CREATE TABLE layer (map int NOT NULL REFERENCES map, id int, PRIMARY KEY (map, id));
    CREATE TABLE branch (id int PRIMARY KEY, parent int REFERENCES branch, map int, layer int, FOREIGN KEY (map, layer) REFERENCES layer);
    SELECT pg_catalog.pg_extension_config_dump('map', ''); SELECT pg_catalog.pg_extension_config_dump('layer', '');
    SELECT pg_catalog.pg_extension_config_dump('branch', '');`,
};
const ROWS = `SELECT pg_catalog.concat_ws(' ', (SELECT count(*) FROM map), (SELECT count(*) FROM layer), (SELECT sum(parent) FROM branch))`;

let binaries: Binaries;
let server: PostgresServer;
let vault: TestVault;
let place: BackupPlace;
let manifest: Manifest;
beforeAll(async () => {
  binaries = binariesWithExtensions(17, { maps: MAPS });
  server = await startPostgres({ major: 17, binDirectory: binaries.binDirectory });
  vault = await testVault();
  await server.run(`CREATE ROLE restorer LOGIN PASSWORD '${server.password}' CREATEDB`);
  await server.run('CREATE DATABASE atlas');
  await server.run(
    `CREATE EXTENSION maps; INSERT INTO map (name) SELECT 'm' FROM generate_series(1, 5); INSERT INTO layer SELECT n, 1 FROM generate_series(1, 5) n;
     INSERT INTO branch SELECT n, nullif(n, 9) + 1, 1 + n % 5, 1 FROM generate_series(1, 9) n`,
    'atlas',
  );
  ({ place, manifest } = await takeBackup(server.url('atlas'), vault));
});
afterAll(async () => {
  await server?.stop();
  binaries?.remove();
  vault?.remove();
});

it('a sequence that an extension does not mark is named in what is left out', () => {
  expect(manifest.leftOut).toEqual([
    {
      name: 'public.map_id_seq',
      what: "value of an extension's sequence",
      reason: expect.stringContaining('setval'),
    },
  ]);
});

describe.each(['postgres', 'restorer'])(
  "rows of an extension's tables that refer to each other, by %s",
  (role) => {
    const newDatabase = async (name: string) => {
      await server.run(`CREATE DATABASE ${name}_${role} OWNER ${role} TEMPLATE template0`);
      return `${name}_${role}`;
    };
    const settings = (database: string) => {
      const url = new URL(server.url(database));
      url.username = role;
      return connectionSettings(url.href);
    };
    const expectRows = async (database: string) =>
      expect(await oneValue(server, database, ROWS)).toBe('5 5 44');

    it('come back by a restore, and by one of rows alone', async () => {
      const database = await newDatabase('restored');
      const request: RestoreRequest = {
        ...{ store: vault.store, place, settings: settings(database), unproven: true, noOwner: true },
        safetyBackup: false,
      };
      expect(problemsOf(await restore(request))).toEqual([]);
      await expectRows(database);
      await server.run('DELETE FROM branch; DELETE FROM layer WHERE map = 3', database);
      expect(problemsOf(await restore({ ...request, intoExisting: true, content: 'data' }))).toEqual([]);
      await expectRows(database);
    });

    it('are proven by a drill', async () => {
      const report = await drillOnServer({ store: vault.store, place, server: settings('postgres') });
      expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
      expect(report.verdict).toBe('proven');
    });

    it.skipIf(missingPrograms("an extension's keys by restore.sh", ['psql', 'zstd']).length > 0)(
      'come back by restore.sh',
      async () => {
        const database = await newDatabase('by_script');
        const { status, stdout, stderr } = await runRestoreScript(
          join(vault.directory, attemptPrefix(place, manifest.attempt)),
          {
            environment: { ...psqlEnvironment(server, database), PGUSER: role },
            arguments: ['--no-owner'],
          },
        );
        expect(status, stderr).toBe(0);
        // In the order of the keys, none has to be loaded twice.
        expect(stdout).not.toContain('refused');
        await expectRows(database);
      },
    );
  },
);
