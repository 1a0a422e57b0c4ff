import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { atDatabase } from '../target/server/at-database.ts';
import { openServerTarget, type ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';

/** NAMEDATALEN - 1: PostgreSQL manual, "Identifiers and Key Words". */
const LONGEST_NAME_BYTES = 63;
const MARK = 'Made by `lifeboat refresh`. It may be dropped.';
/** Marks a new database from its first moment on: a comment is a statement of its own, before which a refresh may be killed. */
const MARKING_LIMIT = 99_712;
/** The option of CREATE DATABASE that marks it. No session is kept out by it. */
export const MARKED_AT_BIRTH = ` CONNECTION LIMIT ${MARKING_LIMIT}`;
/** A session that connects in between is ended, too. */
const ATTEMPTS = 10;
const IN_USE = '55006';

/** `shop_lifeboat_new`, cut as a name must be. */
export function nameBeside(database: string, suffix: 'new' | 'old'): string {
  const end = `_lifeboat_${suffix}`;
  let name = database;
  while (Buffer.byteLength(name + end) > LONGEST_NAME_BYTES) name = name.slice(0, -1);
  return name + end;
}

/** Opens a session beside the databases that are exchanged: nobody can rename the one that he is in. */
export async function openBeside(settings: ConnectionSettings, signal: AbortSignal): Promise<ServerTarget> {
  const others = ['postgres', 'template1'].filter((name) => name !== settings.database);
  let first: unknown;
  for (const name of others) {
    try {
      return await openServerTarget(atDatabase(settings, name), { signal });
    } catch (error) {
      signal.throwIfAborted();
      first ??= error;
    }
  }
  throw first;
}

export async function isThere(beside: ServerTarget, database: string): Promise<boolean> {
  const { rows } = await beside.execute(
    `SELECT FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(database)}`,
  );
  return rows.length > 0;
}

/** Refuses a role that may not make a database. */
export async function refuseWithoutCreate(beside: ServerTarget, display: string): Promise<void> {
  const { rows } = await beside.execute(
    'SELECT rolcreatedb OR rolsuper AS may FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER',
  );
  if (rows[0]?.may === 't') return;
  throw new LifeboatError({
    code: 'target-database-not-permitted',
    kind: 'target',
    what: `The role may not create a database on the server of ${display}.`,
    meaning:
      'Nothing was changed. Staging is refreshed in a database beside it, which takes its place at the end.',
    remedy: 'ALTER ROLE … CREATEDB, or add --into-existing to restore into the database that is there.',
  });
}

export async function markAsOurs(beside: ServerTarget, database: string): Promise<void> {
  await beside.execute(`COMMENT ON DATABASE ${quoteIdentifier(database)} IS ${quoteLiteral(MARK)}`);
}

/** Drops what an earlier refresh left. Throws `refresh-name-taken` for a database that somebody else made. */
export async function dropLeftover(beside: ServerTarget, database: string): Promise<void> {
  if (!(await isThere(beside, database))) return;
  const { rows } = await beside.execute(
    `SELECT pg_catalog.shobj_description(oid, 'pg_database') AS comment, datconnlimit::text AS "limit" FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(database)}`,
  );
  if (rows[0]?.comment !== MARK && rows[0]?.limit !== String(MARKING_LIMIT)) {
    throw new LifeboatError({
      code: 'refresh-name-taken',
      kind: 'target',
      what: `The server has a database ${database}, which lacks the mark of a refresh.`,
      meaning:
        'Nothing was changed. Lifeboat needs this name for the new database, and drops only what it has made.',
      remedy: `If nobody needs it, \`DROP DATABASE ${quoteIdentifier(database)};\`. Then run the same command again.`,
    });
  }
  await dropDatabase(beside, database);
}

/** Gives the new database the connection limit of the former one, or none: its own was a mark. */
export async function limitAs(
  beside: ServerTarget,
  { database, fresh }: { readonly database: string; readonly fresh: string },
): Promise<void> {
  const { rows } = await beside.execute(
    `SELECT datconnlimit::text AS "limit" FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(database)} AND datconnlimit <> ${MARKING_LIMIT}`,
  );
  await beside.execute(
    `ALTER DATABASE ${quoteIdentifier(fresh)} CONNECTION LIMIT ${Number(rows[0]?.limit ?? -1)}`,
  );
}

export async function dropDatabase(beside: ServerTarget, database: string): Promise<void> {
  await beside.execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`);
}

/** The new database takes the name of the former one, which gets another; both or none. Ends the sessions of the former one. */
export async function exchangeNames(
  beside: ServerTarget,
  names: { readonly database: string; readonly fresh: string; readonly former: string | undefined },
): Promise<void> {
  const { database, fresh, former } = names;
  const rename = (from: string, to: string) =>
    `ALTER DATABASE ${quoteIdentifier(from)} RENAME TO ${quoteIdentifier(to)}`;
  for (let attempt = 1; ; attempt += 1) {
    await endSessions(beside, [database, fresh]);
    try {
      await beside.transaction(async () => {
        if (former !== undefined) await beside.execute(rename(database, former));
        await beside.execute(rename(fresh, database));
      });
      return;
    } catch (error) {
      const isInUse = error instanceof TargetStatementError && error.sqlState === IN_USE;
      if (!isInUse || attempt >= ATTEMPTS) throw isInUse ? stillInUse(database) : error;
    }
  }
}

async function endSessions(beside: ServerTarget, databases: readonly string[]): Promise<void> {
  await beside.execute(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE datname IN (${databases.map(quoteLiteral).join(', ')}) AND pid <> pg_catalog.pg_backend_pid()
        AND pg_catalog.pg_has_role(CURRENT_USER, usesysid, 'MEMBER')`,
  );
}

function stillInUse(database: string): LifeboatError {
  return new LifeboatError({
    code: 'refresh-database-in-use',
    kind: 'target',
    what: `Sessions of other roles use the database ${database}, and this role may not end them.`,
    meaning: 'Staging is as it was.',
    remedy:
      'Stop what uses staging, or run the refresh with a role that is a member of theirs. Then run the same command again.',
  });
}
