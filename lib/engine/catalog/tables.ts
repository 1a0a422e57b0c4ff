import type { QueryRows } from '../connection/query-rows.ts';
import { isRead, NOTHING_OMITTED, type Omissions } from './omissions.ts';

/**
 * A relation whose rows COPY can read: an ordinary table, a partition, or an extension's configuration table.
 */
export interface SourceTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** The columns in the COPY text, in attnum order. */
  readonly columns: readonly string[];
  readonly generatedColumns: readonly string[];
  /** `WHERE …`, from pg_extension.extcondition. */
  readonly condition?: string;
  /** Whether TID range scans may read page ranges: only of a heap, on 14 and later, and if planning them runs no code of a user's. */
  readonly cuttable: boolean;
  readonly unlogged: boolean;
  /** The topmost partitioned table, if this is a partition. A restore loads the rows through it. */
  readonly partitionRoot?: { readonly schema: string; readonly name: string };
}

/** Sizes in bytes and pages, read after the lock. pg_class.relpages is only an estimate. */
export interface TableSize {
  readonly oid: number;
  /** Number of pages of the main fork; page numbers start at 0. */
  readonly pages: number;
  /** Heap, TOAST, free space map and visibility map (pg_table_size). */
  readonly sizeBytes: number;
}

/** A relation that a backup locks: a table whose rows or definition pg_dump reads. */
export interface LockedRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

/** Cutting a heap table needs TID range scans, which are new in PostgreSQL 14 (release notes). */
const FIRST_MAJOR_WITH_TID_RANGE_SCAN = 14;

/**
 * Schemas that do not belong to the server. pg_dump has the same rule (pg_dump.c, selectDumpableNamespace).
 */
const USER_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/** CREATE EXTENSION restores members of extensions, but not the rows of their configuration tables. */
const EXTENSION_MEMBER = `
  EXISTS (SELECT FROM pg_catalog.pg_depend d
           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')`;

const CONFIGURATION = `
  (SELECT e.extcondition[pg_catalog.array_position(e.extconfig, c.oid)]
     FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig) LIMIT 1)`;

/**
 * Whether an index, a constraint or extended statistics of the table call a function that is not built in. A plan for the table
 * may run it (copy-statement.ts). Functions and operators that are built in are pinned, and nothing depends on them in pg_depend.
 */
const CALLS_FUNCTIONS = `
  c.oid IN (
    SELECT o.relation
      FROM (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, i.indexrelid AS object, i.indrelid AS relation
              FROM pg_catalog.pg_index i
            UNION ALL
            SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, k.conrelid FROM pg_catalog.pg_constraint k
            UNION ALL
            SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, s.stxrelid
              FROM pg_catalog.pg_statistic_ext s) o
      JOIN pg_catalog.pg_depend d ON d.classid = o.class AND d.objid = o.object
     WHERE d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass))`;

const IS_CONFIGURATION = '(EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))';

/**
 * Reads the ordinary and partitioned tables of the user's schemas, and the configuration tables of
 * extensions.
 */
export async function relationsToLock(
  query: QueryRows,
  omissions: Omissions = NOTHING_OMITTED,
): Promise<LockedRelation[]> {
  const rows = await query(`
    SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
       AND ((${USER_SCHEMA} AND NOT ${EXTENSION_MEMBER}) OR ${IS_CONFIGURATION})
       AND ${isRead(omissions, 'c.oid')}
     ORDER BY c.oid`);
  return rows.map((row) => ({ oid: Number(row.oid), schema: String(row.schema), name: String(row.name) }));
}

/**
 * Reads which of the relations that a backup needs this role may not read, or can read only in part because
 * row-level security hides rows from it.
 */
export async function unreadableRelations(
  query: QueryRows,
  omissions: Omissions = NOTHING_OMITTED,
): Promise<Array<{ name: string; why: 'privilege' | 'row-security' }>> {
  const rows = await query(`
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
           (pg_catalog.has_table_privilege(c.oid, 'SELECT') AND
             pg_catalog.has_schema_privilege(n.oid, 'USAGE'))::text AS readable
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence <> 't'
       AND ((${USER_SCHEMA} AND NOT ${EXTENSION_MEMBER}) OR ${IS_CONFIGURATION})
       AND (NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
            OR NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            OR (pg_catalog.row_security_active(c.oid) AND ${areRowsRead(omissions)}))
       AND ${isRead(omissions, 'c.oid')}
     ORDER BY 1`);
  return rows.map((row) => ({
    name: String(row.name),
    why: row.readable === 'true' ? 'row-security' : 'privilege',
  }));
}

/** Reads the tables whose rows a backup holds. */
export async function tablesToCopy(
  query: QueryRows,
  major: number,
  omissions: Omissions = NOTHING_OMITTED,
): Promise<SourceTable[]> {
  const rows = await query(`
    SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, a.amname AS method,
           c.relpersistence AS persistence,
           root.relname AS root_name, root_schema.nspname AS root_schema,
           ${CONFIGURATION} AS condition, ${IS_CONFIGURATION} AS configuration,
           (${CALLS_FUNCTIONS})::text AS calls_functions,
           (SELECT pg_catalog.json_agg(t.attname ORDER BY t.attnum)::text FROM pg_catalog.pg_attribute t
             WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.attgenerated = '') AS columns,
           (SELECT pg_catalog.json_agg(t.attname ORDER BY t.attnum)::text FROM pg_catalog.pg_attribute t
             WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.attgenerated <> '') AS generated
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
      LEFT JOIN pg_catalog.pg_class root
        -- For a partition whose detach is pending, the function returns the partition itself.
        ON c.relispartition AND root.oid = pg_catalog.pg_partition_root(c.oid) AND root.oid <> c.oid
      LEFT JOIN pg_catalog.pg_namespace root_schema ON root_schema.oid = root.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence <> 't'
       AND ((${USER_SCHEMA} AND NOT ${EXTENSION_MEMBER}) OR ${IS_CONFIGURATION})
       AND ${isRead(omissions, 'c.oid')}
     ORDER BY n.nspname, c.relname`);
  const tables = rows.map((row) => ({
    oid: Number(row.oid),
    schema: String(row.schema),
    name: String(row.name),
    columns: namesOf(row.columns),
    generatedColumns: namesOf(row.generated),
    ...(row.condition ? { condition: String(row.condition) } : {}),
    cuttable:
      major >= FIRST_MAJOR_WITH_TID_RANGE_SCAN && row.method === 'heap' && row.calls_functions !== 'true',
    unlogged: row.persistence === 'u',
    ...(row.root_name === null
      ? {}
      : { partitionRoot: { schema: String(row.root_schema), name: String(row.root_name) } }),
  }));
  // CREATE EXTENSION creates the foreign keys of its tables, so their rows must be loaded in the order of
  // these keys.
  return rows.some(({ configuration }) => configuration === true || configuration === 't')
    ? referredToFirst(tables, await keysOfExtensions(query))
    : tables;
}

type Reference = readonly [from: number, to: number];

/** Reads the foreign keys between configuration tables, as OIDs. */
async function keysOfExtensions(query: QueryRows): Promise<Reference[]> {
  const rows = await query(`
    SELECT k.conrelid::text AS "from", k.confrelid::text AS "to" FROM pg_catalog.pg_constraint k
     WHERE k.contype = 'f'
       AND EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE k.conrelid = ANY (e.extconfig))
       AND EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE k.confrelid = ANY (e.extconfig)) ORDER BY 1, 2`);
  return rows.map(({ from, to }) => [Number(from), Number(to)]);
}

/**
 * Sorts each table after those that it refers to, and otherwise keeps the order. In a circle, one table must
 * be the first.
 */
export function referredToFirst<Table extends { readonly oid: number }>(
  tables: readonly Table[],
  references: readonly Reference[],
): Table[] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const ordered = new Set<Table>();
  const begun = new Set<number>();
  const add = (table: Table) => {
    if (begun.has(table.oid)) return;
    begun.add(table.oid);
    for (const [from, to] of references) {
      const other = from === table.oid ? byOid.get(to) : undefined;
      if (other) add(other);
    }
    ordered.add(table);
  };
  for (const table of tables) add(table);
  return [...ordered];
}

export async function tableSizes(query: QueryRows, oids: readonly number[]): Promise<TableSize[]> {
  const rows = await query(`
    SELECT o.oid::text AS oid,
           (pg_catalog.pg_relation_size(o.oid) / pg_catalog.current_setting('block_size')::int)::text AS pages,
           pg_catalog.pg_table_size(o.oid)::text AS size
      FROM pg_catalog.unnest('{${oids.join(',')}}'::oid[]) AS o(oid)`);
  return rows.map((row) => ({ oid: Number(row.oid), pages: Number(row.pages), sizeBytes: Number(row.size) }));
}

/**
 * Reads tables that were rewritten between snapshot and lock: their storage differs from that in the
 * snapshot's catalog.
 */
export async function rewrittenRelations(query: QueryRows, oids: readonly number[]): Promise<string[]> {
  const rows = await query(`
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = ANY ('{${oids.join(',')}}'::oid[]) AND c.relkind = 'r'
       AND c.relfilenode <> 0 AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)`);
  return rows.map((row) => String(row.name));
}

function areRowsRead({ withoutRows }: Omissions): string {
  const oids = withoutRows.map(({ oid }) => oid);
  return `NOT (c.oid = ANY ('{${oids.join(',')}}'::oid[]))`;
}

function namesOf(json: unknown): string[] {
  return json === null || json === undefined ? [] : (JSON.parse(String(json)) as string[]);
}
