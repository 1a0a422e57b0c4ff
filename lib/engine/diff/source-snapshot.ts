import type pg from 'pg';
import { OWN_SCHEMAS } from '../catalog/own-schemas.ts';
import { type SourceTable, tablesToCopy, unreadableRelations } from '../catalog/tables.ts';
import { checkServerVersion } from '../connection/check-version.ts';
import { type ConnectOptions, connect, type Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkAddress } from '../connection/host-profile.ts';
import { type QueryRows, queryRows } from '../connection/query-rows.ts';
import { serverGuards, stayAwake } from '../connection/server-guards.ts';
import { CopyOut } from '../copy-text/copy-out.ts';
import { isForgotten, lockBlockers, lockRefused } from '../snapshot/lock-blockers.ts';
import { backOff, lockRelations } from '../snapshot/lock-relations.ts';
import { NewestState } from '../snapshot/newest-state.ts';
import { type ReadSnapshot, refuseChangedPrinting } from '../snapshot/printing/refuse-changed-printing.ts';
import { SchemaChangedError } from '../snapshot/refuse-changed-schema.ts';
import { significantTokens, TokenReader } from '../sql-script/tokens.ts';
import { readingFailed } from './reading-failed.ts';

/** A session that sees the source as it was at one moment. */
export interface SourceSnapshot {
  readonly query: QueryRows;
  readonly takenAt: Date;
  /** The wanted tables, which were locked before the snapshot, so that it shows all of their rows. */
  readonly tables: readonly SourceTable[];
  /** Schemas of an unfinished restore; their tables are not read. */
  readonly unfinished: readonly string[];
  /** Tables of which the role may not read anything, or not all rows, by {@link keyOf}. */
  readonly unreadable: ReadonlyMap<string, 'privilege' | 'row-security'>;
  /** Used to check that rows were printed as the snapshot shows them: see snapshot/printing. */
  readonly moment: ReadSnapshot & { readonly exportedSnapshot: string };
  /** The columns of a SELECT's result, of which no row is read. */
  columnsOf(select: string): Promise<readonly SelectedColumn[]>;
  /** The rows of `COPY … TO STDOUT`, and in the end their digest. Each piece is valid until the next is requested. */
  copy(statement: string): CopyOut;
}

export interface SelectedColumn {
  readonly name: string;
  /** OID of its type. */
  readonly type: number;
  /** -1 if the type has none. */
  readonly modifier: number;
}

/** How long to keep trying to get locks that other sessions hold. */
const LOCK_PATIENCE_MS = 60_000;

export interface SnapshotOptions extends ConnectOptions {
  readonly signal: AbortSignal;
  /** Which tables will be read. */
  readonly wanted: (table: SourceTable) => boolean;
  /** How often `use` may be called. @default 3 */
  readonly tries?: number;
  /** A sentence about what a failure ends. @default that of a comparison */
  readonly stopped?: string;
}

/** How often to try, if rows may have been printed with another catalog than the snapshot's. */
const TRIES = 3;

/**
 * Connects, locks the tables that will be read, takes a snapshot, and ends everything after `use`. The locks
 * come first: a table that is truncated after the snapshot would read as empty. If catalog entries that
 * decide how rows are printed change meanwhile, `use` is called again with another snapshot.
 */
export async function withSourceSnapshot<Result>(
  settings: ConnectionSettings,
  options: SnapshotOptions,
  use: (snapshot: SourceSnapshot) => Promise<Result>,
): Promise<Result> {
  checkAddress(settings);
  const guarded = { guards: serverGuards(), ...options };
  for (let tries = 1; ; tries += 1) {
    try {
      return await useSnapshot(settings, guarded, use);
    } catch (error) {
      if (!(error instanceof SchemaChangedError) || tries === (options.tries ?? TRIES))
        throw readingFailed(error, options.stopped);
    }
  }
}

async function useSnapshot<Result>(
  settings: ConnectionSettings,
  options: SnapshotOptions,
  use: (snapshot: SourceSnapshot) => Promise<Result>,
): Promise<Result> {
  const session = await connect(settings, { ...options, refusesPools: true });
  const { client } = session;
  // Reading the backup's rows may take long, while this session is idle.
  const fallAsleep = stayAwake(client);
  const onAbort = () => destroy(client);
  options.signal.addEventListener('abort', onAbort);
  try {
    options.signal.throwIfAborted();
    checkServerVersion(session.major);
    const snapshot = await takeSnapshot(session, options);
    const result = await use(snapshot);
    await refuseOtherPrinting(snapshot, settings, options);
    return result;
  } catch (error) {
    options.signal.throwIfAborted();
    throw session.failure(error, 'Reading the source');
  } finally {
    fallAsleep();
    options.signal.removeEventListener('abort', onAbort);
    if (!options.signal.aborted) await session.end();
  }
}

async function refuseOtherPrinting(
  { moment, tables, unreadable }: SourceSnapshot,
  settings: ConnectionSettings,
  options: ConnectOptions,
): Promise<void> {
  const read = tables.filter((table) => !unreadable.has(keyOf(table))).map(({ oid }) => oid);
  const newest = new NewestState(settings, moment.exportedSnapshot, options);
  try {
    await refuseChangedPrinting(moment, newest.query, read);
  } finally {
    await newest.end();
  }
}

async function takeSnapshot(
  { client, major }: Session,
  { signal, wanted }: SnapshotOptions,
): Promise<SourceSnapshot> {
  const query = queryRows(client);
  const startedAt = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    const unreadable = new Map(
      (await unreadableRelations(query)).map(({ name, why }) => [keyOfQuoted(name), why]),
    );
    const unfinished = (await query(OWN_SCHEMAS)).map(({ name }) => String(name));
    const tables = (await tablesToCopy(query, major)).filter(
      (table) => wanted(table) && !unfinished.includes(table.schema),
    );
    const readable = tables.filter((table) => !unreadable.has(keyOf(table)));
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    if ((await lockRelations(client, readable)) === 'locked') {
      // The first query takes the snapshot. It prints the time in UTC with milliseconds, for any DateStyle
      // and time zone.
      const [now] = await query(
        `SELECT pg_catalog.to_char(pg_catalog.statement_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now,
                pg_catalog.pg_export_snapshot() AS exported, pg_catalog.pg_current_snapshot()::text AS snapshot,
                pg_catalog.pg_is_in_recovery() AS standby`,
      );
      const moment = {
        ...{ query, major, exportedSnapshot: String(now?.exported), snapshot: String(now?.snapshot) },
        standby: now?.standby === true,
      };
      const copy = (statement: string) => new CopyOut(client, statement);
      const columnsOf = async (select: string) => {
        const { fields } = await client.query(`SELECT * FROM (${select}\n) AS selected LIMIT 0`);
        return fields.map(({ name, dataTypeID: type, dataTypeModifier: modifier }) => ({
          ...{ name, type, modifier },
        }));
      };
      const takenAt = new Date(String(now?.now));
      return { query, takenAt, tables, unfinished, unreadable, moment, columnsOf, copy };
    }
    await client.query('ROLLBACK');
    const waitedMs = performance.now() - startedAt;
    const blockers = await lockBlockers(client, readable);
    if (waitedMs > LOCK_PATIENCE_MS || blockers.some(isForgotten)) throw lockRefused(blockers, waitedMs);
    await backOff(attempt, signal);
  }
}

/** A table's name, for maps. */
export function keyOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}\0${name}`;
}

/** The key of a name as the server quotes it: `public."Odd name"`. */
function keyOfQuoted(quoted: string): string {
  const [schema = '', name = ''] = new TokenReader(significantTokens(quoted)).readDottedName() ?? [];
  return keyOf({ schema, name });
}

function destroy(client: pg.Client): void {
  // pg's own end() waits for the running query, so the socket is destroyed.
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}
