import { onRelation } from '../../fingerprint/identity.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import type { Target } from '../../target/target.ts';
import { plainName, relationKey } from '../archived/relation-key.ts';

/** An object of the target that DROP … CASCADE of some relations would drop with them. */
export interface GoingObject {
  /** {@link objectKey} of it. */
  readonly key: string;
  /** Kind and identity in a fingerprint, of an object on a relation that stays: `policy p on public.notes`. */
  readonly identity?: string;
  /** In words: `view public.report`. */
  readonly words: string;
  /** The key of the relation that it is on; for a view or table, its own. */
  readonly relation: string | undefined;
  /** pg_class.relkind, if it is a relation. */
  readonly relkind: string | undefined;
}

/** The tables and views that a DROP of some relations locks for itself, and what it drops with them. */
export interface Going {
  readonly objects: readonly GoingObject[];
  /** Keys of tables at the other end of a foreign key of the dropped tables. DROP locks them, too. */
  readonly referenced: readonly string[];
  /** Keys of relations among the dropped ones that belong to a role that this one cannot act as. */
  readonly ofOthers: readonly string[];
  /** Publications that lose a table, in words: `changes without public.orders`. */
  readonly unpublished: ReadonlyArray<{ readonly key: string; readonly words: string }>;
}

export const NOTHING_GOES: Going = { objects: [], referenced: [], ofOthers: [], unpublished: [] };

/** A name for comparison that the backup's entries and the target's catalog both have. */
export function objectKey(kind: string, name: string, on?: string): string {
  return on === undefined ? `${kind} ${name}` : `${kind} ${name} on ${on}`;
}

/**
 * Asks the catalog what `DROP … CASCADE` of these relations would drop besides, without dropping or locking
 * anything. It leaves out what is a part of a dropped relation: its indexes, constraints, policies, triggers and
 * owned sequences. pg_depend is followed as PostgreSQL's dependency.c does: down, and up from an internal part.
 */
export async function goingWith(target: Target, keys: readonly string[]): Promise<Going> {
  if (keys.length === 0) return NOTHING_GOES;
  const dropped = `ARRAY[${keys.map((key) => `pg_catalog.to_regclass(${quoteLiteral(key)})`).join(', ')}]::pg_catalog.oid[]`;
  const { rows } = await target.execute(goingSql(dropped));
  const { rows: referenced } = await target.execute(`
    SELECT DISTINCT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype = 'f' AND k.conrelid = ANY (${dropped}) AND k.confrelid <> ALL (${dropped}) ORDER BY 1, 2`);
  const { rows: others } = await target.execute(`
    SELECT n.nspname AS schema, c.relname AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = ANY (${dropped}) AND NOT pg_catalog.pg_has_role(CURRENT_USER, c.relowner, 'USAGE')
       AND NOT pg_catalog.pg_has_role(CURRENT_USER, n.nspowner, 'USAGE') ORDER BY 1, 2`);
  const found = rows.map(({ kind, schema, name, relation, relkind, words }) => {
    const on = relation == null ? undefined : relationKey(String(schema), relation);
    const isRelation = relkind != null;
    return {
      key: isRelation ? objectKey('relation', on ?? '') : objectKey(String(kind), String(name), on),
      words: wordsOf(String(kind), String(name), on, relkind ?? undefined, String(words)),
      ...(ON_RELATIONS.has(String(kind)) && relation != null
        ? { identity: `${kind} ${onRelation(String(name), String(schema), relation)}` }
        : {}),
      relation: on,
      relkind: relkind ?? undefined,
      kind,
    };
  });
  return {
    objects: found.filter(({ kind }) => kind !== PUBLISHED).map(({ kind: _, ...rest }) => rest),
    referenced: referenced.map(({ schema, name }) => relationKey(String(schema), String(name))),
    ofOthers: others.map(({ schema, name }) => relationKey(String(schema), String(name))),
    unpublished: found.filter(({ kind }) => kind === PUBLISHED).map(({ key, words }) => ({ key, words })),
  };
}

const ON_RELATIONS: ReadonlySet<string> = new Set(['constraint', 'policy', 'rule', 'trigger']);

const RELATIONS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

function wordsOf(
  kind: string,
  name: string,
  relation: string | undefined,
  relkind: string | undefined,
  described: string,
): string {
  const on = relation === undefined ? undefined : plainName(relation);
  if (relkind !== undefined) return `${RELATIONS[relkind] ?? 'relation'} ${on}`;
  if (kind === 'default') return `default of ${name} on ${on}`;
  if (kind === PUBLISHED) return `publication ${name} for ${on}`;
  return on === undefined ? described : `${kind} ${name} on ${on}`;
}

const PUBLISHED = 'publication table';

function goingSql(dropped: string): string {
  const of = (catalog: string) => `g.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass`;
  return `
  WITH RECURSIVE going (classid, objid, objsubid) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, x, 0
      FROM pg_catalog.unnest(${dropped}) x WHERE x IS NOT NULL
    UNION
    SELECT n.classid, n.objid, n.objsubid FROM going g CROSS JOIN LATERAL (
      SELECT d.classid, d.objid, d.objsubid FROM pg_catalog.pg_depend d
       WHERE d.refclassid = g.classid AND d.refobjid = g.objid AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
         AND d.deptype IN ('n', 'a', 'i', 'P', 'S')
      UNION ALL
      SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_catalog.pg_depend d
       WHERE d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.objsubid AND d.deptype = 'i') n),
  gone AS (SELECT objid AS oid FROM going g WHERE ${of('pg_class')} AND objsubid = 0),
  found (kind, name, relation_oid, relkind, g) AS (
    SELECT 'relation', c.relname, c.oid, c.relkind::pg_catalog.text, g FROM going g JOIN pg_catalog.pg_class c ON c.oid = g.objid
     WHERE ${of('pg_class')} AND g.objsubid = 0 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid <> ALL (${dropped})
    UNION ALL
    SELECT 'column', a.attname, a.attrelid, NULL, g FROM going g JOIN pg_catalog.pg_attribute a ON a.attrelid = g.objid AND a.attnum = g.objsubid
     WHERE ${of('pg_class')} AND g.objsubid <> 0 AND a.attrelid NOT IN (SELECT oid FROM gone)
    UNION ALL
    SELECT 'constraint', k.conname, k.conrelid, NULL, g FROM going g JOIN pg_catalog.pg_constraint k ON k.oid = g.objid
     WHERE ${of('pg_constraint')} AND k.conrelid <> 0 AND k.conparentid = 0 AND k.conrelid NOT IN (SELECT oid FROM gone)
    UNION ALL
    SELECT 'trigger', t.tgname, t.tgrelid, NULL, g FROM going g JOIN pg_catalog.pg_trigger t ON t.oid = g.objid
     WHERE ${of('pg_trigger')} AND NOT t.tgisinternal AND t.tgrelid NOT IN (SELECT oid FROM gone)
    UNION ALL
    SELECT 'policy', p.polname, p.polrelid, NULL, g FROM going g JOIN pg_catalog.pg_policy p ON p.oid = g.objid
     WHERE ${of('pg_policy')} AND p.polrelid NOT IN (SELECT oid FROM gone)
    UNION ALL
    SELECT 'rule', r.rulename, r.ev_class, NULL, g FROM going g JOIN pg_catalog.pg_rewrite r ON r.oid = g.objid
     WHERE ${of('pg_rewrite')} AND r.rulename <> '_RETURN' AND r.ev_class NOT IN (SELECT oid FROM gone)
    UNION ALL
    SELECT 'default', a.attname, a.attrelid, NULL, g FROM going g JOIN pg_catalog.pg_attrdef d ON d.oid = g.objid
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
     WHERE ${of('pg_attrdef')} AND d.adrelid NOT IN (SELECT oid FROM gone)
    UNION ALL
    SELECT '${PUBLISHED}', p.pubname, r.prrelid, NULL, g FROM going g JOIN pg_catalog.pg_publication_rel r ON r.oid = g.objid
      JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid WHERE ${of('pg_publication_rel')}
    UNION ALL
    SELECT 'routine', ${ROUTINE_NAME}, NULL, NULL, g FROM going g JOIN pg_catalog.pg_proc p ON p.oid = g.objid
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE ${of('pg_proc')}
    UNION ALL
    SELECT 'type', pg_catalog.format('%I.%I', n.nspname, t.typname), NULL, NULL, g FROM going g JOIN pg_catalog.pg_type t ON t.oid = g.objid
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     WHERE ${of('pg_type')} AND t.typcategory <> 'A' AND t.typtype NOT IN ('m') AND (t.typrelid = 0 OR t.typrelid NOT IN (SELECT oid FROM gone)
        OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
    UNION ALL
    SELECT 'other', pg_catalog.pg_describe_object(g.classid, g.objid, g.objsubid), NULL, NULL, g FROM going g
     WHERE g.classid NOT IN (${PLAIN_CLASSES.map((name) => `'pg_catalog.${name}'::pg_catalog.regclass`).join(', ')}))
  SELECT DISTINCT f.kind, f.name, n.nspname AS schema, c.relname AS relation, f.relkind, (f.g).objid AS oid,
         pg_catalog.pg_describe_object((f.g).classid, (f.g).objid, (f.g).objsubid) AS words
    FROM found f LEFT JOIN pg_catalog.pg_class c ON c.oid = f.relation_oid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   ORDER BY (f.g).objid DESC, f.kind, f.name`;
}

/** `public.total(integer, public.users)`, as pg_dump's header of a routine says it behind the schema. */
export const ROUTINE_NAME = `n.nspname || '.' || p.proname || '(' || pg_catalog.array_to_string(ARRAY(
      SELECT pg_catalog.format_type(a.oid, NULL)
        FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY a (oid, at) ORDER BY a.at), ', ') || ')'`;

/** Classes that the query reads by name, or whose objects are a part of others. */
const PLAIN_CLASSES = [
  'pg_class',
  'pg_constraint',
  'pg_trigger',
  'pg_policy',
  'pg_rewrite',
  'pg_attrdef',
  'pg_publication_rel',
  'pg_proc',
  'pg_type',
  'pg_statistic_ext',
  'pg_default_acl',
];
