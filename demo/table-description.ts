import type pg from 'pg';
import type { TableData } from '../lib/engine/archive/manifest.ts';

/** Describes a table apart from its rows, one line for each fact, in the server's own words. */
export async function describeTable(client: pg.Client, { schema, name }: TableData): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(DESCRIPTION, [schema, name]);
  return rows.map(({ line }) => line);
}

const DESCRIPTION = `
  WITH this AS (
    SELECT c.* FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2
  )
  SELECT line FROM (
    SELECT 'column ' || attnum::text || ' ' || attname::text || ' ' || pg_catalog.format_type(atttypid, atttypmod)
           || ' ' || pg_catalog.concat(attnotnull, attidentity, attgenerated)
           || coalesce(' ' || (SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef
                                WHERE adrelid = attrelid AND adnum = attnum), '') AS line
      FROM pg_catalog.pg_attribute, this WHERE attrelid = this.oid AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraint ' || conname::text || ' ' || pg_catalog.pg_get_constraintdef(pg_constraint.oid)
      FROM pg_catalog.pg_constraint, this WHERE conrelid = this.oid
    UNION ALL
    SELECT 'index ' || pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index, this WHERE indrelid = this.oid
    UNION ALL
    SELECT 'trigger ' || pg_catalog.pg_get_triggerdef(pg_trigger.oid)
      FROM pg_catalog.pg_trigger, this WHERE tgrelid = this.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'policy ' || polname::text || ' ' || polcmd::text || ' ' || polroles::pg_catalog.regrole[]::text
           || coalesce(' USING ' || pg_catalog.pg_get_expr(polqual, polrelid), '')
           || coalesce(' CHECK ' || pg_catalog.pg_get_expr(polwithcheck, polrelid), '')
      FROM pg_catalog.pg_policy, this WHERE polrelid = this.oid
    UNION ALL
    SELECT 'grant ' || grantee::pg_catalog.regrole::text || ' ' || privilege_type FROM this, pg_catalog.aclexplode(relacl)
    UNION ALL
    SELECT 'owner ' || relowner::pg_catalog.regrole::text || pg_catalog.concat(', row security ', relrowsecurity, relforcerowsecurity) FROM this
    UNION ALL
    SELECT 'comment ' || description FROM pg_catalog.pg_description, this WHERE objoid = this.oid AND classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  ) AS everything ORDER BY line`;
