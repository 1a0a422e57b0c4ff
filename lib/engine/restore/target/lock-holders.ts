import { quoteLiteral } from '../../ground/sql.ts';
import type { Target } from '../../target/target.ts';
import { plainName } from '../archived/relation-key.ts';

/** A session, or a prepared transaction, that holds a lock which a restore waits for. */
export interface LockHolder {
  readonly pid: number | undefined;
  /** The name of a prepared transaction. */
  readonly prepared: string | undefined;
  readonly user: string;
  readonly application: string;
  /** Undefined for a socket of the server's machine, and for the server's own processes. */
  readonly client: string | undefined;
  /** The begin of its transaction. */
  readonly since: string;
  /** `idle in transaction`, `active`. */
  readonly state: string;
  /** The beginning of its latest query, without constants. */
  readonly query: string;
  /** Plain names of the relations that it has locked. */
  readonly relations: readonly string[];
}

/** So many characters of a query tell people which it is. */
const QUERY_CHARACTERS = 60;
/** How much of a query {@link beginningOf} should be given: more than it shows, because it drops constants. */
export const READ_CHARACTERS = 200;

/**
 * Who has locked one of these relations in a transaction that is older than this session's latest attempt began, the
 * oldest first. Sessions that come and go are not named. A prepared transaction has no session: the lock on its own
 * transaction ID identifies it. Call it after the attempt, in the same session.
 */
export async function lockHolders(
  target: Target,
  keys: readonly string[],
  attemptBegan: string,
): Promise<LockHolder[]> {
  if (keys.length === 0) return [];
  const relations = `ARRAY[${keys.map((key) => `pg_catalog.to_regclass(${quoteLiteral(key)})`).join(', ')}]::pg_catalog.oid[]`;
  const locked = `
    SELECT l.pid, l.virtualtransaction, pg_catalog.array_agg(DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname)) AS relations
      FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY (${relations}) AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
     GROUP BY 1, 2`;
  const { rows } = await target.execute(`
    SELECT l.pid::pg_catalog.text AS pid, NULL AS prepared, a.usename AS "user", a.application_name AS application, pg_catalog.host(a.client_addr) AS client,
           a.xact_start AS since, coalesce(a.state, a.backend_type) AS state, pg_catalog.left(a.query, ${READ_CHARACTERS}) AS query,
           pg_catalog.array_to_json(l.relations)::pg_catalog.text AS relations
      FROM (${locked}) l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE a.xact_start IS NULL OR a.xact_start <= ${quoteLiteral(attemptBegan)}::pg_catalog.timestamptz
    UNION ALL
    SELECT NULL, p.gid, p.owner::pg_catalog.text, '', NULL, p.prepared, 'prepared', '', pg_catalog.array_to_json(l.relations)::pg_catalog.text
      FROM (${locked}) l JOIN pg_catalog.pg_locks own ON own.virtualtransaction = l.virtualtransaction
      JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = own.transactionid
     WHERE l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
    ORDER BY since NULLS LAST`);
  return rows.map((row) => ({
    pid: row.pid == null ? undefined : Number(row.pid),
    prepared: row.prepared ?? undefined,
    user: row.user ?? '',
    application: row.application ?? '',
    client: row.client ?? undefined,
    since: row.since ?? '',
    state: row.state ?? '',
    query: beginningOf(row.query ?? ''),
    relations: (JSON.parse(row.relations ?? '[]') as string[]).map((name) =>
      name.includes('"') ? plainName(name) : name,
    ),
  }));
}

/**
 * The first words of a query, without its constants: they may be secrets, or somebody's data. A constant that is not
 * closed is cut off.
 */
export function beginningOf(query: string): string {
  const plain = query
    .replace(/--[^\n]*/g, ' ')
    .replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
    .replace(/\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\1\$|$)/g, '…')
    .replace(/\b[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)/g, '…')
    .replace(/(?:\b[uU]&|\b[bBxXnN])?'(?:[^']|'')*(?:'|$)/g, '…')
    .replace(/(?<![\w$."])[0-9][0-9._a-zA-Z]*/g, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > QUERY_CHARACTERS ? `${plain.slice(0, QUERY_CHARACTERS - 1)}…` : plain;
}

/** `pid 4711 (app_user, application "nightly report", from 10.0.0.7), idle in transaction since …: SELECT …` */
export function holderText({
  pid,
  prepared,
  user,
  application,
  client,
  since,
  state,
  query,
  relations,
}: LockHolder) {
  const who = [
    user,
    ...(application === '' ? [] : [`application ${JSON.stringify(application)}`]),
    ...(client === undefined ? [] : [`from ${client}`]),
  ]
    .filter((part) => part !== '')
    .join(', ');
  const name = prepared === undefined ? `pid ${pid}` : `the prepared transaction ${prepared}`;
  return [
    `${name}${who === '' ? '' : ` (${who})`}`,
    ` has locked ${relations.join(', ')}`,
    since === '' ? '' : `, in a transaction since ${since}`,
    state === '' || prepared !== undefined ? '' : `, ${state}`,
    query === '' ? '' : `; its latest query begins: ${query}`,
  ].join('');
}
