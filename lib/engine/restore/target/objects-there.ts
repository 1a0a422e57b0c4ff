import { USER_SCHEMA } from '../../catalog/user-objects.ts';
import type { ResultRow } from '../../target/target.ts';
import { relationKey } from '../archived/relation-key.ts';
import { objectKey, ROUTINE_NAME } from './going-with.ts';

/** Reads the objects of a target that can refer to a table, without relations. */
export const OBJECTS_THERE = `
  SELECT o.kind, o.name, n.nspname AS schema, c.relname AS relation
    FROM (SELECT 'constraint' AS kind, conname AS name, conrelid AS relation FROM pg_catalog.pg_constraint WHERE conrelid <> 0
          UNION ALL SELECT 'trigger', tgname, tgrelid FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
          UNION ALL SELECT 'policy', polname, polrelid FROM pg_catalog.pg_policy
          UNION ALL SELECT 'rule', rulename, ev_class FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN'
          UNION ALL SELECT 'default', a.attname, a.attrelid FROM pg_catalog.pg_attribute a WHERE a.atthasdef
          UNION ALL SELECT 'publication table', p.pubname, r.prrelid
                      FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid) o
    JOIN pg_catalog.pg_class c ON c.oid = o.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE ${USER_SCHEMA}
  UNION ALL
  SELECT 'publication', pubname, NULL, NULL FROM pg_catalog.pg_publication
  UNION ALL
  SELECT 'routine', ${ROUTINE_NAME}, NULL, NULL
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE ${USER_SCHEMA}
  UNION ALL
  SELECT 'type', pg_catalog.format('%I.%I', n.nspname, t.typname), NULL, NULL
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE ${USER_SCHEMA}`;

export function objectsThere(rows: readonly ResultRow[]): ReadonlySet<string> {
  return new Set(
    rows.map(({ kind, name, schema, relation }) =>
      objectKey(
        String(kind),
        String(name),
        relation == null ? undefined : relationKey(String(schema), relation),
      ),
    ),
  );
}
