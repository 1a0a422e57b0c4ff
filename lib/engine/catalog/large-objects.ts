import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';

/** Large objects with `from` ≤ OID < `to`; `to` is null for the last range, which is open. */
export interface LargeObjectRange {
  readonly from: number;
  readonly to: number | null;
}

/**
 * The most bytes of an object in one row. The archive format fixes this value, because digests depend on it.
 */
export const PIECE_BYTES = 262_144;

/**
 * Whether the role may read every large object, those of tomorrow too: as a superuser, with
 * `lo_compat_privileges`, or, from 19 on, with pg_read_all_data. Before 19 that role reads none (tried on 13 to
 * 19; the function of its name would be an error on 13, where it does not exist).
 */
const MAY_READ_ALL = `
  (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)
  OR pg_catalog.current_setting('lo_compat_privileges')::boolean
  OR EXISTS (SELECT FROM pg_catalog.pg_roles r
              WHERE r.rolname = 'pg_read_all_data' AND pg_catalog.pg_has_role(r.oid, 'USAGE')
                AND pg_catalog.current_setting('server_version_num')::int >= 190000)`;

const MAY_READ = `
  pg_catalog.pg_has_role(m.lomowner, 'USAGE') OR EXISTS (
    SELECT FROM pg_catalog.aclexplode(m.lomacl) a
     WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))`;

/** So many owners get a statement each in the error. */
const OWNERS_NAMED = 3;

/**
 * Reads the number and the stored size of all large objects, and plans ranges of about `chunkBytes` each, by
 * the average size: only a superuser may ask for the size of one. Throws `large-objects-unreadable` if the
 * role lacks SELECT on some.
 */
export async function planLargeObjects(
  query: QueryRows,
  chunkBytes: number,
): Promise<{
  readonly count: number;
  readonly sizeBytes: number;
  readonly ranges: readonly LargeObjectRange[];
}> {
  const [[row]] = await Promise.all([
    query(`
      SELECT pg_catalog.count(*)::text AS count,
             pg_catalog.pg_relation_size('pg_catalog.pg_largeobject')::text AS size
        FROM pg_catalog.pg_largeobject_metadata`),
    refuseUnreadableLargeObjects(query),
  ]);
  const count = Number(row?.count);
  const sizeBytes = Number(row?.size);
  if (count === 0) return { count, sizeBytes: 0, ranges: [] };
  const averageBytes = Math.max(1, sizeBytes / count);
  const objectsInRange = Math.max(1, Math.floor(chunkBytes / averageBytes));
  const starts = await query(`
    SELECT pg_catalog.min(numbered.oid::bigint)::text AS first
      FROM (SELECT m.oid, (pg_catalog.row_number() OVER (ORDER BY m.oid) - 1) / ${objectsInRange} AS range
              FROM pg_catalog.pg_largeobject_metadata m) numbered
     GROUP BY numbered.range ORDER BY numbered.range`);
  const firsts = starts.map(({ first }) => Number(first));
  return {
    count,
    sizeBytes,
    ranges: firsts.map((from, index) => ({ from: index === 0 ? 0 : from, to: firsts[index + 1] ?? null })),
  };
}

/**
 * The SELECT of the contents, for COPY: `loid`, `byte_offset`, `data`, in pieces of 256 KiB. An empty object
 * has no rows. It does not need a superuser, as reading pg_largeobject would, and returns holes of a sparse
 * object as zeros. The recursion has only offsets: with the data in it, the server would first write each
 * object to a temporary file.
 */
export function selectLargeObjects({ from, to }: LargeObjectRange): string {
  return `SELECT m.oid AS loid, piece.byte_offset, content.data
    FROM pg_catalog.pg_largeobject_metadata m
    CROSS JOIN LATERAL (
      WITH RECURSIVE piece(byte_offset) AS (
        SELECT 0::bigint
        UNION ALL
        SELECT piece.byte_offset + ${PIECE_BYTES} FROM piece
         WHERE pg_catalog.length(pg_catalog.lo_get(m.oid, piece.byte_offset + ${PIECE_BYTES}, 1)) > 0)
      SELECT piece.byte_offset FROM piece) piece
    CROSS JOIN LATERAL (
      SELECT pg_catalog.lo_get(m.oid, piece.byte_offset, ${PIECE_BYTES}) AS data OFFSET 0) content
    WHERE m.oid >= ${from}::oid${to === null ? '' : ` AND m.oid < ${to}::oid`}
      AND pg_catalog.length(content.data) > 0`;
}

/**
 * Creates a table with the columns of {@link selectLargeObjects}. The caller fills it by COPY, and drops it.
 */
export function createLargeObjectStaging(table: string): string {
  return `CREATE TEMPORARY TABLE ${table} (loid pg_catalog.oid, byte_offset pg_catalog.int8, data pg_catalog.bytea)`;
}

/** Writes staged pieces into their objects, which must exist. Returns the number of pieces, in one row. */
export function putLargeObjects(table: string): string {
  return `SELECT pg_catalog.count(pg_catalog.lo_put(loid, byte_offset, data))::text AS pieces FROM ${table}`;
}

/** No GRANT covers all large objects at once, so this is a DO block. `role` is quoted as SQL needs it. */
function grantAll(role: string): string {
  return `DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO ${role.replaceAll("'", "''").replaceAll('%', '%%')}', o); END LOOP; END $$;`;
}

/** What lasts: a grant on today's objects does not cover the ones of tomorrow. */
function remedyFor(major: number, role: string, owners: readonly string[]): string {
  if (major >= 19)
    return `Run as a superuser or the host's admin role: \`GRANT pg_read_all_data TO ${role};\``;
  const today = `\`${grantAll(role)}\``;
  const named = owners.slice(0, OWNERS_NAMED);
  const more = owners.length > OWNERS_NAMED ? ' (and the same for the other owners)' : '';
  if (major >= 18) {
    const defaults = named.map(
      (owner) => `\`ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON LARGE OBJECTS TO ${role};\``,
    );
    return `Run as a superuser or as their owner, for those of today: ${today}; and for those that will be made: ${defaults.join(' ')}${more}.`;
  }
  const memberships = named.map((owner) => `\`GRANT ${owner} TO ${role};\``);
  return `Run one of these. For all large objects, those of tomorrow too, as a superuser: \`ALTER ROLE ${role} SET lo_compat_privileges = on;\` Where you have no superuser: ${memberships.join(' ')}${more}, which gives all rights of the owner, writing too. For those of today alone: ${today}.`;
}

/** Throws `large-objects-unreadable` if the role lacks SELECT on some. */
export async function refuseUnreadableLargeObjects(query: QueryRows): Promise<void> {
  const [row] = await query(`
    SELECT pg_catalog.count(*)::text AS count, pg_catalog.min(m.oid::bigint)::text AS first,
           pg_catalog.quote_ident(CURRENT_USER) AS role,
           pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
           pg_catalog.to_json(pg_catalog.array_agg(DISTINCT
             pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.lomowner))::text))::text AS owners
      FROM pg_catalog.pg_largeobject_metadata m
     WHERE NOT (${MAY_READ_ALL}) AND NOT (${MAY_READ})`);
  const count = Number(row?.count);
  if (count === 0) return;
  throw new LifeboatError({
    code: 'large-objects-unreadable',
    kind: 'source',
    what: `The role may not read ${count} large ${count === 1 ? 'object' : 'objects'}, the first of them ${String(row?.first)}.`,
    meaning:
      'A backup without them would not be complete. Before PostgreSQL 19, pg_read_all_data does not cover large objects.',
    remedy: remedyFor(Number(row?.major), String(row?.role), JSON.parse(String(row?.owners)) as string[]),
  });
}
