import { USER_SCHEMA } from '../../catalog/user-objects.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { relationKey } from '../archived/relation-key.ts';

/** The names that a target has, outside PostgreSQL's own schemas. */
export interface NamesThere {
  readonly schemas: ReadonlySet<string>;
  /** Keys of names of any kind. */
  readonly all: ReadonlySet<string>;
  /** Keys of relations, indexes included, of types, and of extended statistics: names that a table cannot have as well. */
  readonly taken: ReadonlySet<string>;
}

/** Reads them in one query; needs no rights. */
export async function namesThere(target: ServerTarget): Promise<NamesThere> {
  const { rows } = await target.execute(`
    SELECT o.kind, n.nspname AS schema, o.name
      FROM (SELECT 'relation' AS kind, relnamespace AS namespace, relname AS name FROM pg_catalog.pg_class
            UNION ALL SELECT 'type', typnamespace, typname FROM pg_catalog.pg_type
            UNION ALL SELECT 'statistics', stxnamespace, stxname FROM pg_catalog.pg_statistic_ext
            UNION ALL SELECT 'other', pronamespace, proname FROM pg_catalog.pg_proc
            UNION ALL SELECT 'other', oprnamespace, oprname FROM pg_catalog.pg_operator
            UNION ALL SELECT 'other', opcnamespace, opcname FROM pg_catalog.pg_opclass
            UNION ALL SELECT 'other', opfnamespace, opfname FROM pg_catalog.pg_opfamily
            UNION ALL SELECT 'other', collnamespace, collname FROM pg_catalog.pg_collation
            UNION ALL SELECT 'other', connamespace, conname FROM pg_catalog.pg_conversion
            UNION ALL SELECT 'other', cfgnamespace, cfgname FROM pg_catalog.pg_ts_config
            UNION ALL SELECT 'other', dictnamespace, dictname FROM pg_catalog.pg_ts_dict
            UNION ALL SELECT 'other', prsnamespace, prsname FROM pg_catalog.pg_ts_parser
            UNION ALL SELECT 'other', tmplnamespace, tmplname FROM pg_catalog.pg_ts_template
            UNION ALL SELECT 'schema', oid, NULL FROM pg_catalog.pg_namespace) o
      JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace
     WHERE ${USER_SCHEMA}`);
  const schemas = new Set<string>();
  const all = new Set<string>();
  const taken = new Set<string>();
  for (const { kind, schema, name } of rows) {
    if (schema == null) continue;
    if (name == null) schemas.add(schema);
    else {
      const key = relationKey(schema, name);
      all.add(key);
      if (kind !== 'other') taken.add(key);
    }
  }
  return { schemas, all, taken };
}
