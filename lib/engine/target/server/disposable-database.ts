import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import type { Observer } from '../../ground/progress.ts';
import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { TargetStatementError } from '../target.ts';
import { atDatabase } from './at-database.ts';
import { createDatabase, type DatabaseText } from './create-database.ts';
import { openServerTarget } from './open-server-target.ts';
import type { ServerTarget } from './server-target.ts';

export interface DisposableDatabaseOptions {
  /** The server. Lifeboat only connects to the database in these settings, and does not change it. */
  readonly server: ConnectionSettings;
  /** A part of the database's name, of lower-case letters and digits. */
  readonly id: string;
  readonly text: DatabaseText;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

const NAME_PREFIX = 'lifeboat_drill_';
const COMMENT = 'Made by a Lifeboat drill, which drops it at its end; the next drill does, if it could not.';
/**
 * Marks the database from its first moment on: a comment is a statement of its own, before which a drill, or the server
 * with what it had not written yet, may die. No session is kept out by it.
 */
const MARK = 99_711;
/**
 * The first key of the advisory lock for each database: `DRIL` in ASCII. The second key is a hash of its
 * name.
 */
const LOCK_CLASS = 1146243404;
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * A temporary database on a server. A session in the other database holds an advisory lock for its name. So a
 * later drill can find and drop databases that nobody uses any more.
 */
export class DisposableDatabase {
  readonly settings: ConnectionSettings;
  /** What the database lacks of the source's encoding and locale. */
  readonly lacking: readonly string[];
  /** The comment for roles that are created for the database. They are dropped with it. */
  readonly roleComment: string;
  readonly #name: string;
  readonly #server: ConnectionSettings;
  readonly #keeper: ServerTarget;
  readonly #observer: Observer | undefined;

  private constructor(
    name: string,
    server: ConnectionSettings,
    keeper: ServerTarget,
    lacking: readonly string[],
    observer: Observer | undefined,
  ) {
    this.#name = name;
    this.#server = server;
    this.#keeper = keeper;
    this.#observer = observer;
    this.settings = atDatabase(server, name);
    this.lacking = lacking;
    this.roleComment = roleComment(name);
  }

  /** Creates the database, after it dropped the leftovers of unfinished drills. */
  static async create(options: DisposableDatabaseOptions): Promise<DisposableDatabase> {
    const { server, text, signal, observer } = options;
    const name = `${NAME_PREFIX}${options.id}`;
    // The signal does not end this session, because an aborted drill has to clean up.
    const keeper = await openServerTarget(server, observer?.onRetry ? { onRetry: observer.onRetry } : {});
    try {
      signal.throwIfAborted();
      for (const leftover of await leftovers(keeper)) {
        await drop(keeper, server, leftover).catch((error: unknown) =>
          tellNotDropped(observer, leftover, error),
        );
      }
      await keeper.execute(`SELECT pg_catalog.pg_advisory_lock(${lockOf(name)})`);
      const lacking = await createDatabase(keeper, name, text, ` CONNECTION LIMIT ${MARK}`);
      await keeper.execute(`COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(COMMENT)}`);
      return new DisposableDatabase(name, server, keeper, lacking, observer);
    } catch (error) {
      await keeper.close();
      throw notCreatable(error, server);
    }
  }

  /**
   * Drops the database and the roles that were created for it. If that fails, it is a notice and not an
   * error. On a full disk DROP DATABASE fails, because it waits for a checkpoint, which has to write, and leaves a
   * database that nobody can connect to. Tables that are dropped before give their room back at once.
   */
  async drop({ isDiskFull = false } = {}): Promise<void> {
    try {
      if (isDiskFull) await dropLargestTables(this.settings).catch(() => {});
      await drop(this.#keeper, this.settings, this.#name).catch(() => this.#dropAnew());
    } catch (error) {
      tellNotDropped(this.#observer, this.#name, error);
    }
    await this.#keeper.close();
  }

  /** A server that crashed ended the keeper's session too, and is back in a moment. */
  async #dropAnew(): Promise<void> {
    const session = await openServerTarget(this.#server);
    try {
      await drop(session, this.settings, this.#name);
    } finally {
      await session.close();
    }
  }
}

function roleComment(database: string): string {
  return `Made by a Lifeboat drill for the database ${database}.`;
}

function lockOf(name: string): string {
  return `${LOCK_CLASS}, pg_catalog.hashtext(${quoteLiteral(name)})`;
}

/** Finds databases of drills, by name and by mark or comment, whose lock is free and that have no sessions. */
async function leftovers(keeper: ServerTarget): Promise<string[]> {
  const { rows } = await keeper.execute(`
    SELECT d.datname AS name FROM pg_catalog.pg_database d
     WHERE pg_catalog.starts_with(d.datname::text, ${quoteLiteral(NAME_PREFIX)})
       AND (d.datconnlimit = ${MARK} OR pg_catalog.shobj_description(d.oid, 'pg_database') = ${quoteLiteral(COMMENT)})
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)`);
  const unused: string[] = [];
  for (const { name } of rows) {
    if (name == null) continue;
    const { rows: answer } = await keeper.execute(
      `SELECT pg_catalog.pg_try_advisory_lock(${lockOf(name)}) AS free`,
    );
    if (answer[0]?.free === 't') unused.push(name);
  }
  return unused;
}

async function drop(keeper: ServerTarget, server: ConnectionSettings, name: string): Promise<void> {
  await dropSubscriptions(atDatabase(server, name));
  await keeper.execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
  const { rows } = await keeper.execute(`
    SELECT rolname AS role FROM pg_catalog.pg_roles
     WHERE pg_catalog.shobj_description(oid, 'pg_authid') = ${quoteLiteral(roleComment(name))}`);
  for (const { role } of rows) await keeper.execute(`DROP ROLE ${quoteIdentifier(role ?? '')}`);
}

function tellNotDropped(observer: Observer | undefined, name: string, error: unknown): void {
  observer?.onNotice?.(
    `The database ${name} could not be dropped: ${messageOf(error)} The next drill will try again.`,
  );
}

const ENOUGH_TABLES = 30;

async function dropLargestTables(settings: ConnectionSettings): Promise<void> {
  const target = await openServerTarget(settings, { attempts: 1 });
  try {
    const { rows } = await target.execute(`
      SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND c.oid >= 16384
       ORDER BY pg_catalog.pg_total_relation_size(c.oid) DESC LIMIT ${ENOUGH_TABLES}`);
    for (const { name } of rows) await target.execute(`DROP TABLE ${name} CASCADE`).catch(() => {});
  } finally {
    await target.close();
  }
}

/**
 * Drops subscriptions, because a database with one cannot be dropped. A restored subscription never
 * connected, so it has no slot to drop.
 */
async function dropSubscriptions(settings: ConnectionSettings): Promise<void> {
  const target = await openServerTarget(settings, { attempts: 1 }).catch(() => undefined);
  if (!target) return;
  try {
    const { rows } = await target.execute(`
      SELECT s.subname AS name FROM pg_catalog.pg_subscription s
        JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database()`);
    for (const { name } of rows) {
      const subscription = quoteIdentifier(name ?? '');
      await target.execute(`ALTER SUBSCRIPTION ${subscription} DISABLE`);
      await target.execute(`ALTER SUBSCRIPTION ${subscription} SET (slot_name = NONE)`);
      await target.execute(`DROP SUBSCRIPTION ${subscription}`);
    }
  } finally {
    await target.close();
  }
}

function notCreatable(error: unknown, { display }: ConnectionSettings): unknown {
  if (!(error instanceof TargetStatementError) || error.sqlState !== INSUFFICIENT_PRIVILEGE) return error;
  return new LifeboatError({
    code: 'target-database-not-permitted',
    kind: 'target',
    what: `The role may not create a database on the server of ${display}: ${error.message}.`,
    remedy: 'ALTER ROLE … CREATEDB, or name another role or server.',
  });
}
