import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { BARE_SCHEMA } from '../../rows/bare-table.ts';
import type { Target } from '../../target/target.ts';

/**
 * The role of all clients in the embedded server. It owns nothing and has no grants of its own, because
 * PUBLIC has them. So it cannot drop, change or give away anything, not even its grants (`DROP OWNED`).
 */
export const READER = 'reader';
/** Owns the views, so that they have no more privileges than the reader. Nobody can become this role. */
const VIEW_OWNER = 'owner_of_views';

const USER_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', ${quoteLiteral(BARE_SCHEMA)})`;

/** Functions that create or change large objects. By default everybody may call them; a reader may not. */
const LARGE_OBJECT_WRITERS = [
  'lo_creat',
  'lo_create',
  'lo_from_bytea',
  'lo_put',
  'lo_truncate',
  'lo_truncate64',
  'lo_unlink',
  'lowrite',
];

/**
 * Creates the role, and makes every way to a table's rows check whether the role may read it: a table that is
 * not loaded is empty, and must be refused instead of being read as empty. So views and functions must not
 * read with their owner's privileges, and PUBLIC loses its grants.
 */
export async function createReader(target: Target): Promise<void> {
  for (const role of [READER, VIEW_OWNER]) await target.execute(`CREATE ROLE ${quoteIdentifier(role)}`);
  await target.execute(`
    DO $$
    DECLARE schema text;
    DECLARE writer regprocedure;
    BEGIN
      EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
      FOR schema IN SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE ${USER_SCHEMA} LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA %1$I FROM PUBLIC; GRANT USAGE ON SCHEMA %1$I TO PUBLIC', schema);
        EXECUTE pg_catalog.format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC', schema);
        EXECUTE pg_catalog.format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO PUBLIC', schema);
      END LOOP;
      FOR writer IN SELECT p.oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc p
                     WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
                       AND p.proname IN (${LARGE_OBJECT_WRITERS.map(quoteLiteral).join(', ')}) LOOP
        EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', writer);
      END LOOP;
      REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
    END $$`);
  // The catalog is updated directly, because ALTER … OWNER TO and GRANT take milliseconds for each object.
  await target.execute(`
    UPDATE pg_catalog.pg_class c
       SET relowner = ${quoteLiteral(VIEW_OWNER)}::pg_catalog.regrole,
           relacl = ARRAY[pg_catalog.makeaclitem(0, ${quoteLiteral(VIEW_OWNER)}::pg_catalog.regrole, 'SELECT', false)]
      FROM pg_catalog.pg_namespace n
     WHERE n.oid = c.relnamespace AND c.relkind IN ('v', 'm') AND ${USER_SCHEMA}`);
  await target.execute(`
    UPDATE pg_catalog.pg_proc p SET prosecdef = false
      FROM pg_catalog.pg_namespace n WHERE n.oid = p.pronamespace AND p.prosecdef AND ${USER_SCHEMA}`);
}

export interface NamedRelation {
  readonly schema: string;
  readonly name: string;
}

export async function grantReading(target: Target, relations: readonly NamedRelation[]): Promise<void> {
  if (relations.length === 0) return;
  const names = relations.map(({ schema, name }) => qualifiedName(schema, name));
  await target.execute(`GRANT SELECT ON TABLE ${names.join(', ')} TO PUBLIC`);
}

/** A relation that cannot be read yet, and the tables whose rows it shows: itself, partitions, children. */
export interface UnreadRelation extends NamedRelation {
  readonly tables: readonly NamedRelation[];
}

/** The tables of this name, in any schema, that the reader may not read. */
export async function unreadRelations(target: Target, name: string): Promise<UnreadRelation[]> {
  const { rows } = await target.execute(`
    SELECT n.nspname AS schema, c.relname AS name, shown.schema AS table_schema, shown.name AS table_name
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN LATERAL (
        WITH RECURSIVE tree AS (
          SELECT c.oid
          UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid)
        SELECT tn.nspname AS schema, t.relname AS name
          FROM tree
          JOIN pg_catalog.pg_class t ON t.oid = tree.oid AND t.relkind = 'r'
          JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace) shown ON true
     WHERE c.relname = ${quoteLiteral(name)} AND c.relkind IN ('r', 'p') AND ${USER_SCHEMA}
       AND NOT pg_catalog.has_table_privilege(${quoteLiteral(READER)}, c.oid, 'SELECT')`);
  const relations = Map.groupBy(rows, (row) => qualifiedName(row.schema ?? '', row.name ?? ''));
  return [...relations.values()].flatMap((shown) => {
    const [first] = shown;
    if (first?.schema == null || first.name == null) return [];
    const tables = shown.flatMap(({ table_schema: schema, table_name: table }) =>
      schema == null || table == null ? [] : [{ schema, name: table }],
    );
    return [{ schema: first.schema, name: first.name, tables }];
  });
}
