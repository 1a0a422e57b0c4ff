import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { type Binaries, binariesWithExtensions } from '../hosts/binaries-with-extensions.ts';
import { oneValue, problemsOf } from './restore-world.ts';

/** As PostGIS has it: rows of the extension's own, and among them those that the user has added. */
const SYSTEMS = {
  sql: `CREATE TABLE reference_systems (id int PRIMARY KEY, name text, own boolean NOT NULL DEFAULT true);
    INSERT INTO reference_systems VALUES (4326, 'WGS 84', false);
    SELECT pg_catalog.pg_extension_config_dump('reference_systems', 'WHERE own');`,
};

let binaries: Binaries;
let server: PostgresServer;
let vault: TestVault;
let place: BackupPlace;
beforeAll(async () => {
  binaries = binariesWithExtensions(17, { systems: SYSTEMS });
  server = await startPostgres({ major: 17, binDirectory: binaries.binDirectory });
  vault = await testVault();
  await server.run('CREATE DATABASE company');
  await server.run(
    "CREATE EXTENSION systems; INSERT INTO reference_systems VALUES (1, 'of the backup'); CREATE TABLE t (id int)",
    'company',
  );
  ({ place } = await takeBackup(server.url('company'), vault));
});
afterAll(async () => {
  await server?.stop();
  binaries?.remove();
  vault?.remove();
});

it.each<[string, Partial<RestoreRequest>]>([
  ['the whole backup', {}],
  ['rows alone', { content: 'data' }],
])(
  "%s replaces the user's rows in an extension's table, and keeps the extension's own",
  async (_, options) => {
    const database = `target_${options.content ?? 'all'}`;
    await server.run(`CREATE DATABASE ${database}`);
    await server.run(
      "CREATE EXTENSION systems; INSERT INTO reference_systems VALUES (1, 'changed'), (2, 'since'); CREATE TABLE t (id int)",
      database,
    );
    const report = await restore({
      store: vault.store,
      place,
      settings: connectionSettings(server.url(database)),
      unproven: true,
      intoExisting: true,
      safetyBackup: false,
      ...options,
    });
    expect(problemsOf(report)).toEqual([]);
    expect(
      await oneValue(
        server,
        database,
        "SELECT string_agg(id || ' ' || name, ', ' ORDER BY id) FROM reference_systems",
      ),
    ).toBe('1 of the backup, 4326 WGS 84');
  },
);
