import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SchemaDump } from '../../../lib/engine/schema-dump/dump-schema.ts';
import { replaceSecrets } from '../../../lib/engine/schema-dump/replace-secrets.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { dumpDatabase } from './dump-with.ts';
import { NASTY_NAMES, richSchema, TABLESPACE_STATEMENTS } from './rich-schema.ts';

const PSQL = '/usr/bin/psql';
const SESSION = ['SET check_function_bodies = off', "SET search_path = ''"];

describe('a schema full of traps', () => {
  let server: PostgresServer;
  let source: SchemaDump;

  beforeAll(async () => {
    server = await startPostgres({ major: 18, settings: { wal_level: 'logical' } });
    const client = await server.connect();
    await client.query(richSchema(18));
    for (const statement of TABLESPACE_STATEMENTS) await client.query(statement);
    source = await dumpDatabase(server);
    await client.query('CREATE DATABASE by_psql TEMPLATE template0');
    await client.query('CREATE DATABASE by_placeholder TEMPLATE template0');
  });
  afterAll(() => server.stop());

  test.runIf(existsSync(PSQL))('comes back when psql runs the files (needs psql)', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lifeboat-replay-'));
    try {
      const files = Object.entries({ pre: source.preData, post: source.postData }).map(([name, bytes]) => {
        const file = join(directory, `${name}.sql`);
        writeFileSync(file, bytes);
        return file;
      });
      execFileSync(
        PSQL,
        [
          ...['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', server.url('by_psql')],
          ...SESSION.flatMap((statement) => ['-c', statement]),
          ...files.flatMap((file) => ['-f', file]),
        ],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
    expectEqual(await dumpDatabase(server, 'by_psql'), source);
  });

  test('comes back with placeholders where its passwords were', async () => {
    const secrets = /sub secret|map''s secret|slash secret/;
    const preData = replaceSecrets(source.preData);
    const postData = replaceSecrets(source.postData);
    expect(source.preData.toString('utf8')).toMatch(secrets);
    expect(source.postData.toString('utf8')).toMatch(secrets);
    expect(`${preData.script}${postData.script}`).not.toMatch(secrets);
    expect([...preData.placeholders, ...postData.placeholders].map(({ name }) => name)).toEqual([
      'user mapping for public on server elsewhere: password',
      'user mapping for reader on server elsewhere: password',
      'subscription sub: password',
    ]);
    const client = await server.connect('by_placeholder');
    for (const statement of SESSION) await client.query(statement);
    await client.query(preData.script.toString('utf8'));
    await client.query(postData.script.toString('utf8'));
    expectEqual(await dumpDatabase(server, 'by_placeholder'), {
      ...source,
      preData: preData.script,
      postData: postData.script,
    });
  });

  test('keeps every name as it is', () => {
    for (const name of NASTY_NAMES) {
      expect(source.preData.toString('utf8')).toContain(
        `CREATE TABLE public."${name.replaceAll('"', '""')}" (`,
      );
    }
  });
});

function expectEqual(actual: SchemaDump, expected: SchemaDump): void {
  expect(actual.preData.toString('utf8')).toBe(expected.preData.toString('utf8'));
  expect(actual.postData.toString('utf8')).toBe(expected.postData.toString('utf8'));
}
