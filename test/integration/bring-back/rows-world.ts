import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import {
  type BringBackRequest,
  bringBack,
  type RowsResult,
} from '../../../lib/engine/bring-back/bring-back.ts';
import { type UndoRequest, undo } from '../../../lib/engine/bring-back/undo.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

type Options = Partial<Omit<BringBackRequest, 'store' | 'place' | 'settings'>>;

/** A server whose databases are backed up, damaged, and get their rows back. */
export interface RowsWorld {
  readonly server: PostgresServer;
  readonly vault: TestVault;
  /** A new database with this content, and a backup of it. */
  night(sql: string, createOptions?: string): Promise<Night>;
  stop(): Promise<void>;
}

export interface Night {
  readonly database: string;
  readonly place: BackupPlace;
  run(sql: string): Promise<void>;
  /** The rows of a query: a value for one column, a list for several. */
  rows(sql: string): Promise<unknown[]>;
  /** Everything that a table holds, as one text. */
  hash(table: string): Promise<unknown>;
  bringBack(tables: readonly string[], options?: Options, role?: string): Promise<RowsResult>;
  undo(result: Pick<RowsResult, 'safetyCopy'>, options?: Partial<UndoRequest>): Promise<RowsResult>;
}

export async function openRowsWorld(major: ServerMajor = 17): Promise<RowsWorld> {
  const [server, vault] = await Promise.all([startPostgres({ major }), testVault()]);
  let databases = 0;
  return {
    server,
    vault,
    async night(sql, createOptions = '') {
      databases += 1;
      const database = `night_${databases}`;
      await server.run(`CREATE DATABASE ${database} TEMPLATE template0 ${createOptions}`);
      await server.run(sql, database);
      const { place } = await takeBackup(server.url(database), vault);
      const rows = async (query: string) => {
        const client = await server.connect(database);
        try {
          const { rows: found } = await client.query({ text: query, rowMode: 'array' });
          return (found as unknown[][]).map((row) => (row.length === 1 ? row[0] : row));
        } finally {
          await client.end();
        }
      };
      return {
        database,
        place,
        run: (statements) => server.run(statements, database),
        rows,
        hash: async (table) =>
          (
            await rows(`SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) || count(*) FROM ${table} t`)
          )[0],
        bringBack: (tables, options = {}, role) =>
          bringBack({
            store: vault.store,
            place,
            settings: connectionSettings(as(server.url(database), role)),
            tables,
            ...options,
          }),
        undo: ({ safetyCopy }, options = {}) =>
          undo({
            store: vault.store,
            safetyCopy: String(safetyCopy),
            settings: connectionSettings(server.url(database)),
            ...options,
          }),
      };
    },
    async stop() {
      await server.stop();
      vault.remove();
    },
  };
}

function as(url: string, role: string | undefined): string {
  if (role === undefined) return url;
  const changed = new URL(url);
  changed.username = role;
  changed.password = role;
  return changed.href;
}

/** What was done with each table: inserted, overwritten, deleted, conflicts. */
export function done({ tables }: RowsResult): Record<string, readonly number[]> {
  return Object.fromEntries(
    tables.map(({ name, inserted, overwritten, deleted, conflicts }) => [
      name,
      [inserted, overwritten, deleted, conflicts],
    ]),
  );
}
