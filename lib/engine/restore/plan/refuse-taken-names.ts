import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { makesRelation } from '../archived/archived-schema.ts';
import { plainName, readRelationKey, relationKey } from '../archived/relation-key.ts';
import { refusal } from './refusals.ts';
import type { RestorePlan } from './restore-plan.ts';

/** Something in the target that has a name which the restore needs. */
interface Taken {
  readonly words: string;
  /** The key of the table that it is a part of. */
  readonly of: string | undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  i: 'index',
  I: 'index',
  S: 'sequence',
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  c: 'type',
  s: 'statistics',
};

/**
 * Refuses a restore that would fail at its end, because an object that stays has the name of an index, a sequence or
 * extended statistics of the backup: throws `target-name-taken`. Usually the table was renamed since the backup, and its
 * parts kept their names. Locks nothing.
 */
export async function refuseTakenNames(session: ServerTarget, plan: RestorePlan): Promise<void> {
  // Under a new name other names are found, and a restore in place that goes on has made some of these itself.
  if (plan.newName !== undefined || !plan.intoExisting || (plan.resumes && !plan.exchanges)) return;
  const taken = await takenNames(session, plan);
  const [first] = taken;
  if (first === undefined) return;
  const { display, relations } = plan.target;
  const renamed = taken.find(({ of }) => of !== undefined && isNew(of, plan));
  const lacking = [...plan.tables].find(({ schema, name }) => !relations.has(relationKey(schema, name)));
  const looksRenamed = renamed?.of !== undefined && lacking !== undefined;
  const [now, before] = [plainName(renamed?.of ?? ''), `${lacking?.schema}.${lacking?.name}`];
  throw refusal(
    'target-name-taken',
    `Objects of ${display} that stay have names that this restore needs: ${listed(taken.map(({ words }) => words))}.${looksRenamed ? ` ${now} looks like ${before} under another name.` : renamed ? ` ${now} is not in the backup, and may be one of its tables under another name.` : ''}`,
    looksRenamed
      ? `To restore it in its place, rename it back: \`ALTER TABLE ${renamed.of} RENAME TO ${quoteIdentifier(lacking.name)};\`. To have both, restore beside it: --as ${lacking.name}_then. Or give those objects other names first (ALTER INDEX … RENAME TO …).`
      : 'Give those objects other names first (ALTER INDEX … RENAME TO …), or restore the table beside them (--as).',
    { meaning: 'Nothing was changed.' },
  );
}

/** Whether the backup has no relation of this name. */
function isNew(key: string, { backup }: RestorePlan): boolean {
  return !backup.schema.relations.has(key);
}

async function takenNames(session: ServerTarget, plan: RestorePlan): Promise<Taken[]> {
  const { entries, replaces, backup } = plan;
  const own = entries.filter(({ role }) => role === 'own');
  const made = new Set(own.filter(makesRelation).flatMap(({ relation }) => relation ?? []));
  const replaced = new Set(replaces.map(({ key }) => key));
  const names = [
    ...[...backup.schema.indexes].flatMap(([index, table]) => (made.has(table) ? [index] : [])),
    ...[...backup.schema.relations.values()].flatMap(({ key, owner = '' }) =>
      made.has(owner) && !replaced.has(key) ? [key] : [],
    ),
  ];
  const statistics = own.flatMap(({ type, object }) =>
    type === 'STATISTICS' ? [relationKey(object.schema, object.name)] : [],
  );
  if (names.length + statistics.length === 0) return [];
  const oids = `ARRAY[${[...replaced].map((key) => `pg_catalog.to_regclass(${quoteLiteral(key)})`).join(', ')}]::pg_catalog.oid[]`;
  const { rows } = await session.execute(`
    SELECT n.nspname AS schema, o.name, o.kind, tn.nspname AS of_schema, t.relname AS of_name
      FROM (SELECT c.relnamespace AS namespace, c.relname AS name, c.relkind::pg_catalog.text AS kind, coalesce(i.indrelid, d.refobjid) AS relation
              FROM pg_catalog.pg_class c
              LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
              LEFT JOIN pg_catalog.pg_depend d ON c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                   AND d.objid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
             WHERE (c.relnamespace, c.relname) IN (${namesSql(names)})
            UNION ALL
            SELECT s.stxnamespace, s.stxname, 's', s.stxrelid FROM pg_catalog.pg_statistic_ext s
             WHERE (s.stxnamespace, s.stxname) IN (${namesSql(statistics)})) o
      JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace
      LEFT JOIN pg_catalog.pg_class t ON t.oid = o.relation LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     WHERE o.relation IS NULL OR o.relation <> ALL (${oids}) ORDER BY o.kind, n.nspname, o.name`);
  return rows.map(({ schema, name, kind, of_schema: ofSchema, of_name: ofName }) => {
    const of = ofName == null ? undefined : relationKey(String(ofSchema), ofName);
    const words = `${WORDS[String(kind)] ?? 'relation'} ${schema}.${name}`;
    return { of, words: of === undefined ? words : `${words} of ${plainName(of)}` };
  });
}

/** A query of these names with the OIDs of their schemas. */
function namesSql(keys: readonly string[]): string {
  const rows = keys
    .map(readRelationKey)
    .map(({ schema, name }) => `(${quoteLiteral(schema)}, ${quoteLiteral(name)})`);
  return `SELECT w.oid, k.name::pg_catalog.name FROM (VALUES ${[...rows, "('', '')"].join(', ')}) k (schema, name)
    JOIN pg_catalog.pg_namespace w ON w.nspname = k.schema`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
