import { readFileSync } from 'node:fs';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type RestoreReport, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

export const SMALL_COMPANY = readFileSync(new URL('small-company.sql', import.meta.url), 'utf8');

type Options = Partial<Omit<RestoreRequest, 'store' | 'place' | 'settings'>>;

/** A source with a small company's database, a backup of it, and a server to restore to. */
export interface RestoreWorld {
  readonly source: PostgresServer;
  readonly target: PostgresServer;
  readonly vault: TestVault;
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  /** Makes an empty database on the target, and gives its name. */
  newDatabase(): Promise<string>;
  /** What a restore of that backup into that database is asked for. */
  request(database: string, options?: Options): RestoreRequest;
  restore(database: string, options?: Options): Promise<RestoreReport>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly major?: ServerMajor;
  /** Of the target; the source's unless given. */
  readonly targetMajor?: ServerMajor;
  /** Creates the source's database; SMALL_COMPANY unless given. */
  readonly sql?: string;
}

export async function openWorld({ major = 17, targetMajor = major, sql = SMALL_COMPANY }: WorldOptions = {}) {
  const [source, target, vault] = await Promise.all([
    startPostgres({ major, settings: { wal_level: 'logical', max_prepared_transactions: '2' } }),
    startPostgres({ major: targetMajor, settings: { wal_level: 'logical' } }),
    testVault(),
  ]);
  let databases = 0;
  await source.run('CREATE ROLE company_app LOGIN; CREATE ROLE company_owner');
  await source.run('CREATE DATABASE company TEMPLATE template0');
  await source.run(sql, 'company');
  const { place, manifest } = await takeBackup(source.url('company'), vault);
  const request: RestoreWorld['request'] = (database, options = {}) => ({
    store: vault.store,
    place,
    settings: connectionSettings(target.url(database)),
    unproven: true,
    ...options,
  });
  const world: RestoreWorld = {
    source,
    target,
    vault,
    place,
    manifest,
    async newDatabase() {
      databases += 1;
      await target.run(`CREATE DATABASE restored_${databases} TEMPLATE template0`);
      return `restored_${databases}`;
    },
    request,
    restore: (database, options) => restore(request(database, options)),
    async stop() {
      await Promise.all([source.stop(), target.stop()]);
      vault.remove();
    },
  };
  return world;
}

/** One value of one row. */
export async function oneValue(server: PostgresServer, database: string, sql: string): Promise<unknown> {
  const client = await server.connect(database);
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return (rows as unknown[][])[0]?.[0];
  } finally {
    await client.end();
  }
}

/** The rows of a table as one hash, by SQL alone: whatever order they are in, and whoever digested them before. */
export function hashOf(server: PostgresServer, database: string, table: string): Promise<unknown> {
  return oneValue(
    server,
    database,
    `SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) || count(*) FROM ${table} t`,
  );
}

/** Names of what a database holds, sorted: relations and constraints. */
export async function objectsIn(server: PostgresServer, database: string): Promise<string[]> {
  const client = await server.connect(database);
  try {
    const { rows } = await client.query(
      `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^(pg_|information_schema)'
       UNION ALL
       SELECT n.nspname || '.' || r.relname || ' ' || c.contype::text || ' ' || c.conname FROM pg_constraint c
         JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE n.nspname !~ '^(pg_|information_schema)' AND c.contype <> 'n' ORDER BY 1`,
    );
    return rows.map(({ name }) => String(name));
  } finally {
    await client.end();
  }
}

/** Everything of a report that is not as it should be. */
export function problemsOf({ items }: RestoreReport): string[] {
  return items
    .filter(({ verdict }) => verdict !== 'match')
    .map(({ kind, name, verdict, reason }) => `${verdict} ${kind} ${name}: ${reason}`);
}
