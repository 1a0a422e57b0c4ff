import { describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { drillOnServer } from '../../../lib/engine/drill/drill-on-server.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { takeBackup, testVault } from '../../support/vaults.ts';
import { binariesWithExtensions } from '../hosts/binaries-with-extensions.ts';
import { oneValue } from './restore-world.ts';

/** What a script may do besides making objects: grants on schemas and tables of the user's, settings of session and database. */
const MEDDLER = {
  control: "schema = 'meddler'",
  sql: `CREATE TABLE meddler.settings (id int PRIMARY KEY);
    GRANT USAGE ON SCHEMA meddler TO PUBLIC;
    GRANT USAGE ON SCHEMA app TO reader; GRANT CREATE ON SCHEMA public TO reader;
    DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path = app, meddler', pg_catalog.current_database()); END $$;
    SET search_path = app, public; SET datestyle = 'German'; SET extra_float_digits = 0; SET check_function_bodies = on;`,
};

const SQL = `
CREATE ROLE reader; CREATE ROLE writer; CREATE SCHEMA app;
CREATE TABLE app.notes (id int PRIMARY KEY, at date, share float8);
INSERT INTO app.notes VALUES (1, '2026-11-29', 0.1::float8 + 0.2::float8);
CREATE EXTENSION meddler;
GRANT USAGE, CREATE ON SCHEMA app TO writer; GRANT INSERT ON app.notes TO writer;
CREATE FUNCTION app.later() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW app.over_notes AS SELECT id FROM app.notes;
ALTER DATABASE company SET search_path = app, public;
`;

describe.each<ServerMajor>([15, 18])("an extension's script on PostgreSQL %i", (major) => {
  it('changes nothing of what is compared, and nothing of what is restored', {
    timeout: 400_000,
  }, async () => {
    const binaries = binariesWithExtensions(major, { meddler: MEDDLER });
    const server = await startPostgres({ major, binDirectory: binaries.binDirectory });
    const vault = await testVault();
    try {
      await server.run('CREATE DATABASE company');
      await server.run(SQL, 'company');
      const { place } = await takeBackup(server.url('company'), vault);
      const { store } = vault;

      // The embedded server has no such extension: what it granted is not there, and no difference.
      const embedded = await drill({ store, place });
      expect(embedded.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
      expect(embedded.verdict).toBe('proven with skips');

      const onServer = await drillOnServer({ store, place, server: connectionSettings(server.url()) });
      expect(onServer.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);

      await server.run('CREATE DATABASE restored');
      const settings = connectionSettings(server.url('restored'));
      const report = await restore({ store, place, settings, unproven: true, databaseSettings: true });
      expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
      const value = (database: string, sql: string) => oneValue(server, database, sql);
      for (const acl of [
        "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'app'",
        "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'",
        "SELECT relacl::text FROM pg_class WHERE relname = 'notes'",
      ]) {
        expect(await value('restored', acl)).toBe(await value('company', acl));
      }
    } finally {
      await server.stop();
      vault.remove();
      binaries.remove();
    }
  });
});
