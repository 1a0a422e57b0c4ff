import type { HostProfile } from '../../contract/host-profiles.ts';
import type { RowsLeftOut, Seed, Seeds } from '../catalog/seeds.ts';
import { notInExtension } from '../catalog/user-objects.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { type HostRules, hostRules } from './host-rules.ts';
import type { SelectableRelation, SelectableSchema } from './selectable.ts';

/** The objects that a backup of a database at this host leaves out by default. */
export async function hostSeeds(
  query: QueryRows,
  profile: HostProfile,
  schemas: readonly SelectableSchema[],
  relations: readonly SelectableRelation[],
): Promise<Seeds> {
  const rules = hostRules(profile);
  const ownSchemas = schemas
    .filter(({ name }) => rules.schemas.has(name))
    .map(({ oid, name }) => hostSeed(rules, 'pg_namespace', oid, 'schema', name));
  const withoutRows = relations.flatMap(({ oid, schema, name, ofExtension }): RowsLeftOut[] => {
    const reason = rules.unreadableRows.get(`${schema}.${name}`);
    return reason === undefined ? [] : [{ oid, schema, name, ofExtension, reason }];
  });
  return { seeds: [...ownSchemas, ...(await ownedByHost(query, rules))], withoutRows };
}

/** Objects that only the host's superuser can create, and that are not in a schema of the host. */
async function ownedByHost(query: QueryRows, rules: HostRules): Promise<Seed[]> {
  if (rules.owners.size === 0) return [];
  const isHost = (owner: string) => oneOf(`pg_catalog.pg_get_userbyid(${owner})`, rules.owners);
  const sources: ReadonlyArray<readonly [catalog: string, what: string, sql: string]> = [
    [
      'pg_event_trigger',
      'event trigger',
      `SELECT o.oid, pg_catalog.quote_ident(o.evtname) FROM pg_catalog.pg_event_trigger o WHERE ${isHost('o.evtowner')}`,
    ],
    [
      'pg_publication',
      'publication',
      `SELECT o.oid, pg_catalog.quote_ident(o.pubname) FROM pg_catalog.pg_publication o
        WHERE ${isHost('o.pubowner')} OR ${oneOf('o.pubname', rules.publications)}`,
    ],
    [
      'pg_default_acl',
      'default privileges',
      `SELECT o.oid, (pg_catalog.pg_identify_object('pg_catalog.pg_default_acl'::pg_catalog.regclass, o.oid, 0)).identity
         FROM pg_catalog.pg_default_acl o WHERE ${isHost('o.defaclrole')}`,
    ],
    [
      'pg_proc',
      'function',
      `SELECT o.oid, o.oid::pg_catalog.regprocedure::text
         FROM pg_catalog.pg_proc o JOIN pg_catalog.pg_namespace n ON n.oid = o.pronamespace
        WHERE ${isHost('o.proowner')} AND ${oneOf('n.nspname', rules.helperSchemas)}`,
    ],
  ];
  const seeds = await Promise.all(
    sources.map(async ([catalog, what, sql]) => {
      const rows = await query(`
        SELECT o.oid::text AS oid, o.name FROM (${sql}) AS o(oid, name)
         WHERE ${notInExtension({ catalog, oid: 'o.oid' })} ORDER BY o.name`);
      return rows.map((row) => hostSeed(rules, catalog, Number(row.oid), what, String(row.name)));
    }),
  );
  return seeds.flat();
}

function hostSeed({ host }: HostRules, catalog: string, oid: number, what: string, name: string): Seed {
  return { catalog, oid, what, name, reason: `${host} makes and keeps it itself`, origin: 'host' };
}

function oneOf(value: string, names: ReadonlySet<string>): string {
  return names.size === 0 ? 'false' : `${value} IN (${[...names].map(quoteLiteral).join(', ')})`;
}
