import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { dumpSchema } from '../../../lib/engine/source/schema-dump/dump-schema.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { dumpDatabase } from './dump-with.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.runIf(hasOpenssl)('over TLS the dump is the same (needs openssl)', async () => {
  const server = await startPostgres({ major: 18 });
  try {
    const certificate = join(server.dataDirectory, 'server.crt');
    const key = join(server.dataDirectory, 'server.key');
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=test',
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    );
    const { uid, gid } = statSync(server.dataDirectory);
    for (const file of [certificate, key]) {
      chownSync(file, uid, gid);
      chmodSync(file, 0o600);
    }
    await server.run('CREATE TABLE public.t (id int PRIMARY KEY)');
    await server.run('ALTER SYSTEM SET ssl = on');
    await server.restart();

    const client = new pg.Client({ connectionString: server.url(), ssl: { rejectUnauthorized: false } });
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    expect(rows).toEqual([{ ssl: true }]);
    const encrypted = await dumpSchema({ client, signal: new AbortController().signal, deadlineMs: 30_000 });
    await client.end();
    expect(encrypted).toEqual(await dumpDatabase(server));
  } finally {
    await server.stop();
  }
});
