import type { QueryRows } from '../connection/query-rows.ts';
import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { type AclItem, aclItems } from './acl-items.ts';
import { isGone } from './gone-role.ts';
import { doBlock } from './script.ts';

/** The number of large objects that one query reads and one statement names. */
const OBJECTS_AT_ONCE = 1000;

interface LargeObjectRow {
  readonly oid: number;
  readonly owner: string;
  /** Null if nothing was granted or revoked. */
  readonly grants: readonly AclItem[] | null;
  readonly comment: string | null;
  readonly labels: ReadonlyArray<{ readonly provider: string; readonly label: string }>;
}

/**
 * Writes large-objects/metadata.sql piece by piece, because there can be millions of objects. The script
 * creates empty objects with their owners, grants, comments and security labels. pg_dump has these in its
 * data section.
 */
export async function* writeLargeObjectMetadata(query: QueryRows): AsyncGenerator<string> {
  for (let after = 0; ; ) {
    const objects = await readLargeObjects(query, after);
    const last = objects.at(-1);
    if (!last) return;
    yield `${statementsFor(objects).join('\n')}\n`;
    after = last.oid;
  }
}

function statementsFor(objects: readonly LargeObjectRow[]): string[] {
  return [
    doBlock(`BEGIN
PERFORM pg_catalog.lo_create(made.oid) FROM ${unnested(objects)} AS made(oid);
END`),
    ...[...Map.groupBy(objects, ({ owner }) => owner)]
      .filter(([owner]) => !isGone(owner))
      .map(([owner, owned]) => changeOwner(owner, owned)),
    ...grantStatements(objects),
    ...objects.flatMap(({ oid, comment, labels }) => [
      ...(comment === null ? [] : [`COMMENT ON LARGE OBJECT ${oid} IS ${quoteLiteral(comment)};`]),
      ...labels.map(
        ({ provider, label }) =>
          `SECURITY LABEL FOR ${quoteIdentifier(provider)} ON LARGE OBJECT ${oid} IS ${quoteLiteral(label)};`,
      ),
    ]),
  ];
}

/**
 * A loop: ALTER LARGE OBJECT takes only one object, and thousands of statements would be hard to read and
 * slow to run.
 */
function changeOwner(owner: string, objects: readonly LargeObjectRow[]): string {
  return doBlock(`DECLARE
  changed oid;
BEGIN
FOR changed IN SELECT made.oid FROM ${unnested(objects)} AS made(oid) LOOP
  EXECUTE 'ALTER LARGE OBJECT ' || changed || ${quoteLiteral(` OWNER TO ${quoteIdentifier(owner)}`)};
END LOOP;
END`);
}

/**
 * GRANT and REVOKE take lists, so objects with the same privileges share a statement. Grantors other than
 * owners are not kept.
 */
function grantStatements(objects: readonly LargeObjectRow[]): string[] {
  const lists = new Map<string, number[]>();
  for (const { oid, owner, grants } of objects) {
    if (grants === null) continue;
    for (const statement of [
      ...(isGone(owner) ? [] : [`REVOKE ALL ON LARGE OBJECT \0 FROM ${quoteIdentifier(owner)};`]),
      ...grants.filter(([grantee]) => grantee === null || !isGone(grantee)).map(grant),
    ]) {
      const list = lists.get(statement);
      if (list) list.push(oid);
      else lists.set(statement, [oid]);
    }
  }
  // Revokes come first: an owner's grants must follow the revoke of all its privileges.
  return [...lists]
    .sort(([a], [b]) => Number(b.startsWith('REVOKE')) - Number(a.startsWith('REVOKE')))
    .map(([statement, list]) => statement.replace('\0', () => list.join(', ')));
}

function grant([grantee, privilege, grantable]: AclItem): string {
  const to = grantee === null ? 'PUBLIC' : quoteIdentifier(grantee);
  return `GRANT ${privilege} ON LARGE OBJECT \0 TO ${to}${grantable ? ' WITH GRANT OPTION' : ''};`;
}

function unnested(objects: readonly LargeObjectRow[]): string {
  return `unnest('{${objects.map(({ oid }) => oid).join(',')}}'::oid[])`;
}

async function readLargeObjects(query: QueryRows, after: number): Promise<LargeObjectRow[]> {
  const catalog = `'pg_catalog.pg_largeobject'::pg_catalog.regclass`;
  const rows = await query(`
    SELECT pg_catalog.json_build_object(
             'oid', m.oid::bigint, 'owner', pg_catalog.pg_get_userbyid(m.lomowner),
             'grants', ${aclItems('m.lomacl')}, 'comment', d.description,
             'labels', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                                 'provider', l.provider, 'label', l.label) ORDER BY l.provider), '[]'::json)
                          FROM pg_catalog.pg_seclabel l
                         WHERE l.classoid = ${catalog} AND l.objoid = m.oid))::text AS object
      FROM pg_catalog.pg_largeobject_metadata m
      LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalog} AND d.objoid = m.oid AND d.objsubid = 0
     WHERE m.oid > ${after}::oid
     ORDER BY m.oid LIMIT ${OBJECTS_AT_ONCE}`);
  return rows.map((row) => JSON.parse(String(row.object)) as LargeObjectRow);
}
