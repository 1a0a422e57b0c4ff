import type pg from 'pg';
import { type QueryRows, queryRows } from '../../../lib/engine/connection/query-rows.ts';
import { sessionSettings } from '../../../lib/engine/connection/session-settings.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';

export interface TestSession {
  readonly client: pg.Client;
  readonly query: QueryRows;
}

/** A session as ours are; `role` by SET SESSION AUTHORIZATION. */
export async function openSession(
  server: PostgresServer,
  database?: string,
  role?: string,
): Promise<TestSession> {
  const client = await server.connect(database);
  for (const statement of sessionSettings(server.major)) await client.query(statement);
  if (role !== undefined) await client.query(`SET SESSION AUTHORIZATION "${role.replaceAll('"', '""')}"`);
  return { client, query: queryRows(client) };
}
