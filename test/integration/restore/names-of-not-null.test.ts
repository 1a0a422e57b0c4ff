import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const TIMEOUT_MS = 300_000;
const LONG_TABLE = 'a_table_with_a_very_long_name_that_reaches_the_limit_of_names_x';
const LONG_COLUMN = 'a_column_with_a_very_long_name_that_reaches_the_limit_of_names';

/** Every one bears the name that a newer server gives to NOT NULL. */
const CLASHING = `
  CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
  INSERT INTO users VALUES (1, '');
  ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email <> '') NOT VALID;
  CREATE TABLE channel (id int NOT NULL, kind text NOT NULL, CONSTRAINT channel_kind_not_null CHECK (kind IS NOT NULL));
  CREATE TABLE keyed (id int PRIMARY KEY, email text NOT NULL UNIQUE, other int NOT NULL REFERENCES users);
  ALTER TABLE keyed RENAME CONSTRAINT keyed_pkey TO keyed_id_not_null;
  ALTER TABLE keyed RENAME CONSTRAINT keyed_email_key TO keyed_email_not_null;
  ALTER TABLE keyed RENAME CONSTRAINT keyed_other_fkey TO keyed_other_not_null;
  CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER watched_id_not_null AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION nothing();
  CREATE TABLE watched (id int NOT NULL);
  CREATE CONSTRAINT TRIGGER watched_id_not_null AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION nothing();
  CREATE TABLE ${LONG_TABLE} (${LONG_COLUMN} int NOT NULL);
  ALTER TABLE ${LONG_TABLE} ADD CONSTRAINT a_table_with_a_very_long_nam_a_column_with_a_very_long_not_null CHECK (true) NOT VALID;
  ALTER TABLE ${LONG_TABLE} ADD CONSTRAINT a_table_with_a_very_long_na_a_column_with_a_very_long__not_null CHECK (true) NOT VALID;
  CREATE TABLE p (id int NOT NULL, k text NOT NULL) PARTITION BY LIST (k);
  CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('a');
  INSERT INTO p VALUES (1, 'a');
  ALTER TABLE p1 ADD CONSTRAINT p1_id_not_null CHECK (id > 0) NOT VALID;
  ALTER TABLE p ADD CONSTRAINT p1_k_not_null CHECK (k <> 'q') NOT VALID;
  CREATE TABLE base (id int NOT NULL, v text);
  CREATE TABLE kid (w int NOT NULL) INHERITS (base);
  INSERT INTO kid VALUES (6, 'y', 2);
  ALTER TABLE kid ADD CONSTRAINT base_id_not_null CHECK (id > 0) NOT VALID;
  ALTER TABLE base ADD CONSTRAINT kid_w_not_null CHECK (id > 1) NOT VALID`;

/** 17 has names for NOT NULL of domains, and does not let them clash. */
const CLASHING_DOMAINS = `
  CREATE DOMAIN checked AS text NOT NULL CONSTRAINT checked_not_null CHECK (VALUE <> 'x');
  CREATE DOMAIN late AS text NOT NULL;
  ALTER DOMAIN late ADD CONSTRAINT late_not_null CHECK (VALUE <> 'x') NOT VALID`;

describe.each<ServerMajor>([15, 17])('constraints of %i that are called as 18 calls NOT NULL', (major) => {
  let newer: PostgresServer;
  let vault: TestVault;
  let place: BackupPlace;
  beforeAll(async () => {
    vault = await testVault();
    newer = await startPostgres({ major: 18 });
    const older = await startPostgres({ major });
    try {
      await older.run(CLASHING);
      if (major < 17) await older.run(CLASHING_DOMAINS);
      ({ place } = await takeBackup(older.url(), vault));
    } finally {
      await older.stop();
    }
  }, TIMEOUT_MS);
  afterAll(async () => {
    await newer?.stop();
    vault?.remove();
  });

  it('fail no drill', { timeout: TIMEOUT_MS }, async () => {
    const report = await drill({ store: vault.store, place });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  });

  it('come back on 18 with their names', { timeout: TIMEOUT_MS }, async () => {
    const settings = connectionSettings(newer.url());
    const report = await restore({ store: vault.store, place, settings });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    const client = await newer.connect();
    const { rows } = await client.query(
      `SELECT conname AS name FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'n'
        AND conname LIKE 'users_email%'`,
    );
    expect(rows).toEqual([{ name: 'users_email_not_null1' }]);
    await client.end();
  });
});
