import type { HostProfile } from '../../contract/host-profiles.ts';
import type { Manifest } from '../archive/manifest.ts';
import { ambiguousNames } from '../catalog/ambiguous-names.ts';
import { writeDatabaseSql } from '../catalog/database-sql.ts';
import { readDetachedPartitions } from '../catalog/detached-partitions.ts';
import { readExtensions } from '../catalog/extensions.ts';
import { readExtractFields } from '../catalog/extract-fields.ts';
import { refuseManyTransforms } from '../catalog/function-transforms.ts';
import { tablesWithReferences } from '../catalog/held-references.ts';
import { namedRoles } from '../catalog/named-roles.ts';
import { readOfGoneRoles } from '../catalog/of-gone-roles.ts';
import { type Omissions, pgDumpArguments } from '../catalog/omissions.ts';
import { readLeftOut } from '../catalog/read-left-out.ts';
import { refuseUnquotedNames } from '../catalog/refuse-unquoted-names.ts';
import { writeRolesSql } from '../catalog/roles.ts';
import { rolesInRows } from '../catalog/roles-in-rows.ts';
import { rolesToKeep } from '../catalog/roles-to-keep.ts';
import { readSelfReadingViews } from '../catalog/self-reading-views.ts';
import { readSequences } from '../catalog/sequences.ts';
import type { SourceTable } from '../catalog/tables.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { readFingerprint } from '../fingerprint/read-fingerprint.ts';
import { unexpectedOptions } from '../options/server-options.ts';
import { type BegunSchemaDump, beginSchemaDump } from '../schema-dump/dump-schema.ts';
import { replaceSecrets } from '../schema-dump/replace-secrets.ts';
import type { PgDumpThread } from '../schema-dump/start-pg-dump.ts';
import { withoutGoneRoles } from '../schema-dump/without-gone-roles.ts';
import { hostRules } from '../selection/host-rules.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import { tellOfChange } from '../snapshot/printing/tell-of-change.ts';

/** Everything of a source except rows and large objects' contents, read in the coordinator's session. */
export interface Catalog {
  readonly fingerprint: Fingerprint;
  readonly pgDumpVersion: string;
  readonly rolesSql: string;
  readonly databaseSql: string;
  readonly preData: Buffer;
  readonly postData: Buffer;
  readonly hasLargeObjects: boolean;
  readonly sequences: Manifest['sequences'];
  readonly extensions: Manifest['extensions'];
  readonly roles: Manifest['roles'];
  /** The roles that rows name, by the table's OID. */
  readonly rolesInRows: ReadonlyMap<number, readonly string[]>;
  readonly leftOut: Manifest['leftOut'];
  readonly placeholders: Manifest['placeholders'];
  readonly warnings: readonly string[];
}

/** How long the server may take for one answer to pg_dump: catalogs of 100,000 tables are slow. */
const ANSWER_DEADLINE_MS = 5 * 60_000;

export interface CatalogOptions {
  readonly signal: AbortSignal;
  readonly profile: HostProfile;
  readonly omissions: Omissions;
  /** Tables whose rows are copied: a restore needs the roles that these rows name too. @default none */
  readonly tablesWithRows?: readonly SourceTable[];
  /** A pg_dump thread that was started early, to save time. */
  readonly pgDump?: PgDumpThread;
  /** Called when pg_dump fails: throws if a change of the schema since then explains the failure. */
  readonly lookAgain?: (before: Fingerprint) => Promise<void>;
}

export async function readCatalog(coordinator: Coordinator, options: CatalogOptions): Promise<Catalog> {
  const { signal, omissions, pgDump } = options;
  const schemaDump = await beginSchemaDump({
    ...{ client: coordinator.client, signal, deadlineMs: ANSWER_DEADLINE_MS },
    arguments: pgDumpArguments(omissions),
    omitted: omissions.rows,
    thread: pgDump,
  });
  try {
    return await describeAndDump(coordinator, options, schemaDump);
  } finally {
    await schemaDump.stop();
  }
}

async function describeAndDump(
  { query }: Coordinator,
  { profile, omissions, lookAgain, tablesWithRows = [] }: CatalogOptions,
  schemaDump: BegunSchemaDump,
): Promise<Catalog> {
  const [{ names, gone }, referring, detached, extractFields, selfReading] = await Promise.all([
    namedRoles(query, omissions),
    tablesWithReferences(query, tablesWithRows),
    readDetachedPartitions(query),
    readExtractFields(query),
    readSelfReadingViews(query),
    refuseManyTransforms(query),
    refuseUnquotedNames(query),
  ]);
  const inRows = await rolesInRows(query, referring);
  const ambiguous = await ambiguousNames(query, referring);
  const roles = [...new Set([...names, ...[...inRows.values()].flat()])].sort();
  const { host, isHostRole } = hostRules(profile);
  const known = await rolesToKeep(query, roles);
  // A restore anywhere needs owners and grantees, but not the host's own superuser.
  const hostRoles = known.filter((role) => isHostRole(role) && !roles.includes(role));
  const kept = known.filter((role) => !hostRoles.includes(role));
  const fingerprint = await readFingerprint(query, { roles: kept, omissions });
  const [rolesSql, databaseSql, extensions, leftOut, ofGoneRoles, sequences] = await Promise.all([
    writeRolesSql(query, kept),
    writeDatabaseSql(query),
    readExtensions(query),
    readLeftOut(query, omissions),
    readOfGoneRoles(query, gone, omissions),
    readSequences(keepingNoLocks(query), omissions),
  ]);
  const dump = await schemaDump
    .finish({ detached, extractFields, selfReading, goneRoles: gone })
    .catch(tellOfChange(async () => lookAgain?.(fingerprint)));
  const goneNames = namesOfGoneRoles(gone, names);
  const preData = replaceSecrets(withoutGoneRoles(dump.preData, goneNames));
  const postData = replaceSecrets(withoutGoneRoles(dump.postData, goneNames));
  return {
    fingerprint,
    pgDumpVersion: dump.pgDumpVersion,
    rolesSql: rolesSql.sql,
    databaseSql: databaseSql.sql,
    preData: preData.script,
    postData: postData.script,
    hasLargeObjects: fingerprint.entries.some(({ kind }) => kind === 'large objects'),
    sequences,
    extensions: extensions
      .filter(({ name }) => !omissions.extensions.includes(name))
      .map(({ name, version, schema }) => ({ name, version, schema })),
    roles,
    rolesInRows: inRows,
    leftOut: [
      ...omissions.leftOut,
      ...hostRoles.map((name) => ({ what: 'role', name, reason: `${host} makes and keeps it itself` })),
      ...leftOut,
      ...unexpectedOptions(dump.serverOptions).map(({ holder, name }) => ({
        what: `option of a ${holder}`,
        name,
        reason: 'the server sets it by itself, also on its own catalogs',
      })),
      ...ofGoneRoles,
      ...ambiguous,
    ],
    placeholders: [
      ...rolesSql.withheld,
      ...databaseSql.withheld,
      ...preData.placeholders,
      ...postData.placeholders,
    ],
    warnings: [
      ...dump.warnings.map((warning) => `pg_dump: ${warning}`),
      ...ambiguous.map(({ name, reason }) => `${name}: ${reason}.`),
    ],
  };
}

/** The names of gone roles as pg_dump writes them. A real role whose name is a number keeps its grants. */
function namesOfGoneRoles(gone: readonly number[], names: readonly string[]): ReadonlySet<string> {
  return new Set(gone.map(String).filter((name) => !names.includes(name)));
}

/**
 * Releases the locks of each query: 10,000 on sequences, besides 10,000 on tables, could fill the server's
 * lock table.
 */
function keepingNoLocks(query: QueryRows): QueryRows {
  return async (sql) => {
    const [, rows] = await Promise.all([
      query('SAVEPOINT lifeboat'),
      query(sql),
      query('ROLLBACK TO SAVEPOINT lifeboat'),
      query('RELEASE SAVEPOINT lifeboat'),
    ]);
    return rows;
  };
}
