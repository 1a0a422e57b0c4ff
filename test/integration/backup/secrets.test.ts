import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  server = await startPostgres({ major: 17, settings: { wal_level: 'logical' } });
  vault = await testVault();
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

describe('secrets of a catalog', () => {
  it('become placeholders that the manifest names, and are nowhere in the vault', async () => {
    await server.run(
      `CREATE ROLE web LOGIN PASSWORD 'role-s3cret';
       CREATE EXTENSION postgres_fdw;
       CREATE SERVER billing FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'billing.example');
       CREATE USER MAPPING FOR web SERVER billing OPTIONS (user 'web', password 'mapping-s3cret');
       CREATE TABLE t AS SELECT 1 AS a;
       ALTER ROLE web SET app.jwt_secret = 'setting-s3cret';
       GRANT SELECT ON t TO web`,
    );
    await server.run(
      `CREATE SUBSCRIPTION feed CONNECTION 'host=other.example dbname=x user=repl password=subscription-s3cret'
         PUBLICATION p WITH (connect = false)`,
    );
    const { manifest } = await takeBackup(server.url(), vault);
    for (const file of vault.files()) {
      const bytes = readFileSync(join(vault.directory, file));
      const text = (file.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString('latin1');
      expect(text.match(/s3cret/g), file).toBeNull();
      expect(text.includes(server.password), file).toBe(false);
    }
    const names = manifest.placeholders.map(({ name }) => name).join('\n');
    expect(names).toMatch(/mapping .*web .*billing/);
    expect(names).toMatch(/subscription .*feed/);
    expect(names).toMatch(/app\.jwt_secret/);
  });
});
