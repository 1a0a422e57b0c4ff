import type pg from 'pg';
import { queryRows } from '../../../lib/engine/connection/query-rows.ts';
import { dumpSchema, type SchemaDump } from '../../../lib/engine/schema-dump/dump-schema.ts';
import { runPgDump } from '../../../lib/engine/schema-dump/run-pg-dump.ts';
import { reportedParameters } from '../../../lib/engine/schema-dump/session-state.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';

/** A dump of one database, in a transaction of its own. */
export async function dumpDatabase(server: PostgresServer, database?: string): Promise<SchemaDump> {
  return inSnapshot(server, database, (client) =>
    dumpSchema({ client, signal: new AbortController().signal, deadlineMs: 30_000 }),
  );
}

/** What pg_dump itself writes with these arguments. */
export async function runPlainPgDump(
  server: PostgresServer,
  args: readonly string[],
  database?: string,
): Promise<string> {
  return inSnapshot(server, database, async (client) => {
    const outcome = await runPgDump({
      client,
      args: [...args, '--encoding=UTF8', '--restrict-key=key'],
      parameters: await reportedParameters(queryRows(client)),
      signal: new AbortController().signal,
      deadlineMs: 30_000,
    });
    if (outcome.failure !== undefined) throw new Error(outcome.failure);
    return Buffer.from(outcome.file).toString('utf8');
  });
}

export async function inSnapshot<T>(
  server: PostgresServer,
  database: string | undefined,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await server.connect(database);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await use(client);
  } finally {
    await client.end();
  }
}
