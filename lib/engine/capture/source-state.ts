import type { Epoch } from '../archive/changes/change-records.ts';
import { catalogHashSql, publicationHashSql } from '../catalog/catalog-hash.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { lsnOf } from '../pgoutput/lsn.ts';

export interface SlotState {
  readonly databaseOid: number | null;
  readonly activePid: number | null;
  readonly confirmed: string | null;
  readonly restartLsn: string | null;
  /** `reserved`, `extended`, `unreserved`, `lost` (PostgreSQL manual, pg_replication_slots). */
  readonly walStatus: string | null;
  readonly safeWalBytes: number | null;
  readonly heldWalBytes: number;
}

/** What one look at the source shows. The clock was read before everything else. */
export interface SourceState {
  readonly clock: Date;
  readonly server: Epoch['server'];
  readonly flushLsn: bigint;
  readonly insertLsn: bigint;
  /** pg_snapshot_xmax and _xmin of the snapshot that showed the catalog. */
  readonly nextXid: string;
  readonly xmin: string;
  readonly catalogHash: string;
  readonly publicationHash: string;
  readonly publicationExists: boolean;
  readonly slot: SlotState | undefined;
}

/** One round trip. `name` is that of slot and publication. */
export async function readSourceState(query: QueryRows, name: string): Promise<SourceState> {
  const [[clock], [shown], [wal], [slot]] = await Promise.all([
    query(
      'SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') AS now',
    ),
    query(`
      SELECT pg_catalog.pg_snapshot_xmax(s)::text AS next_xid, pg_catalog.pg_snapshot_xmin(s)::text AS xmin,
             ${catalogHashSql()} AS catalog, ${publicationHashSql(name)} AS publication,
             (SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication p WHERE p.pubname = ${quoteLiteral(name)})::int AS publications,
             d.oid::text AS database_oid, d.datname::text AS database, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
             pg_catalog.current_setting('server_version_num')::int AS version
        FROM pg_catalog.pg_current_snapshot() s, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`),
    query(`
      SELECT pg_catalog.pg_current_wal_flush_lsn()::text AS flush, pg_catalog.pg_current_wal_insert_lsn()::text AS insert,
             ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::int AS timeline,
             CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') THEN 1 ELSE 0 END AS may_read_system`),
    readSlotSql(query, name),
  ]);
  const [system] = wal?.may_read_system
    ? await query('SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()')
    : [];
  return {
    clock: new Date(String(clock?.now)),
    server: {
      versionNumber: Number(shown?.version),
      database: String(shown?.database),
      databaseOid: Number(shown?.database_oid),
      encoding: String(shown?.encoding),
      systemIdentifier: system ? String(system.id) : null,
      timeline: Number(wal?.timeline),
    },
    flushLsn: lsnOf(String(wal?.flush)),
    insertLsn: lsnOf(String(wal?.insert)),
    nextXid: String(shown?.next_xid),
    xmin: String(shown?.xmin),
    catalogHash: String(shown?.catalog),
    publicationHash: String(shown?.publication),
    publicationExists: shown?.publications === 1,
    slot: slotOf(slot),
  };
}

/** The slot alone. Undefined if there is none of that name. */
export async function readSlot(query: QueryRows, name: string): Promise<SlotState | undefined> {
  const [slot] = await readSlotSql(query, name);
  return slotOf(slot);
}

function readSlotSql(query: QueryRows, name: string) {
  return query(`
    SELECT s.datoid::text AS database_oid, s.active_pid, s.confirmed_flush_lsn::text AS confirmed, s.restart_lsn::text AS restart,
           s.wal_status, s.safe_wal_size::text AS safe,
           COALESCE(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn), 0)::text AS held
      FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = ${quoteLiteral(name)}`);
}

function slotOf(row: Readonly<Record<string, unknown>> | undefined): SlotState | undefined {
  if (!row) return undefined;
  const text = (value: unknown) => (value === null ? null : String(value));
  return {
    databaseOid: row.database_oid === null ? null : Number(row.database_oid),
    activePid: row.active_pid === null ? null : Number(row.active_pid),
    confirmed: text(row.confirmed),
    restartLsn: text(row.restart),
    walStatus: text(row.wal_status),
    safeWalBytes: row.safe === null ? null : Number(row.safe),
    heldWalBytes: Math.max(0, Number(row.held)),
  };
}
