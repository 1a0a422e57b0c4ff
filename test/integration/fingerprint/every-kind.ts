import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { type QueryRows, queryRows } from '../../../lib/engine/connection/query-rows.ts';
import { sessionSettings } from '../../../lib/engine/connection/session-settings.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';

const DIRECTORY = new URL('schema/', import.meta.url);

export function readSchemaFile(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, DIRECTORY)), 'utf8');
}

/** The schema files for this major: one object of every kind, and what each major brought. PGlite can apply them, too. */
export function schemaFiles(major: number): string[] {
  const newer = readdirSync(DIRECTORY).filter((name) => {
    const since = /^since-(\d+)\.sql$/.exec(name);
    return since !== null && Number(since[1]) <= major;
  });
  return ['every-major.sql', ...newer.sort()];
}

/** A server with the roles that the schema names, and no schema yet. */
export async function startWithRoles(major: ServerMajor): Promise<PostgresServer> {
  const server = await startPostgres({ major, settings: { wal_level: 'logical' } });
  await server.run(readSchemaFile('roles.sql'));
  return server;
}

/** Creates a database that holds the schema of `major`, of the server's own unless given. */
export async function createEveryKind(
  server: PostgresServer,
  database: string,
  major: number = server.major,
): Promise<void> {
  await server.run(`CREATE DATABASE ${database} TEMPLATE template0`);
  for (const file of [...schemaFiles(major), 'server-only.sql'])
    await server.run(readSchemaFile(file), database);
}

/** A session as ours are, and a way to ask it. */
export async function openSession(
  server: PostgresServer,
  database: string,
): Promise<{ client: pg.Client; query: QueryRows }> {
  const client = await server.connect(database);
  for (const statement of sessionSettings(server.major)) await client.query(statement);
  return { client, query: queryRows(client) };
}
