import { type Measure, MOST_OBJECTS, numberOf, textOf } from './measure.ts';

export interface ReplicationSlot {
  readonly name: string;
  readonly isActive: boolean;
  /** Null where the slot has not reserved any, or has lost it. */
  readonly heldBytes: number | null;
  /** `reserved`, `extended`, `unreserved` or `lost`. */
  readonly walStatus: string;
  /** Since PostgreSQL 17; null where it is not known. */
  readonly inactiveSeconds: number | null;
  /** How many transaction IDs old the oldest is that vacuum must not freeze because of it. */
  readonly xminAge: number | null;
}

/** to_jsonb, because `inactive_since` is not there before PostgreSQL 17. */
export const replicationSlots: Measure<readonly ReplicationSlot[]> = {
  name: 'replication-slots',
  sql: () => `
    SELECT s.slot_name::text AS name, s.active, s.wal_status AS status,
           pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                                           ELSE pg_catalog.pg_current_wal_lsn() END, s.restart_lsn)::float8 AS held,
           EXTRACT(EPOCH FROM pg_catalog.now() - (pg_catalog.to_jsonb(s) ->> 'inactive_since')::timestamptz)::float8 AS inactive_s,
           GREATEST(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin))::float8 AS xmin_age
      FROM pg_catalog.pg_replication_slots s WHERE NOT s.temporary
     ORDER BY s.active, 4 DESC NULLS LAST LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows.map((row) => ({
      name: textOf(row.name),
      isActive: row.active === true,
      heldBytes: numberOf(row.held),
      walStatus: textOf(row.status),
      inactiveSeconds: numberOf(row.inactive_s),
      xminAge: numberOf(row.xmin_age),
    })),
};
