import type { Manifest } from '../archive/manifest.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { readFingerprint } from '../fingerprint/read-fingerprint.ts';
import { writeDatabaseSql } from './catalog/database-sql.ts';
import { readExtensions } from './catalog/extensions.ts';
import { readLeftOut } from './catalog/left-out.ts';
import { namedRoles } from './catalog/named-roles.ts';
import type { QueryRows } from './catalog/query-rows.ts';
import { writeRolesSql } from './catalog/roles.ts';
import { rolesToKeep } from './catalog/roles-to-keep.ts';
import { readSequences } from './catalog/sequences.ts';
import type { Coordinator } from './coordinator.ts';
import { dumpSchema } from './schema-dump/dump-schema.ts';
import { replaceSecrets } from './schema-dump/replace-secrets.ts';

/** Everything of a source that is neither rows nor contents of large objects, read through the coordinator's session. */
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
  readonly leftOut: Manifest['leftOut'];
  readonly placeholders: Manifest['placeholders'];
  readonly warnings: readonly string[];
}

/** The longest that the server may take for one answer to pg_dump: catalogs of 100,000 tables are slow. */
const ANSWER_DEADLINE_MS = 5 * 60_000;

export async function readCatalog(coordinator: Coordinator, signal: AbortSignal): Promise<Catalog> {
  const { client, query } = coordinator;
  const fingerprint = await readFingerprint(query);
  const roles = await namedRoles(query);
  const rolesSql = await writeRolesSql(query, await rolesToKeep(query, roles));
  const databaseSql = await writeDatabaseSql(query);
  const extensions = await readExtensions(query);
  const leftOut = await readLeftOut(query);
  const sequences = await withoutKeepingLocks(query, () => readSequences(query));
  const dump = await dumpSchema({ client, signal, deadlineMs: ANSWER_DEADLINE_MS });
  const preData = replaceSecrets(dump.preData);
  const postData = replaceSecrets(dump.postData);
  return {
    fingerprint,
    pgDumpVersion: dump.pgDumpVersion,
    rolesSql: rolesSql.sql,
    databaseSql: databaseSql.sql,
    preData: preData.script,
    postData: postData.script,
    hasLargeObjects: fingerprint.entries.some(({ kind }) => kind === 'large objects'),
    sequences,
    extensions: extensions.map(({ name, version, schema }) => ({ name, version, schema })),
    roles,
    leftOut,
    placeholders: [
      ...rolesSql.withheld,
      ...databaseSql.withheld,
      ...preData.placeholders,
      ...postData.placeholders,
    ],
    warnings: dump.warnings,
  };
}

/** A lock on each of 10,000 sequences, beside those on 10,000 tables, could fill the server's lock table. */
async function withoutKeepingLocks<T>(query: QueryRows, read: () => Promise<T>): Promise<T> {
  await query('SAVEPOINT lifeboat');
  const result = await read();
  await query('ROLLBACK TO SAVEPOINT lifeboat');
  await query('RELEASE SAVEPOINT lifeboat');
  return result;
}
