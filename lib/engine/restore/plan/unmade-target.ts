import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import type { Target } from '../../target/target.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { refusal } from './refusals.ts';

/** Every server has this database (initdb), and hosts let their users connect to it. */
export const MAINTENANCE_DATABASE = 'postgres';

/** What a database created like the source will be. Throws `target-exists` when the server already has it. */
export async function unmadeTarget(
  target: Target,
  server: TargetFacts,
  { database, display }: ConnectionSettings,
  { manifest }: BackupToRestore,
): Promise<TargetFacts> {
  const { rows } = await target.execute(
    `SELECT FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(database)}`,
  );
  if (rows.length > 0) {
    throw refusal(
      'target-exists',
      `The server already has a database ${database}.`,
      'Leave out --create-database to restore into it, or name another one.',
    );
  }
  const { encoding, localeProvider, collate, ctype, locale, icuRules } = manifest.server;
  return {
    ...server,
    // No database has this OID, so the target is never taken for the source.
    databaseOid: 0,
    ...{ encoding, localeProvider, collate, ctype, locale, icuRules },
    database,
    display,
    holds: undefined,
    relations: new Map(),
    objects: new Set(),
    mayCreateSchemas: true,
    stagingThere: new Map(),
    readOnlyDefault: server.readOnlyDefault.filter(({ isOfDatabase }) => !isOfDatabase),
    schemasOfOthers: new Set(),
    onTablesOfOthers: new Set(),
    extensions: new Set(),
    defaultGrants: new Map(),
    eventTriggers: [],
    sizeBytes: 0,
    unfinished: undefined,
    takesEncoding: true,
  };
}
