import { catalogMajor } from '../catalog/catalog-major.ts';
import { namedRoles } from '../catalog/named-roles.ts';
import { NOTHING_OMITTED, type Omissions } from '../catalog/omissions.ts';
import { readServerOptions } from '../catalog/read-server-options.ts';
import { rolesToKeep } from '../catalog/roles-to-keep.ts';
import { USER_SCHEMA } from '../catalog/user-objects.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { type Fingerprint, type FingerprintEntry, isOrdered, OBJECT_KINDS } from './fingerprint.ts';
import { forgetGoneRoles } from './forget-gone-roles.ts';
import { nameOf } from './identity.ts';
import { withoutServerOptions } from './own-options.ts';
import { readCatalogEntries } from './read-catalog-entries.ts';
import type { Reading } from './reading.ts';
import { allReadings } from './readings/all.ts';

export interface ReadFingerprintOptions {
  /**
   * The fingerprint that this one will be compared with. The same roles are described.
   * @default the roles that the database names, and those connected to them by membership
   */
  readonly like?: Fingerprint;
  /** The roles to describe, if they are already known. */
  readonly roles?: readonly string[];
  /**
   * Describes these relations alone, with their parts: quoted names. Those that the database lacks are passed over.
   * @default the whole database
   */
  readonly relations?: readonly string[];
  /** Objects that a backup leaves out; they are not described. */
  readonly omissions?: Omissions;
  /** Returns deparsed text itself, for a closer look; it must never be stored. @default a hash of it */
  readonly plainText?: boolean;
}

/** Readings that are run together: few enough that their answers from a large catalog need little memory. */
const READINGS_AT_ONCE = 10;

/**
 * Reads the fingerprint of the database that `query` is connected to. It runs one query for each of the forty
 * kinds that the database has objects of. The session must have the settings of
 * connection/session-settings.ts. The role needs no privileges.
 */
export async function readFingerprint(
  query: QueryRows,
  options: ReadFingerprintOptions = {},
): Promise<Fingerprint> {
  const major = await catalogMajor(query);
  const relations = options.relations && (await oidsOf(query, options.relations));
  const roleNames = relations ? [] : await roleNamesOf(query, options);
  const { omissions = NOTHING_OMITTED, plainText = false } = options;
  const entries: FingerprintEntry[] = [];
  const serverOptions = await readServerOptions(query);
  const { serverVersionNumber, encoding, readings } = await lookAround(
    query,
    allReadings(major, roleNames, omissions).filter(({ relation }) => !relations || relation !== undefined),
  );
  for (let first = 0; first < readings.length; first += READINGS_AT_ONCE) {
    const some = readings.slice(first, first + READINGS_AT_ONCE);
    const server = { major, encoding, omissions, plainText, ...(relations ? { relations } : {}) };
    for (const entry of await readCatalogEntries(query, some, server)) {
      if (entry.kind !== 'large objects' || omissions.largeObjects === undefined)
        entries.push(withoutServerOptions(entry, serverOptions));
    }
  }
  return { format: 1, serverVersionNumber, entries: inOrder(forgetGoneRoles(entries, major)) };
}

async function roleNamesOf(
  query: QueryRows,
  { like, roles }: ReadFingerprintOptions,
): Promise<readonly string[]> {
  if (like) return rolesDescribedIn(like);
  return roles ?? (await rolesToKeep(query, (await namedRoles(query)).names));
}

async function oidsOf(query: QueryRows, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await query(
    `SELECT DISTINCT pg_catalog.to_regclass(name)::pg_catalog.oid::text AS oid
       FROM pg_catalog.unnest(ARRAY[${names.map(quoteLiteral).join(', ')}]) name WHERE pg_catalog.to_regclass(name) IS NOT NULL`,
  );
  return rows.map(({ oid }) => String(oid));
}

/**
 * Reads the server's properties, and finds the readings with results: most databases lack objects of most
 * kinds.
 */
async function lookAround(query: QueryRows, readings: readonly Reading[]) {
  const looks = readings.map(({ onlyIf }) => (onlyIf ? `EXISTS (SELECT FROM ${onlyIf})` : 'true'));
  const [server] = await query(`
    WITH own_schema(oid) AS MATERIALIZED (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE ${USER_SCHEMA})
    SELECT pg_catalog.current_setting('server_version_num') AS version, pg_catalog.getdatabaseencoding()::text AS encoding,
           pg_catalog.json_build_array(${looks.join(', ')})::text AS found`);
  const found: readonly boolean[] = JSON.parse(String(server?.found));
  return {
    serverVersionNumber: Number(server?.version),
    encoding: String(server?.encoding),
    readings: readings.filter((_, index) => found[index]),
  };
}

function rolesDescribedIn({ entries }: Fingerprint): string[] {
  return entries.filter(({ kind }) => kind === 'role').map(({ name }) => nameOf(name));
}

/** Sorts by kind, parent and name. Columns and attributes of one parent keep their order. */
function inOrder(entries: readonly FingerprintEntry[]): FingerprintEntry[] {
  const rank = new Map(OBJECT_KINDS.map((kind, position) => [kind, position]));
  const rankOf = (entry: FingerprintEntry) => rank.get(entry.kind) ?? OBJECT_KINDS.length;
  return entries.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      byCodeUnit(a.parent?.name ?? '', b.parent?.name ?? '') ||
      (isOrdered(a) ? 0 : byCodeUnit(a.name, b.name)),
  );
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
