import pg from 'pg';
import { expect, test } from 'vitest';
import { dumpSchema } from '../../../lib/engine/schema-dump/dump-schema.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { canSwitchOnTls, switchOnTls } from '../../support/server-tls.ts';
import { dumpDatabase } from './dump-with.ts';

test.runIf(canSwitchOnTls())('over TLS the dump is the same', async () => {
  const server = await startPostgres({ major: 18 });
  try {
    await server.run('CREATE TABLE public.t (id int PRIMARY KEY)');
    await switchOnTls(server);

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
