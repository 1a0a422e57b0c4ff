import type { HostProfile } from '../../contract/host-profiles.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';

/** Something that the source lacks, and the statement or the host's page that mends it. */
export interface Missing {
  readonly code:
    | 'too-old'
    | 'standby'
    | 'wal-level'
    | 'replication-right'
    | 'create-right'
    | 'no-free-slot'
    | 'limit-advised';
  readonly what: string;
  readonly remedy: string;
  /** `advice` does not keep the capture from working. */
  readonly severity: 'missing' | 'advice';
}

/** Where a host's manual says how logical replication is switched on; docs/point-in-time.md quotes them. */
const HOST_REMEDIES: Readonly<Record<HostProfile, string>> = {
  plain:
    "`ALTER SYSTEM SET wal_level = 'logical';`, then restart the server. From 19 on `replica` suffices, without a restart.",
  rds: 'Set rds.logical_replication = 1 in the parameter group and reboot (Amazon RDS User Guide, "Performing logical replication for Amazon RDS for PostgreSQL").',
  neon: 'Enable logical replication in the project\'s settings (Neon documentation, "Logical replication in Neon")',
  supabase:
    'Ask Supabase\'s support: its guide makes slots without a setting (Supabase documentation, "Replicate to another Postgres database using Logical Replication").',
};
const ROLE_REMEDIES: Partial<Record<HostProfile, (role: string) => string>> = {
  rds: (role) => `\`GRANT rds_replication TO ${role};\``,
};

export async function readMissing(query: QueryRows, name: string, profile: HostProfile): Promise<Missing[]> {
  const [row] = await query(`
    SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major, pg_catalog.pg_is_in_recovery() AS standby,
           COALESCE(pg_catalog.current_setting('effective_wal_level', true), pg_catalog.current_setting('wal_level')) AS wal_level,
           pg_catalog.current_setting('wal_level') AS configured,
           (SELECT r.rolreplication OR r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER) AS may_replicate,
           EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'rds_replication' AND pg_catalog.pg_has_role(r.oid, 'MEMBER')) AS rds,
           pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create,
           CURRENT_USER::text AS role, pg_catalog.current_database()::text AS database,
           pg_catalog.current_setting('max_replication_slots')::int AS slots,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots s WHERE s.slot_name <> ${quoteLiteral(name)})::int AS used,
           pg_catalog.current_setting('max_slot_wal_keep_size') AS keep`);
  const role = quoteIdentifier(String(row?.role));
  const major = Number(row?.major);
  const missing: Missing[] = [];
  const add = (
    code: Missing['code'],
    what: string,
    remedy: string,
    severity: Missing['severity'] = 'missing',
  ) => missing.push({ code, what, remedy, severity });
  if (major < 14)
    add(
      'too-old',
      `The server is PostgreSQL ${major}.`,
      'Changes can be captured from PostgreSQL 14 on: upgrade the server.',
    );
  if (row?.standby === true)
    add('standby', 'The server is a standby, which cannot hold a publication.', 'Connect to the primary.');
  // From 19 on the first logical slot raises the effective level by itself.
  const isEnough = row?.wal_level === 'logical' || (major >= 19 && row?.configured === 'replica');
  if (!isEnough)
    add(
      'wal-level',
      `wal_level is ${String(row?.wal_level)}, and logical slots need \`logical\`.`,
      HOST_REMEDIES[profile],
    );
  if (row?.may_replicate !== true && row?.rds !== true)
    add(
      'replication-right',
      `The role ${String(row?.role)} may not use replication slots.`,
      ROLE_REMEDIES[profile]?.(role) ?? `\`ALTER ROLE ${role} REPLICATION;\``,
    );
  if (row?.may_create !== true)
    add(
      'create-right',
      `The role ${String(row?.role)} may not create a publication in ${String(row?.database)}.`,
      `\`GRANT CREATE ON DATABASE ${quoteIdentifier(String(row?.database))} TO ${role};\``,
    );
  if (Number(row?.used) >= Number(row?.slots))
    add(
      'no-free-slot',
      `All ${String(row?.slots)} replication slots are in use.`,
      '`ALTER SYSTEM SET max_replication_slots = …;` and restart the server, or drop a slot that nobody needs (pg_replication_slots).',
    );
  if (row?.keep === '-1')
    add(
      'limit-advised',
      'max_slot_wal_keep_size is -1: a slot that nobody reads would fill the disk.',
      "`ALTER SYSTEM SET max_slot_wal_keep_size = '8GB'; SELECT pg_reload_conf();`, or let `lifeboat pitr watch` run.",
      'advice',
    );
  return missing;
}
