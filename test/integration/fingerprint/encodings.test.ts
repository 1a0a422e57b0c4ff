import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFingerprints } from '../../../lib/engine/fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../../../lib/engine/fingerprint/fingerprint.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { openSession } from './every-kind.ts';
import { differences } from './told.ts';

const SCHEMA = `
  CREATE SCHEMA "Größe";
  CREATE TYPE "Größe".laune AS ENUM ('fröhlich', 'müde');
  CREATE TABLE "Größe"."Straße" (maß text DEFAULT 'groß' CHECK (maß <> 'ß'));
  COMMENT ON TABLE "Größe"."Straße" IS 'mit Öl';
  CREATE FUNCTION "Größe".f() RETURNS text LANGUAGE sql AS $$ SELECT 'schön'::text $$;
  SELECT lo_create(5);
  COMMENT ON LARGE OBJECT 5 IS 'übermäßig';`;

describe('the same schema in another encoding', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    for (const encoding of ['UTF8', 'LATIN1', 'SQL_ASCII']) {
      await server.run(`CREATE DATABASE ${encoding} TEMPLATE template0 ENCODING '${encoding}'`);
      await server.run(SCHEMA, encoding.toLowerCase());
    }
  });
  afterAll(() => server.stop());

  async function read(database: string): Promise<Fingerprint> {
    const { client, query } = await openSession(server, database);
    try {
      return await readFingerprint(query);
    } finally {
      await client.end();
    }
  }

  it.each(['latin1', 'sql_ascii'])('has the same fingerprint: %s', async (database) => {
    const utf8 = await read('utf8');
    expect(differences(compareFingerprints(utf8, await read(database)))).toEqual([]);
    expect(utf8.entries.map(({ name }) => name)).toContain('"Größe"."Straße"."maß"');
  });

  it('is read although bytes of a SQL_ASCII database are no UTF-8, and each of them counts', async () => {
    const withByte = (before: string, byte: string, after: string) =>
      `EXECUTE convert_from('\\x${Buffer.from(before).toString('hex')}${byte}${Buffer.from(after).toString('hex')}', 'SQL_ASCII');`;
    const change = (byte: string) => `DO $$ BEGIN
      ${withByte("CREATE OR REPLACE FUNCTION public.f() RETURNS int LANGUAGE sql AS '/* ", byte, " */ SELECT 1'")}
      ${withByte("COMMENT ON LARGE OBJECT 5 IS '", byte, "'")}
    END $$`;
    await server.run(change('e4'), 'sql_ascii');
    const before = await read('sql_ascii');
    expect(differences(compareFingerprints(before, await read('sql_ascii')))).toEqual([]);
    await server.run(change('f6'), 'sql_ascii');
    expect(differences(compareFingerprints(before, await read('sql_ascii')))).toEqual([
      'differs facts function public.f(): source',
      'differs facts large objects 0 to 999: ownersGrantsAndComments',
    ]);
  });
});
