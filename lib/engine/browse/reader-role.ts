import { qualifiedName, quoteIdentifier, quoteLiteral } from '../sql.ts';
import { BARE_SCHEMA } from '../target/bare-table.ts';
import type { Target } from '../target/target.ts';

/** Who clients are in the embedded server: a role that owns views and nothing else, and may read what is loaded. */
export const READER = 'reader';

const USER_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', ${quoteLiteral(BARE_SCHEMA)})`;

/**
 * Makes the role, and sees to it that every way to a table's rows asks whether the role may read it: a table that is not
 * loaded is empty, and must be refused instead of being read as empty. So views and functions must not read in their owner's
 * name, and nothing is anybody's.
 */
export async function createReader(target: Target): Promise<void> {
  await target.execute(`CREATE ROLE ${quoteIdentifier(READER)}`);
  await target.execute(`
    DO $$
    DECLARE schema text;
    BEGIN
      EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
      FOR schema IN SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE ${USER_SCHEMA} LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA %1$I FROM PUBLIC; GRANT USAGE ON SCHEMA %1$I TO ${READER}', schema);
        EXECUTE pg_catalog.format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC', schema);
        EXECUTE pg_catalog.format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO ${READER}', schema);
      END LOOP;
    END $$`);
  // By hand, where ALTER … OWNER TO would take milliseconds for each of them.
  await target.execute(`
    UPDATE pg_catalog.pg_class c SET relowner = ${quoteLiteral(READER)}::pg_catalog.regrole, relacl = NULL
      FROM pg_catalog.pg_namespace n
     WHERE n.oid = c.relnamespace AND c.relkind IN ('v', 'm') AND ${USER_SCHEMA}`);
  await target.execute(`
    UPDATE pg_catalog.pg_proc p SET prosecdef = false
      FROM pg_catalog.pg_namespace n WHERE n.oid = p.pronamespace AND p.prosecdef AND ${USER_SCHEMA}`);
}

export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

export async function grantReading(target: Target, relations: readonly RelationName[]): Promise<void> {
  if (relations.length === 0) return;
  const names = relations.map(({ schema, name }) => qualifiedName(schema, name));
  await target.execute(`GRANT SELECT ON TABLE ${names.join(', ')} TO ${quoteIdentifier(READER)}`);
}

/** A relation that cannot be read yet, with the tables whose rows it shows: its own, its partitions', its children's. */
export interface UnreadRelation extends RelationName {
  readonly tables: readonly RelationName[];
}

/** The tables of this name, in whatever schema, that the role may not read. */
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
