import { PGlite } from '@electric-sql/pglite';
import { citext } from '@electric-sql/pglite/contrib/citext';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryRows } from '../../../lib/engine/connection/query-rows.ts';
import { sessionSettings } from '../../../lib/engine/connection/session-settings.ts';
import { compareFingerprints } from '../../../lib/engine/fingerprint/compare-fingerprints.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import type { PostgresServer, ServerMajor } from '../../support/postgres-server.ts';
import { openSession, readSchemaFile, schemaFiles, startWithRoles } from './every-kind.ts';
import { differences } from './told.ts';

describe.each<ServerMajor>([15, 18])('PGlite and PostgreSQL %i, given the same statements', (major) => {
  let server: PostgresServer;
  let embedded: PGlite;

  beforeAll(async () => {
    server = await startWithRoles(major);
    await server.run('CREATE DATABASE shop');
    for (const file of schemaFiles(major)) await server.run(readSchemaFile(file), 'shop');
    embedded = await PGlite.create({ extensions: { citext } });
    for (const file of ['roles.sql', ...schemaFiles(major)]) await embedded.exec(readSchemaFile(file));
    for (const statement of sessionSettings(18)) await embedded.exec(statement);
  });
  afterAll(async () => {
    await embedded?.close();
    await server?.stop();
  });

  it('have the same fingerprint, read by the same code', async () => {
    const inProcess: QueryRows = async (sql) => (await embedded.query<Record<string, unknown>>(sql)).rows;
    const { query } = await openSession(server, 'shop');
    const source = await readFingerprint(query);
    const target = await readFingerprint(inProcess, { like: source });
    expect(differences(compareFingerprints(source, target))).toEqual([]);
    expect(source.entries.length).toBeGreaterThan(200);
  });
});
