import { quoteLiteral } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';

/** A column of a key, and the operator of its index that tells whether two values are the same. */
export interface KeyColumn {
  readonly name: string;
  /** `OPERATOR(pg_catalog.=)`. */
  readonly equals: string;
}

export interface TargetColumn {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
  /** GENERATED ALWAYS AS IDENTITY: an UPDATE may not set it. */
  readonly alwaysIdentity: boolean;
  /** The sequence that numbers the column: its own, or the one of its default. */
  readonly sequence: number | null;
}

/** A unique key, a unique index, an exclusion constraint: what makes a row conflict with another one. */
export interface TellingIndex {
  /** As the server's errors name it. */
  readonly name: string;
  /** `UNIQUE (email)`; null if it is an index without a constraint. */
  readonly constraint: string | null;
  /** `btree (email)`: what follows USING in CREATE INDEX. */
  readonly definition: string;
  /** A column or an expression each, and the operator that is true of two rows that conflict. */
  readonly terms: ReadonlyArray<{ readonly expression: string; readonly conflicts: string }>;
  /** The condition of a partial index. */
  readonly condition: string | null;
}

/** What the database knows of a table into which rows are brought back. */
export interface TargetTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** An ordinary table, or a partitioned one: the rows of that are reached through it. */
  readonly kind: 'r' | 'p';
  readonly columns: readonly TargetColumn[];
  /** Of the primary key, or else of a unique key without nulls; undefined if there is neither. */
  readonly keys: ReadonlyArray<{ readonly primary: boolean; readonly columns: readonly KeyColumn[] }>;
  readonly rowSecurity: boolean;
  readonly mayRead: boolean;
  readonly mayInsert: boolean;
  readonly mayUpdate: boolean;
  readonly mayDelete: boolean;
  /** The table itself and its partitions. */
  readonly tree: readonly number[];
  /** Triggers of the user's that are on, and those among them that fire even when triggers are switched off. */
  readonly triggers: readonly string[];
  readonly stubbornTriggers: readonly string[];
  /** Unique and exclusion constraints that are checked by a trigger, at the end of a transaction. */
  readonly deferrable: boolean;
  readonly telling: readonly TellingIndex[];
  /** Of indexes that could refuse a row for another reason what follows USING: they have expressions or conditions. */
  readonly computedIndexes: readonly string[];
  /** `CONSTRAINT "positive" CHECK ((n > 0))` */
  readonly checks: readonly string[];
  readonly isPartition: boolean;
  readonly hasRules: boolean;
}

/** A foreign key of the database, as its catalog has it. */
export interface ForeignKey {
  readonly oid: number;
  /** The constraint of the partitioned table of which this one is a copy; 0 if there is none. */
  readonly parent: number;
  readonly name: string;
  readonly child: Relation;
  readonly referenced: Relation;
  /** Pairs of columns, and the operator that compares them: referenced, then referencing. */
  readonly columns: ReadonlyArray<{
    readonly child: string;
    readonly referenced: string;
    readonly equals: string;
  }>;
  readonly matchFull: boolean;
  readonly deferrable: boolean;
  /** The columns of the referring table's primary key; empty if it has none. */
  readonly childKey: readonly string[];
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  /** Whether the role may take the locks that keep a row of it from going away. */
  readonly mayLock: boolean;
  readonly mayRead: boolean;
  readonly rowSecurity: boolean;
  /** A view of the relation as it would be after a change. */
  readonly seenAs?: string;
}

export interface TargetCatalog {
  readonly tables: readonly TargetTable[];
  readonly foreignKeys: readonly ForeignKey[];
}

/** Reads the tables of these names, and every foreign key of the database. */
export async function readTargetCatalog(
  target: ServerTarget,
  names: ReadonlyArray<{ readonly schema: string; readonly name: string }>,
): Promise<TargetCatalog> {
  const wanted = names.map(({ schema, name }) => `(${quoteLiteral(schema)}, ${quoteLiteral(name)})`);
  const tables = wanted.length === 0 ? [] : (await target.execute(tablesQuery(wanted.join(', ')))).rows;
  const { rows: keys } = await target.execute(FOREIGN_KEYS);
  return {
    tables: tables.map(({ described }) => JSON.parse(String(described)) as TargetTable),
    foreignKeys: keys.map(({ described }) => JSON.parse(String(described)) as ForeignKey),
  };
}

const operator = (oid: string) => `
  (SELECT pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname)
     FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace WHERE o.oid = ${oid})`;

/** The operator of equality (strategy 3) in the B-tree family of an index column's class. */
const EQUALITY = `
  (SELECT m.amopopr FROM pg_catalog.pg_opclass oc
     JOIN pg_catalog.pg_amop m ON m.amopfamily = oc.opcfamily AND m.amopstrategy = 3
      AND m.amoplefttype = oc.opcintype AND m.amoprighttype = oc.opcintype
    WHERE oc.oid = i.indclass[k.at - 1])`;

const TREE = `
  (WITH RECURSIVE tree AS (
     SELECT c.oid AS member UNION ALL
     SELECT h.inhrelid FROM pg_catalog.pg_inherits h JOIN tree ON h.inhparent = tree.member
      JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid AND p.relispartition)
   SELECT pg_catalog.array_agg(member::bigint) FROM tree)`;

const triggers = (enabled: string) => `
  (SELECT coalesce(pg_catalog.json_agg(DISTINCT t.tgname), '[]') FROM pg_catalog.pg_trigger t
    WHERE t.tgrelid::bigint = ANY (${TREE}::bigint[]) AND NOT t.tgisinternal AND t.tgenabled IN (${enabled}))`;

/** The part of an index's definition that does not name the index and its table. */
const afterUsing = (unique: string) => `
  pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid),
    pg_catalog.length(pg_catalog.format('CREATE ${unique}INDEX %I ON %s%I.%I USING ', ic.relname,
      CASE WHEN c.relkind = 'p' THEN 'ONLY ' ELSE '' END, n.nspname, c.relname)) + 1)`;

function tablesQuery(names: string): string {
  return `
  SELECT pg_catalog.json_build_object(
    'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
    'columns', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'generated', a.attgenerated <> '', 'alwaysIdentity', a.attidentity = 'a',
        'sequence', (SELECT d.objid::bigint FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
                        AND EXISTS (SELECT FROM pg_catalog.pg_class q WHERE q.oid = d.objid AND q.relkind = 'S')
                      LIMIT 1)) ORDER BY a.attnum), '[]')
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'keys', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('primary', i.indisprimary, 'columns',
        (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'equals', ${operator(EQUALITY)}) ORDER BY k.at)
           FROM pg_catalog.generate_series(1, i.indnkeyatts) k(at)
           JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k.at - 1]))
        ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid), '[]')
      FROM pg_catalog.pg_index i
     WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
       AND i.indexprs IS NULL
       AND NOT EXISTS (SELECT FROM pg_catalog.generate_series(1, i.indnkeyatts) k(at)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k.at - 1]
                        WHERE NOT a.attnotnull)),
    'rowSecurity', pg_catalog.row_security_active(c.oid),
    'mayRead', pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
    'mayInsert', pg_catalog.has_table_privilege(c.oid, 'INSERT'),
    'mayUpdate', pg_catalog.has_table_privilege(c.oid, 'UPDATE'),
    'mayDelete', pg_catalog.has_table_privilege(c.oid, 'DELETE'),
    'tree', ${TREE},
    'triggers', ${triggers("'O', 'A'")},
    'stubbornTriggers', ${triggers("'A', 'R'")},
    'deferrable', EXISTS (SELECT FROM pg_catalog.pg_constraint k
                           WHERE k.conrelid::bigint = ANY (${TREE}::bigint[]) AND k.contype IN ('u', 'p', 'x') AND k.condeferrable),
    'telling', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', ic.relname, 'constraint', pg_catalog.pg_get_constraintdef(k.oid), 'definition', ${afterUsing('UNIQUE ')},
        'condition', pg_catalog.pg_get_expr(i.indpred, i.indrelid),
        'terms', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
            'expression', pg_catalog.pg_get_indexdef(i.indexrelid, k2.at, true),
            'conflicts', coalesce(${operator('k.conexclop[k2.at]')}, ${operator(EQUALITY.replaceAll('k.at', 'k2.at'))})) ORDER BY k2.at)
          FROM pg_catalog.generate_series(1, i.indnkeyatts) k2(at))) ORDER BY i.indexrelid), '[]')
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
     WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion) AND i.indisvalid),
    'computedIndexes', (SELECT coalesce(pg_catalog.json_agg(${afterUsing('')}), '[]')
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid AND NOT i.indisunique AND NOT i.indisexclusion
       AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)),
    'checks', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.format('CONSTRAINT %I %s', k.conname,
        pg_catalog.pg_get_constraintdef(k.oid)) ORDER BY k.conname), '[]')
      FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'),
    'isPartition', c.relispartition,
    'hasRules', EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid)
  )::text AS described
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND (n.nspname, c.relname) IN (${names})
   ORDER BY c.oid`;
}

const relation = (alias: string, schema: string) => `
  pg_catalog.json_build_object('oid', ${alias}.oid::bigint, 'schema', ${schema}.nspname, 'name', ${alias}.relname,
    'kind', ${alias}.relkind,
    'mayRead', pg_catalog.has_schema_privilege(${schema}.oid, 'USAGE')
               AND pg_catalog.has_table_privilege(${alias}.oid, 'SELECT'),
    'mayLock', pg_catalog.has_any_column_privilege(${alias}.oid, 'UPDATE'),
    'rowSecurity', pg_catalog.row_security_active(${alias}.oid))`;

const FOREIGN_KEYS = `
  SELECT pg_catalog.json_build_object(
    'oid', f.oid::bigint, 'parent', f.conparentid::bigint, 'name', f.conname,
    'child', ${relation('c', 'cs')}, 'referenced', ${relation('r', 'rs')},
    'columns', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'child', ca.attname, 'referenced', ra.attname, 'equals', ${operator('f.conpfeqop[k.at]')}) ORDER BY k.at)
      FROM pg_catalog.generate_subscripts(f.conkey, 1) k(at)
      JOIN pg_catalog.pg_attribute ca ON ca.attrelid = f.conrelid AND ca.attnum = f.conkey[k.at]
      JOIN pg_catalog.pg_attribute ra ON ra.attrelid = f.confrelid AND ra.attnum = f.confkey[k.at]),
    'childKey', (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY k.at), '[]')
      FROM pg_catalog.pg_index i CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnkeyatts) k(at)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.at - 1]
     WHERE i.indrelid = f.conrelid AND i.indisprimary),
    'matchFull', f.confmatchtype = 'f', 'deferrable', f.condeferrable)::text AS described
    FROM pg_catalog.pg_constraint f
    JOIN pg_catalog.pg_class c ON c.oid = f.conrelid JOIN pg_catalog.pg_namespace cs ON cs.oid = c.relnamespace
    JOIN pg_catalog.pg_class r ON r.oid = f.confrelid JOIN pg_catalog.pg_namespace rs ON rs.oid = r.relnamespace
   WHERE f.contype = 'f'
   ORDER BY f.oid`;
