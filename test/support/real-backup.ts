import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix, type BackupPlace } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { sessionSettings } from '../../lib/engine/connection/session-settings.ts';
import { compareFingerprints } from '../../lib/engine/fingerprint/compare-fingerprints.ts';
import { readFingerprint } from '../../lib/engine/fingerprint/read-fingerprint.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from './postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from './restore-script.ts';
import { type TestVault, takeBackup, testVault } from './vaults.ts';

const run = promisify(execFile);
const missing = missingPrograms('a real backup, restored without Lifeboat', ['psql', 'zstd', 'sha256sum']);

/** A bit of everything that a backup has to carry. */
const SCHEMA = `
  CREATE ROLE shop_owner;
  CREATE ROLE "clerk's ""role""" LOGIN IN ROLE shop_owner;
  CREATE SCHEMA shop AUTHORIZATION shop_owner;
  CREATE SCHEMA "o'dd $(x) ""schema""";
  CREATE EXTENSION pg_trgm;
  CREATE EXTENSION hstore;
  CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
  CREATE DOMAIN shop.email AS text CHECK (VALUE LIKE '%@%');
  CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email shop.email NOT NULL, tags public.hstore,
    shout text GENERATED ALWAYS AS (upper(email)) STORED, photo bytea, prices money[], seen tstzrange, extra jsonb);
  INSERT INTO shop.customers (email, tags, photo, prices, seen, extra)
    SELECT 'c' || i || '@example.com', public.hstore('k' || i, NULL), decode(md5(i::text), 'hex'), ARRAY[i::money, NULL],
           tstzrange(now(), NULL), jsonb_build_object('line', E'a\\nb\\tc\\\\', 'i', i) FROM generate_series(1, 500) i;
  CREATE TABLE shop.orders (id int, customer bigint REFERENCES shop.customers, placed date NOT NULL) PARTITION BY RANGE (placed);
  CREATE TABLE shop.orders_old PARTITION OF shop.orders FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
  CREATE TABLE shop.orders_new PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
  INSERT INTO shop.orders SELECT i, 1 + i % 500, date '2025-06-01' + i FROM generate_series(1, 400) i;
  CREATE TABLE shop.moods (how shop.mood, note text) PARTITION BY HASH (how);
  CREATE TABLE shop.moods_0 PARTITION OF shop.moods FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE shop.moods_1 PARTITION OF shop.moods FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO shop.moods SELECT (enum_range(NULL::shop.mood))[1 + i % 3], 'n' || i FROM generate_series(1, 60) i;
  CREATE TABLE "o'dd $(x) ""schema"""."ta;ble \n \`x\` \\ 表" ("co""l'umn
$1" text, ":'USER'" float8);
  INSERT INTO "o'dd $(x) ""schema"""."ta;ble \n \`x\` \\ 表" VALUES (E'\\\\.', 'NaN'), ('', '-Infinity'), (NULL, 0.1 + 0.2);
  CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
  CREATE TABLE empty (a int);
  CREATE UNLOGGED TABLE scratch (a int); INSERT INTO scratch VALUES (1), (2);
  CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent);
  INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);
  CREATE TABLE wide AS SELECT i AS id, repeat('x', 800) AS filler FROM generate_series(1, 3000) i;
  CREATE INDEX ON shop.customers USING gin ((extra::text) public.gin_trgm_ops);
  CREATE FUNCTION shop.noisy() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN /*
\\restrict looks like a command
*/
  RAISE EXCEPTION 'a trigger ran while rows were loaded';
END $f$;
  ALTER TABLE shop.customers OWNER TO shop_owner;
  GRANT SELECT ON shop.customers TO "clerk's ""role""";
  CREATE TRIGGER noisy BEFORE INSERT ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.noisy();
  CREATE POLICY own ON shop.customers TO "clerk's ""role""" USING (email = CURRENT_USER);
  ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
  CREATE VIEW shop.shouting WITH (security_barrier) AS SELECT id, shout FROM shop.customers;
  CREATE MATERIALIZED VIEW shop.counts AS SELECT placed, count(*) FROM shop.orders GROUP BY 1;
  CREATE UNIQUE INDEX ON shop.counts (placed);
  CREATE SEQUENCE shop.odd INCREMENT -3 MAXVALUE 100 START 50; SELECT nextval('shop.odd'), nextval('shop.odd');
  CREATE PUBLICATION news FOR TABLE shop.customers;
  CREATE SUBSCRIPTION feed CONNECTION 'host=nowhere.example password=hush' PUBLICATION p WITH (connect = false);
  COMMENT ON TABLE shop.customers IS 'it''s; -- not a comment';
  SELECT lo_from_bytea(4711, decode(repeat('00ff', 300000), 'hex')); SELECT lo_create(4712);
  ALTER LARGE OBJECT 4711 OWNER TO shop_owner; COMMENT ON LARGE OBJECT 4711 IS 'photo';
  ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO shop_owner;
`;

/** A server that backups are taken from, and restored into without Lifeboat. */
export interface RealServer {
  readonly name: string;
  readonly major: ServerMajor;
  readonly binDirectory?: string;
}

/** Tests that a backup is whole, and comes back by restore.sh and by common programs alone. */
export function testRealBackups(servers: readonly RealServer[]): void {
  describe.skipIf(missing.length > 0).each(servers)(
    'a real backup of PostgreSQL $name',
    ({ major, binDirectory }) => {
      let server: PostgresServer;
      let vault: TestVault;
      let place: BackupPlace;
      let manifest: Manifest;
      let folder: string;

      beforeAll(async () => {
        server = await startPostgres({
          major,
          settings: { wal_level: 'logical' },
          ...(binDirectory ? { binDirectory } : {}),
        });
        await server.run('CREATE DATABASE shop');
        await server.run(SCHEMA, 'shop');
        vault = await testVault();
        ({ place, manifest } = await takeBackup(server.url('shop'), vault, { chunkBytes: 500_000 }));
        folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
      });
      afterAll(async () => {
        await server?.stop();
        vault?.remove();
      });

      async function fingerprintOf(database: string) {
        const client = await server.connect(database);
        for (const setting of sessionSettings(major)) await client.query(setting);
        return readFingerprint(async (sql) => (await client.query(sql)).rows);
      }

      it('is intact, every item', async () => {
        const report = await verifyBackup(vault.store, place, {
          requireTables: ['shop.customers', 'public.wide'],
        });
        expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
        expect(report).toMatchObject({ verdict: 'intact', notes: [] });
        expect(manifest.tables.some(({ chunks }) => chunks.length > 1)).toBe(true);
      });

      it('comes back by restore.sh: the same catalog, rows, and dump', async () => {
        await server.run('CREATE DATABASE restored');
        const environment = psqlEnvironment(server, 'restored');
        const { status, stderr, stdout } = await runRestoreScript(folder, {
          environment,
          arguments: ['--roles', '--database-settings'],
        });
        expect({ status, stderr }).toMatchObject({ status: 0 });
        expect(stdout).toContain('Restored into restored:');
        const [source, target] = [await fingerprintOf('shop'), await fingerprintOf('restored')];
        expect(compareFingerprints(source, target).filter(({ verdict }) => verdict !== 'match')).toEqual([]);
        const again = await takeBackup(server.url('restored'), vault);
        const contents = ({ tables, sequences, largeObjects }: Manifest) => ({
          tables: tables.map(({ schema, name, rows, digest, partitionRoot }) =>
            // Which hash partition holds which enum value differs from database to database.
            partitionRoot?.name === 'moods' ? 'moods' : { schema, name, rows, digest },
          ),
          sequences,
          largeObjects: { ...largeObjects, chunks: [] },
        });
        expect(contents(again.manifest)).toEqual(contents(manifest));
        if (!binDirectory) return;
        const dumpOf = async (database: string) => {
          const { stdout } = await run(
            join(binDirectory, 'pg_dump'),
            ['--no-subscriptions', '--exclude-table-data=shop.moods_*'],
            { env: psqlEnvironment(server, database), maxBuffer: 1 << 28 },
          );
          return stdout.replace(/^\\(un)?restrict .*$/gm, '');
        };
        expect((await dumpOf('restored')) === (await dumpOf('shop'))).toBe(true);
      });

      it('of the schema only comes back without rows', async () => {
        const backup = await takeBackup(server.url('shop'), vault, { scope: 'schema-only' });
        expect(await verifyBackup(vault.store, backup.place)).toMatchObject({ verdict: 'intact' });
        await server.run('CREATE DATABASE bare');
        const { status, stderr, stdout } = await runRestoreScript(
          join(vault.directory, attemptPrefix(backup.place, backup.manifest.attempt)),
          { environment: psqlEnvironment(server, 'bare'), arguments: ['--roles'] },
        );
        expect({ status, stderr }).toMatchObject({ status: 0 });
        expect(stdout).toContain('Restored into bare: the schema, without rows.');
        const client = await server.connect('bare');
        expect((await client.query('SELECT count(*)::int AS n FROM shop.customers')).rows).toEqual([
          { n: 0 },
        ]);
      });

      it('holds no secret', () => {
        const texts = manifest.objects
          .filter(({ purpose }) => purpose !== 'fingerprint')
          .map(({ key }) => readFileSync(join(vault.directory, key), 'utf8'));
        expect(texts.join('\n')).not.toContain('hush');
        expect(manifest.placeholders).toHaveLength(1);
        expect(texts.join('\n')).toContain(manifest.placeholders[0]?.placeholder);
      });

      it('agrees with sha256sum, zstd and psql', async () => {
        const sh = async (script: string, environment = {}) =>
          (
            await run('sh', ['-euc', script], {
              cwd: vault.directory,
              env: { PATH: process.env.PATH, ...environment },
              maxBuffer: 1 << 26,
            })
          ).stdout;
        const chunks = [...manifest.tables.flatMap((table) => table.chunks), ...manifest.largeObjects.chunks];
        const sums = [...manifest.objects, ...chunks].map(({ sha256, key }) => `${sha256}  ${key}`);
        await sh(`printf '%s\\n' "$SUMS" | sha256sum -c --quiet`, { SUMS: sums.join('\n') });
        for (const { key, rows, rawBytes, sizeBytes } of chunks) {
          const counted = await sh(`zstd -dcq -- "$KEY" | wc -lc; wc -c < "$KEY"`, { KEY: key });
          expect(counted.trim().split(/\s+/).map(Number), key).toEqual([rows, rawBytes, sizeBytes]);
        }
        // The command that docs/archive-format.md gives for the manifest's own checksum.
        const page = readFileSync(new URL('../../docs/archive-format.md', import.meta.url), 'utf8');
        const [, command = ''] = /```sh\n(sed .*sha256sum)\n```/.exec(page) ?? [];
        const path = `${place.retentionClass}/${place.source}/${place.backupId}`;
        const checksum = await sh(`cd '${path}'; ${command}`);
        expect(readFileSync(join(vault.directory, path, 'manifest.json'), 'utf8')).toContain(
          `"selfSha256": "${checksum.slice(0, 64)}"`,
        );
        // psql reads the manifest by itself and counts at the source.
        const counts = await sh(
          `psql -XAtq -v ON_ERROR_STOP=1 <<'SQL'
\\set manifest \`cat ${path}/manifest.json\`
SELECT format('SELECT %L, %s - count(*) FROM ONLY %I.%I;', t->>'name', t->>'rows', t->>'schema', t->>'name')
  FROM jsonb_array_elements(:'manifest'::jsonb->'tables') t \\gexec
SQL`,
          psqlEnvironment(server, 'shop'),
        );
        const rows = counts
          .trim()
          .split('\n')
          .filter((line) => /\|-?\d+$/.test(line));
        expect(rows).toHaveLength(manifest.tables.length);
        expect(rows.every((line) => line.endsWith('|0'))).toBe(true);
      });
    },
  );
}
