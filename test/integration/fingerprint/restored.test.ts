import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDatabaseSql } from '../../../lib/engine/catalog/database-sql.ts';
import { writeLargeObjectMetadata } from '../../../lib/engine/catalog/large-object-metadata.ts';
import { namedRoles } from '../../../lib/engine/catalog/named-roles.ts';
import { writeRolesSql } from '../../../lib/engine/catalog/roles.ts';
import { rolesToKeep } from '../../../lib/engine/catalog/roles-to-keep.ts';
import { readSequences, writeSequencesSql } from '../../../lib/engine/catalog/sequences.ts';
import { type QueryRows, queryRows } from '../../../lib/engine/connection/query-rows.ts';
import { compareFingerprints } from '../../../lib/engine/fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../../../lib/engine/fingerprint/fingerprint.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import { serializeFingerprint } from '../../../lib/engine/fingerprint/serialize-fingerprint.ts';
import { dumpSchema } from '../../../lib/engine/schema-dump/dump-schema.ts';
import { replaceSecrets } from '../../../lib/engine/schema-dump/replace-secrets.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { createEveryKind, openSession, startWithRoles } from './every-kind.ts';
import { differences } from './told.ts';

/** The SQL files of an archive, in the order of a restore. */
async function writeArchive(client: pg.Client, query: QueryRows): Promise<Record<string, string>> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const roles = await rolesToKeep(query, (await namedRoles(query)).names);
  const files: Record<string, string> = {
    'roles.sql': (await writeRolesSql(query, roles)).sql,
    'database.sql': (await writeDatabaseSql(query)).sql,
  };
  const sequences = writeSequencesSql(await readSequences(query));
  const largeObjects = (await Array.fromAsync(writeLargeObjectMetadata(query))).join('');
  const dump = await dumpSchema({ client, signal: new AbortController().signal, deadlineMs: 30_000 });
  await client.query('COMMIT');
  return {
    ...files,
    'pre-data.sql': replaceSecrets(dump.preData).script.toString('utf8'),
    'metadata.sql': largeObjects,
    'sequences.sql': sequences,
    'post-data.sql': replaceSecrets(dump.postData).script.toString('utf8'),
  };
}

describe.each<[ServerMajor, ServerMajor]>([
  [14, 18],
  [15, 15],
  [17, 18],
  [18, 18],
])('what is written of PostgreSQL %i, restored on a fresh server of %i', (from, to) => {
  let source: PostgresServer;
  let target: PostgresServer;
  let archive: Record<string, string>;
  let before: Fingerprint;
  let restored: { client: pg.Client; query: QueryRows };

  beforeAll(async () => {
    source = await startWithRoles(from);
    await createEveryKind(source, 'shop');
    await source.run(
      `
      ALTER DATABASE shop SET work_mem = '5MB';
      ALTER ROLE shop_app IN DATABASE shop SET lock_timeout = '3s';
      SELECT setval('shop.invoice_number', 1005); SELECT nextval('shop.users_id_seq')`,
      'shop',
    );
    const session = await openSession(source, 'shop');
    before = await readFingerprint(session.query);
    archive = await writeArchive(session.client, session.query);

    target = await startPostgres({ major: to, settings: { wal_level: 'logical' } });
    await target.run('CREATE DATABASE elsewhere TEMPLATE template0');
    restored = await openSession(target, 'elsewhere');
    await restored.client.query('SET check_function_bodies = off');
    for (const [file, sql] of Object.entries(archive)) {
      await restored.client.query(sql).catch((error: Error) => {
        throw new Error(`${file}: ${error.message}`);
      });
    }
  });
  afterAll(async () => {
    await source?.stop();
    await target?.stop();
  });

  it('has the fingerprint of the source', async () => {
    const after = await readFingerprint(restored.query, { like: before });
    expect(differences(compareFingerprints(before, after))).toEqual([]);
    expect(after.entries.length).toBe(before.entries.length);
  });

  it('has the values of the sequences, and settings of a database of another name', async () => {
    const { query } = await openSession(source, 'shop');
    expect(await readSequences(queryRows(restored.client))).toEqual(await readSequences(query));
    const settings = `SELECT s.setrole <> 0 AS of_role, s.setconfig FROM pg_db_role_setting s
      JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database() ORDER BY 1`;
    expect(await restored.query(settings)).toEqual([
      { of_role: false, setconfig: ['work_mem=5MB'] },
      { of_role: true, setconfig: ['lock_timeout=3s'] },
    ]);
  });

  it('held no secret', () => {
    expect(Object.values(archive).join('') + serializeFingerprint(before)).not.toContain('swordfish');
  });
});
