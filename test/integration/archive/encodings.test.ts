import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const missing = missingPrograms('restore.sh in other encodings', ['psql', 'zstd']);

describe.skipIf(missing.length > 0)('restore.sh', () => {
  let server: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    vault = await testVault();
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  async function create(database: string, encoding: string): Promise<void> {
    await server.run(
      `CREATE DATABASE ${database} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
  }

  async function restore(source: string, target: string) {
    const { place, manifest } = await takeBackup(server.url(source), vault);
    expect(await verifyBackup(vault.store, place)).toMatchObject({ verdict: 'intact' });
    const folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
    return {
      manifest,
      ...(await runRestoreScript(folder, { environment: psqlEnvironment(server, target) })),
    };
  }

  it.each([
    ['LATIN1', 'LATIN1'],
    ['LATIN1', 'UTF8'],
    ['SQL_ASCII', 'SQL_ASCII'],
    ['EUC_JP', 'EUC_JP'],
  ])('brings a database of %s back into one of %s, byte for byte', async (from, to) => {
    const [source, target] = [`s_${from}_${to}`.toLowerCase(), `t_${from}_${to}`.toLowerCase()];
    await create(source, from);
    await create(target, to);
    const value =
      from === 'EUC_JP'
        ? "convert_from('\\xa4a2', 'EUC_JP')"
        : from === 'LATIN1'
          ? 'chr(228)'
          : "convert_from('\\xe4ff', 'SQL_ASCII')";
    await server.run(
      `SET client_encoding = 'SQL_ASCII'; CREATE TABLE plain (name text, note text);
       INSERT INTO plain SELECT 'k' || ${value}, E'line\\nfeed\\\\' FROM generate_series(1, 3)`,
      source,
    );
    if (from !== 'SQL_ASCII') {
      const name = from === 'LATIN1' ? 'größe' : 'あ';
      await server.run(
        `CREATE TABLE "${name}" ("${name}" text); COMMENT ON TABLE "${name}" IS '${name}'`,
        source,
      );
    }
    const { status, stderr, stdout, manifest } = await restore(source, target);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.includes('Note: the backup')).toBe(from !== to);
    if (from !== to) {
      const client = await server.connect(target);
      expect((await client.query('SELECT DISTINCT name FROM plain')).rows).toEqual([{ name: 'kä' }]);
      expect((await client.query('SELECT * FROM "größe"')).rows).toEqual([]);
      return;
    }
    const again = await takeBackup(server.url(target), vault);
    const digests = ({ tables }: typeof manifest) =>
      tables.map(({ name, rows, digest }) => ({ name, rows, digest }));
    expect(digests(again.manifest)).toEqual(digests(manifest));
  });

  it('names the table where bytes of no encoding are no characters of the database', async () => {
    await create('bytes', 'SQL_ASCII');
    await create('bytes_utf8', 'UTF8');
    await server.run(
      `SET client_encoding = 'SQL_ASCII'; CREATE TABLE "SQL_ASCII" (v text); INSERT INTO "SQL_ASCII" VALUES ('kä');
       CREATE TABLE wrong (v text); INSERT INTO wrong VALUES (E'\\xe4\\xff')`,
      'bytes',
    );
    const { status, stderr, stdout } = await restore('bytes', 'bytes_utf8');
    expect(status).toBe(1);
    expect(stdout).toContain('public.SQL_ASCII');
    expect(stderr).toMatch(
      /invalid byte sequence[\s\S]*NOT WHOLE[\s\S]*NOT in the database.*\n {2}public\.wrong: 1 rows/,
    );
    // Told once: that they are not there is no other finding.
    expect(stderr).not.toContain('instead of');
  });
});
