import { qualifiedName, quoteLiteral } from '../ground/sql.ts';

/**
 * The query for everything that checks a row while COPY loads it into a table. It returns one row for each,
 * with the statements that drop it and create it again. `place` is the order in which to drop them; create
 * them again in the reverse order. `level` 1: the table's CHECK constraints, and NOT NULL of computed
 * columns. 2: the constraints of domains. 3: the partition's bound. 4: the expressions of generated columns,
 * which no statement can give back to a column. An inherited constraint belongs to the topmost table that has
 * it. Constraints of extensions are left alone. PostgreSQL 13 and later understand the query; psql runs it,
 * too.
 */
export function constraintsOf(table: { readonly schema: string; readonly name: string }): string {
  return constraintsOfNamed(quoteLiteral(qualifiedName(table.schema, table.name)));
}

/** The same for a table whose quoted name is the value of an SQL expression. */
export function constraintsOfNamed(name: string): string {
  const oid = `${name}::pg_catalog.regclass::pg_catalog.oid`;
  return `
  WITH RECURSIVE
  above(oid, height) AS (
    SELECT ${oid}, 0
    UNION ALL SELECT i.inhparent, above.height + 1 FROM above JOIN pg_catalog.pg_inherits i ON i.inhrelid = above.oid),
  tree AS (
    SELECT c.oid, pg_catalog.max(above.height) AS height, n.nspname AS schema, c.relname AS name,
           pg_catalog.format('%I.%I', n.nspname, c.relname) AS sql
      FROM above JOIN pg_catalog.pg_class c ON c.oid = above.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
     GROUP BY c.oid, n.nspname, c.relname),
  used(oid) AS (
    SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped
    UNION SELECT part.oid FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid CROSS JOIN LATERAL (
      SELECT t.typbasetype WHERE t.typbasetype <> 0
      UNION ALL SELECT t.typelem WHERE t.typelem <> 0
      UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
                 WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r
                 WHERE r.rngtypid = t.oid OR pg_catalog.to_jsonb(r) ->> 'rngmultitypid' = t.oid::pg_catalog.text) part(oid)),
  domains AS (
    SELECT t.oid, n.nspname AS schema, t.typname AS name, t.typnotnull,
           pg_catalog.format('%I.%I', n.nspname, t.typname) AS sql
      FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype = 'd' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')),
  named AS (
    SELECT k.oid, k.conrelid, k.contypid, k.contype::pg_catalog.text AS contype, k.conname, k.conkey, k.coninhcount, k.conislocal,
           pg_catalog.format('ADD CONSTRAINT %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)) AS made,
           pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
      FROM pg_catalog.pg_constraint k)
  SELECT pg_catalog.row_number() OVER (ORDER BY found.level = 3, found.level, found.height DESC, found.name) AS place, found.*
    FROM (
    SELECT 1 AS level, tree.height, 'constraint' AS kind, NULL AS schema, k.conname AS name, tree.schema AS on_schema,
           tree.name AS on_name, 'ALTER TABLE ADD CONSTRAINT' AS statement,
           pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', tree.sql, k.conname) AS lift,
           pg_catalog.format('ALTER TABLE %s %s', tree.sql, k.made) AS back,
           CASE WHEN k.made !~ ' NOT VALID$' THEN pg_catalog.format('ALTER TABLE %s %s NOT VALID', tree.sql, k.made) END AS weaker,
           CASE WHEN k.comment IS NOT NULL
                THEN pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, tree.sql, k.comment) END AS comment
      FROM tree JOIN named k ON k.conrelid = tree.oid
     WHERE k.contype = 'c' AND (k.coninhcount = 0 OR k.conislocal)
       AND k.conname IN (SELECT own.conname FROM named own WHERE own.conrelid = ${oid} AND own.contype = 'c')
    UNION ALL
    SELECT 2, 0, 'constraint', NULL, k.conname, domains.schema, domains.name, 'ALTER DOMAIN ADD CONSTRAINT',
           pg_catalog.format('ALTER DOMAIN %s DROP CONSTRAINT %I', domains.sql, k.conname),
           pg_catalog.format('ALTER DOMAIN %s %s', domains.sql, k.made),
           CASE WHEN k.made !~ ' NOT VALID$' THEN pg_catalog.format('ALTER DOMAIN %s %s NOT VALID', domains.sql, k.made) END,
           CASE WHEN k.comment IS NOT NULL
                THEN pg_catalog.format('COMMENT ON CONSTRAINT %I ON DOMAIN %s IS %L', k.conname, domains.sql, k.comment) END
      FROM domains JOIN named k ON k.contypid = domains.oid WHERE k.contype = 'c'
    UNION ALL
    SELECT 2, 0, 'domain', domains.schema, domains.name, NULL, NULL, 'ALTER DOMAIN SET NOT NULL',
           pg_catalog.format('ALTER DOMAIN %s DROP NOT NULL', domains.sql),
           pg_catalog.format('ALTER DOMAIN %s %s', domains.sql, COALESCE(k.made, 'SET NOT NULL')), NULL,
           CASE WHEN k.comment IS NOT NULL
                THEN pg_catalog.format('COMMENT ON CONSTRAINT %I ON DOMAIN %s IS %L', k.conname, domains.sql, k.comment) END
      FROM domains LEFT JOIN named k ON k.contypid = domains.oid AND k.contype = 'n' WHERE domains.typnotnull
    UNION ALL
    SELECT 1, tree.height, 'column', NULL, a.attname, tree.schema, tree.name, 'ALTER TABLE ALTER COLUMN SET NOT NULL',
           pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', tree.sql, a.attname),
           pg_catalog.format('ALTER TABLE %s %s', tree.sql, COALESCE(k.made, pg_catalog.format('ALTER COLUMN %I SET NOT NULL', a.attname))),
           pg_catalog.format('ALTER TABLE %s %s NOT VALID', tree.sql, k.made),
           CASE WHEN k.comment IS NOT NULL
                THEN pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, tree.sql, k.comment) END
      FROM tree JOIN pg_catalog.pg_attribute a ON a.attrelid = tree.oid
      LEFT JOIN named k ON k.conrelid = tree.oid AND k.contype = 'n' AND k.conkey[1] = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND a.attgenerated <> ''
       AND (k.oid IS NULL OR k.coninhcount = 0 OR k.conislocal)
    UNION ALL
    SELECT 4, tree.height, 'column', NULL, a.attname, tree.schema, tree.name, 'ALTER TABLE ALTER COLUMN ADD GENERATED',
           pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP EXPRESSION', tree.sql, a.attname), NULL,
           CASE WHEN tree.height = 0 THEN pg_catalog.format('UPDATE ONLY %s SET %I = %s', tree.sql, a.attname,
             pg_catalog.pg_get_expr(e.adbin, e.adrelid)) END, NULL
      FROM tree JOIN pg_catalog.pg_attribute a ON a.attrelid = tree.oid
      JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = 's' AND a.attinhcount = 0
    UNION ALL
    SELECT 3, 0, 'table', self.schema, self.name, NULL, NULL, 'ALTER TABLE ATTACH PARTITION',
           pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s', parent.sql, self.sql),
           pg_catalog.format('ALTER TABLE ONLY %s ATTACH PARTITION %s %s', parent.sql, self.sql,
             pg_catalog.pg_get_expr(c.relpartbound, c.oid)), NULL, NULL
      FROM tree self JOIN pg_catalog.pg_class c ON c.oid = self.oid
      JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid JOIN tree parent ON parent.oid = i.inhparent
     WHERE self.oid = ${oid} AND c.relispartition) found`;
}
