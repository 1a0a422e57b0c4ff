import type { QueryRows } from '../../connection/query-rows.ts';

/** A catalog row that decides how values are printed. */
export interface PrintingRow {
  /** Catalog, OID and part. The key stays the same when the row changes. */
  readonly key: string;
  /** Changes whenever the row is written, even if its content is the same again. */
  readonly version: string;
  /** For people: `type public.mood`. */
  readonly name: string;
  /** Whether a row that is new changes what is printed of old values. */
  readonly countsWhenAdded: boolean;
}

export interface PrintingOptions {
  /** The major version of the server. */
  readonly major: number;
  /** The tables whose rows are read, by OID. */
  readonly tables: readonly number[];
  /** Whether this role may read pg_authid, which shows that a role was renamed and renamed back. */
  readonly readsAuthId: boolean;
}

/** The first with multiranges (release notes). */
const FIRST_MAJOR_WITH_MULTIRANGES = 14;

/**
 * Reads the catalog rows that decide how COPY prints the rows of these tables, in the state that `query`
 * sees: the types of the columns and the types that they consist of, with labels, attributes and output
 * functions; the extensions that provide these types; the schemas of the tables; and, if a column holds OIDs
 * that are printed as names (`regclass` and similar types, `aclitem`), all objects with such names.
 */
export async function readPrintingRows(query: QueryRows, options: PrintingOptions): Promise<PrintingRow[]> {
  const found = await query(`
    WITH RECURSIVE ${usedTypes(options)},
    used_type AS MATERIALIZED (
      SELECT t.oid, t.xmin, t.typrelid, t.typoutput, t.typnamespace, t.typname,
             pg_catalog.format('%I.%I', n.nspname, t.typname) AS name
        FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace)
    ${ofTypes(options).join('\n    UNION ALL ')}`);
  const rows = found.filter(({ catalog }) => catalog !== REFERRING);
  const referring = found.filter(({ catalog }) => catalog === REFERRING).map(({ name }) => String(name));
  const arms = ofNames(new Set(referring), options);
  const named = arms.length === 0 ? [] : await query(arms.join('\n    UNION ALL '));
  return [...rows, ...named].map(({ catalog, oid, part, version, name }) => ({
    key: `${catalog} ${oid} ${part}`,
    version: String(version),
    name: String(name),
    // A new attribute adds a field to each value. A new label or function does not change existing values.
    countsWhenAdded: catalog === 'pg_attribute',
  }));
}

/**
 * Types of columns, and recursively the types that they consist of: elements, base types, attributes, bounds.
 * OFFSET 0 keeps the planner from joining in the other direction: few types are used, but every table in the
 * catalog has a type.
 */
function usedTypes({ tables, major }: PrintingOptions): string {
  const multiranges =
    major >= FIRST_MAJOR_WITH_MULTIRANGES
      ? 'UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid'
      : '';
  return `used(oid) AS (
      SELECT a.atttypid FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = ANY ('{${tables.join(',')}}'::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
      UNION
      SELECT part.oid FROM used u
       CROSS JOIN LATERAL (SELECT t.* FROM pg_catalog.pg_type t WHERE t.oid = u.oid OFFSET 0) t
       CROSS JOIN LATERAL (
        SELECT t.typelem WHERE t.typelem <> 0
        UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
        UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
          WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
        ${multiranges}) part(oid))`;
}

/** `part`, `version` and `name` are SQL expressions; `from` names the catalog `o`. */
function arm(catalog: string, from: string, name: string, { part = '0', version = 'o.xmin::text' } = {}) {
  const oid = catalog === 'pg_attribute' ? 'o.attrelid' : catalog === 'pg_range' ? 'o.rngtypid' : 'o.oid';
  return `SELECT '${catalog}' AS catalog, ${oid}::text AS oid, ${part}::text AS part, ${version} AS version, ${name} AS name FROM ${from}`;
}

function ofTypes({ tables }: PrintingOptions): string[] {
  const read = `'{${tables.join(',')}}'::pg_catalog.oid[]`;
  return [
    arm('pg_type', 'used_type o', `'type ' || o.name`),
    arm(
      'pg_enum',
      'pg_catalog.pg_enum o JOIN used_type t ON t.oid = o.enumtypid',
      `pg_catalog.format('type %s (label %L)', t.name, o.enumlabel)`,
    ),
    arm(
      'pg_attribute',
      `used_type t CROSS JOIN LATERAL (SELECT a.xmin, a.* FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 OFFSET 0) o WHERE t.typrelid <> 0`,
      `pg_catalog.format('type %s (attribute %s)', t.name, CASE WHEN o.attisdropped THEN o.attnum::text ELSE o.attname::text END)`,
      { part: 'o.attnum' },
    ),
    arm('pg_range', 'pg_catalog.pg_range o JOIN used_type t ON t.oid = o.rngtypid', `'type ' || t.name`),
    arm(
      'pg_proc',
      `pg_catalog.pg_proc o JOIN pg_catalog.pg_namespace n ON n.oid = o.pronamespace
        WHERE o.oid IN (SELECT t.typoutput FROM used_type t)`,
      FUNCTION_NAME,
    ),
    // ALTER EXTENSION … UPDATE may replace the code of output functions, and the filters of configuration
    // tables.
    arm(
      'pg_extension',
      `pg_catalog.pg_extension o WHERE o.extconfig && ${read} OR EXISTS (
        SELECT FROM pg_catalog.pg_depend d JOIN used_type t ON t.oid = d.objid
         WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.deptype = 'e'
           AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = o.oid)`,
      `pg_catalog.format('extension %I', o.extname)`,
    ),
    // A locked table cannot be renamed, but its schema can, and another schema may take the name.
    arm(
      'pg_namespace',
      `pg_catalog.pg_namespace o WHERE o.oid IN (
        SELECT c.relnamespace FROM pg_catalog.pg_class c WHERE c.oid = ANY (${read}))`,
      SCHEMA_NAME,
    ),
    // These rows say what the second query has to read. Nobody can change them.
    arm(
      REFERRING,
      `used_type o WHERE o.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
        AND (o.typname LIKE 'reg%' OR o.typname = 'aclitem')`,
      'o.typname',
    ),
  ];
}

/** Built-in types whose values are OIDs that are printed as names. */
const REFERRING = 'referring type';

const FUNCTION_NAME = `pg_catalog.format('function %I.%I', n.nspname, o.proname)`;
const SCHEMA_NAME = `pg_catalog.format('schema %I', o.nspname)`;

/** Excludes temporary objects: sessions create and drop thousands, and no stored row should name them. */
const NOT_TEMPORARY = `pg_catalog.left(n.nspname, 8) <> 'pg_temp_' AND pg_catalog.left(n.nspname, 14) <> 'pg_toast_temp_'`;

/** A kind of named object in a schema. `kind` is the word for it. */
interface Named {
  readonly catalog: string;
  readonly kind: string;
  readonly column: string;
  readonly schema: string;
  /** The types whose values are printed as these names. */
  readonly types: readonly string[];
  readonly version?: string;
}

/**
 * The version of a relation. For other objects, `xmin` shows a rename and a rename back, because each row
 * version has a new one. But GRANT, TRUNCATE and REINDEX also rewrite the rows of relations. So the version
 * uses the `xmin` of the relation's row type, which is renamed and moved with it, and for sequences, which
 * have no row type, that of the row itself. (ANALYZE and VACUUM write in place, without a new row version.)
 */
const RELATION_VERSION = `pg_catalog.format('%s %s %s', o.relnamespace, o.relname, CASE WHEN o.relkind = 'S' THEN o.xmin::text
    ELSE (SELECT t.xmin::text FROM pg_catalog.pg_type t WHERE t.oid = o.reltype) END)`;

const NAMED: readonly Named[] = [
  {
    ...{
      catalog: 'pg_class',
      kind: 'relation',
      column: 'relname',
      schema: 'relnamespace',
      types: ['regclass'],
    },
    version: RELATION_VERSION,
  },
  {
    ...{ catalog: 'pg_proc', kind: 'function', column: 'proname', schema: 'pronamespace' },
    types: ['regproc', 'regprocedure'],
  },
  {
    ...{ catalog: 'pg_operator', kind: 'operator', column: 'oprname', schema: 'oprnamespace' },
    types: ['regoper', 'regoperator'],
  },
  // `regprocedure` and `regoperator` also print the types of arguments.
  {
    ...{ catalog: 'pg_type', kind: 'type', column: 'typname', schema: 'typnamespace' },
    types: ['regtype', 'regprocedure', 'regoperator'],
  },
  {
    ...{
      catalog: 'pg_ts_config',
      kind: 'text search configuration',
      column: 'cfgname',
      schema: 'cfgnamespace',
    },
    types: ['regconfig'],
  },
  {
    ...{ catalog: 'pg_ts_dict', kind: 'text search dictionary', column: 'dictname', schema: 'dictnamespace' },
    types: ['regdictionary'],
  },
  {
    ...{ catalog: 'pg_collation', kind: 'collation', column: 'collname', schema: 'collnamespace' },
    types: ['regcollation'],
  },
];

function ofNames(referring: ReadonlySet<string>, { readsAuthId }: PrintingOptions): string[] {
  const isPrinted = (...types: readonly string[]) => types.some((type) => referring.has(type));
  const inSchemas = NAMED.filter(({ types }) => isPrinted(...types));
  return [
    ...inSchemas.map(({ catalog, kind, column, schema, version }) =>
      arm(
        catalog,
        `pg_catalog.${catalog} o JOIN pg_catalog.pg_namespace n ON n.oid = o.${schema} WHERE ${NOT_TEMPORARY}`,
        `pg_catalog.format('${kind} %I.%I', n.nspname, o.${column})`,
        version === undefined ? {} : { version },
      ),
    ),
    ...(inSchemas.length > 0 || isPrinted('regnamespace')
      ? [
          arm(
            'pg_namespace',
            `pg_catalog.pg_namespace o WHERE ${NOT_TEMPORARY.replaceAll('n.', 'o.')}`,
            SCHEMA_NAME,
          ),
        ]
      : []),
    ...(isPrinted('regrole', 'aclitem')
      ? [
          readsAuthId
            ? arm('pg_authid', 'pg_catalog.pg_authid o', ROLE_NAME)
            : arm('pg_authid', 'pg_catalog.pg_roles o', ROLE_NAME, { version: 'o.rolname::text' }),
        ]
      : []),
    ...(isPrinted('regdatabase')
      ? [arm('pg_database', 'pg_catalog.pg_database o', DATABASE_NAME, { version: 'o.datname::text' })]
      : []),
  ];
}

const ROLE_NAME = `pg_catalog.format('role %I', o.rolname)`;
const DATABASE_NAME = `pg_catalog.format('database %I', o.datname)`;
