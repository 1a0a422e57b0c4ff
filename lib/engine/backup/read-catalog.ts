import type { HostProfile } from '../../contract/host-profiles.ts';
import type { Manifest } from '../archive/manifest.ts';
import { ambiguousNames } from '../catalog/ambiguous-names.ts';
import { writeDatabaseSql } from '../catalog/database-sql.ts';
import { readDetachedPartitions } from '../catalog/detached-partitions.ts';
import { readExtensions } from '../catalog/extensions.ts';
import { readExtractFields } from '../catalog/extract-fields.ts';
import { refuseManyTransforms } from '../catalog/function-transforms.ts';
import { tablesWithReferences } from '../catalog/held-references.ts';
import { type NamedRoles, namedRoles } from '../catalog/named-roles.ts';
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
import {
  beginSchemaDump,
  type SchemaDump,
  type SchemaDumpChanges,
  type SchemaDumpRequest,
} from '../schema-dump/dump-schema.ts';
import { replaceSecrets } from '../schema-dump/replace-secrets.ts';
import type { PgDumpThread } from '../schema-dump/start-pg-dump.ts';
import { withoutGoneRoles } from '../schema-dump/without-gone-roles.ts';
import { hostRules } from '../selection/host-rules.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import type { NewestState } from '../snapshot/newest-state.ts';
import { tellOfChange } from '../snapshot/printing/tell-of-change.ts';

/** Everything of a source except rows and large objects' contents, read under the coordinator's snapshot. */
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
  /** A session in which pg_dump can begin meanwhile. @default the coordinator's, when nothing else is read */
  readonly newest?: NewestState;
  /** Called when pg_dump fails: throws if a change of the schema since then explains the failure. */
  readonly lookAgain?: (before: Fingerprint) => Promise<void>;
}

/**
 * Reads the catalog in the coordinator's session. pg_dump reads it in the session of `newest`, if there is one;
 * its queries whose answer the newest catalog decides come after the fingerprint, as refuseChangedSchema()
 * needs it (docs/decisions/0057-pg-dump-begins-beside-the-fingerprint.md).
 */
export async function readCatalog(coordinator: Coordinator, options: CatalogOptions): Promise<Catalog> {
  const { newest, signal } = options;
  if (newest === undefined) {
    const dump = await beginSchemaDump(schemaDumpOf(coordinator, options));
    try {
      const description = describe(coordinator, options);
      const { changes } = await description.whole;
      return await catalogOf(await description.whole, dump.finish(changes), options);
    } finally {
      await dump.stop();
    }
  }
  const description = describe(coordinator, options);
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const dump = dumpMeanwhile(coordinator, newest, description, { ...options, signal: stop.signal });
  dump.catch(() => {});
  try {
    return await catalogOf(await description.whole, dump, options);
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What is read of the catalog besides pg_dump's scripts. Any of the promises may be ignored. */
interface Description {
  readonly named: Promise<NamedRoles>;
  readonly fingerprint: Promise<Fingerprint>;
  readonly whole: Promise<Described>;
}

type Described = Awaited<ReturnType<typeof readDescription>>;

function describe(coordinator: Coordinator, options: CatalogOptions): Description {
  const fingerprint = Promise.withResolvers<Fingerprint>();
  const named = namedRoles(coordinator.query, options.omissions);
  const whole = readDescription(coordinator, options, named, fingerprint.resolve);
  whole.catch(fingerprint.reject);
  for (const promise of [named, fingerprint.promise]) promise.catch(() => {});
  return { named, fingerprint: fingerprint.promise, whole };
}

async function readDescription(
  { query }: Coordinator,
  { profile, omissions, tablesWithRows = [] }: CatalogOptions,
  named: Promise<NamedRoles>,
  onFingerprint: (fingerprint: Fingerprint) => void,
) {
  const [{ names, gone }, referring, detached, extractFields, selfReading] = await Promise.all([
    named,
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
  const { isHostRole } = hostRules(profile);
  const known = await rolesToKeep(query, roles);
  // A restore anywhere needs owners and grantees, but not the host's own superuser.
  const hostRoles = known.filter((role) => isHostRole(role) && !roles.includes(role));
  const kept = known.filter((role) => !hostRoles.includes(role));
  const fingerprint = await readFingerprint(query, { roles: kept, omissions });
  onFingerprint(fingerprint);
  const [rolesSql, databaseSql, extensions, leftOut, ofGoneRoles, sequences] = await Promise.all([
    writeRolesSql(query, kept),
    writeDatabaseSql(query),
    readExtensions(query),
    readLeftOut(query, omissions),
    readOfGoneRoles(query, gone, omissions),
    readSequences(keepingNoLocks(query), omissions),
  ]);
  return {
    ...{ names, gone, roles, hostRoles, inRows, ambiguous, fingerprint },
    ...{ rolesSql, databaseSql, extensions, leftOut, ofGoneRoles, sequences },
    changes: { detached, extractFields, selfReading, goneRoles: gone },
  };
}

function schemaDumpOf(
  { client, locked }: Coordinator,
  { signal, omissions, pgDump }: CatalogOptions,
): SchemaDumpRequest {
  return {
    ...{ client, signal, locked, deadlineMs: ANSWER_DEADLINE_MS },
    arguments: pgDumpArguments(omissions),
    omitted: omissions.rows,
    thread: pgDump,
  };
}

/**
 * Runs pg_dump in the session of `newest`. Runs it in the coordinator's session if that session is not there
 * in time, or cannot get a lock: another session may wait for a stronger lock behind the coordinator's, and
 * only the coordinator need not wait behind it.
 */
async function dumpMeanwhile(
  coordinator: Coordinator,
  newest: NewestState,
  { named, fingerprint, whole }: Description,
  options: CatalogOptions,
): Promise<SchemaDump> {
  const request = schemaDumpOf(coordinator, options);
  const turn = { begun: false, over: false };
  const beside = newest.inSnapshot(async ({ client }): Promise<SchemaDump | undefined> => {
    if (turn.over) return undefined;
    turn.begun = true;
    const dump = await beginSchemaDump({ ...request, client, beside: true });
    try {
      const goneRoles = named.then(({ gone }) => gone);
      if ((await dump.answer({ goneRoles, described: fingerprint })) === 'refused') return undefined;
      return await dump.finish((await whole).changes);
    } finally {
      await dump.stop();
    }
  });
  beside.catch(() => {});
  const { changes } = await whole;
  if (!turn.begun) {
    turn.over = true;
    return await dumpAlone(request, changes);
  }
  return (await beside) ?? (await dumpAlone({ ...request, thread: undefined }, changes));
}

async function dumpAlone(request: SchemaDumpRequest, changes: SchemaDumpChanges): Promise<SchemaDump> {
  const dump = await beginSchemaDump(request);
  try {
    return await dump.finish(changes);
  } finally {
    await dump.stop();
  }
}

async function catalogOf(
  described: Described,
  dumping: Promise<SchemaDump>,
  { profile, omissions, lookAgain }: CatalogOptions,
): Promise<Catalog> {
  const { names, gone, roles, hostRoles, inRows, ambiguous, fingerprint } = described;
  const { rolesSql, databaseSql, extensions, leftOut, ofGoneRoles, sequences } = described;
  const { host } = hostRules(profile);
  const dump = await dumping.catch(tellOfChange(async () => lookAgain?.(fingerprint)));
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
