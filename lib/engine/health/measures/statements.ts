import type { HealthServer } from './health-server.ts';
import { type Measure, type Obstacle, textOf } from './measure.ts';
import type { Row } from './row.ts';

/** A statement as pg_stat_statements counts it. */
export interface CountedStatement {
  readonly queryId: string;
  readonly role: string;
  readonly calls: number;
  readonly meanMs: number;
  readonly totalMs: number;
  /** Without any constant; undefined if the role may not read it. */
  readonly text: string | undefined;
}

export interface Statements {
  /** By their mean time, the slowest first. */
  readonly slowest: readonly CountedStatement[];
  /** Those that roles under row security ran, and that name a table which has it; by their total time. */
  readonly underRowSecurity: readonly CountedStatement[];
  /** Of all statements of the database. */
  readonly totalMs: number;
}

/** A statement that ran less often says little about the next time. */
export const FEWEST_CALLS = 5;
const NAMED = 20;

/** Utility statements, such as COPY or VACUUM, take long by their nature, and their text may hold a password. */
export const IS_QUERY = `s.query ~* '^\\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\\M'`;

/** A pattern for the name of a table `c` as a word of its own; whether it is that table, only a parser could say. */
export const NAMES_TABLE = `'(^|\\W)' || pg_catalog.regexp_replace(c.relname, '(\\W)', '\\\\\\1', 'g') || '($|\\W)'`;

export const statements: Measure<Statements> = {
  name: 'statements',
  obstacle: statementsObstacle,
  sql: ({ statements: extension }) => {
    const exec = extension?.hasExecTimes === false ? '' : 'exec_';
    const columns = `x.queryid::text AS query_id, x.role, x.calls::text AS calls, x.mean, x.total, pg_catalog.left(x.query, 1000) AS text`;
    return `
    WITH s AS MATERIALIZED (
      SELECT s.queryid, s.query, s.userid, s.calls, s.mean_${exec}time AS mean, s.total_${exec}time AS total,
             pg_catalog.pg_get_userbyid(s.userid)::text AS role
        FROM ${extension?.schema ?? 'public'}.pg_stat_statements s
       WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())),
    under AS MATERIALIZED (
      SELECT s.* FROM s JOIN pg_catalog.pg_roles r ON r.oid = s.userid
       WHERE NOT r.rolsuper AND NOT r.rolbypassrls AND r.rolname <> CURRENT_USER AND ${IS_QUERY} ORDER BY s.total DESC LIMIT ${NAMED})
    (SELECT 'slow' AS kind, ${columns} FROM s x WHERE x.calls >= ${FEWEST_CALLS} AND ${IS_QUERY.replace('s.', 'x.')}
      ORDER BY x.mean DESC LIMIT ${NAMED})
    UNION ALL
    (SELECT 'under', ${columns} FROM under x
      WHERE EXISTS (SELECT FROM pg_catalog.pg_class c
                     WHERE c.relrowsecurity AND c.relkind IN ('r', 'p') AND x.query ~ (${NAMES_TABLE})
                       AND (c.relforcerowsecurity OR c.relowner <> x.userid))
      ORDER BY x.total DESC)
    UNION ALL
    SELECT 'all', NULL, NULL, NULL, NULL, pg_catalog.sum(s.total), NULL FROM s`;
  },
  read: (rows) => ({
    slowest: rows.filter(({ kind }) => kind === 'slow').map(statementOf),
    underRowSecurity: rows.filter(({ kind }) => kind === 'under').map(statementOf),
    totalMs: Number(rows.find(({ kind }) => kind === 'all')?.total ?? 0),
  }),
};

function statementsObstacle(server: HealthServer): Obstacle | undefined {
  const { statements: extension, readsAllStatistics, role } = server;
  if (server.refused !== undefined) return { reason: server.refused };
  if (!extension) {
    return {
      reason: 'the extension pg_stat_statements is not in this database',
      statement: 'CREATE EXTENSION pg_stat_statements;',
    };
  }
  if (!extension.isLoaded) {
    return {
      reason:
        'the server has not loaded pg_stat_statements; add it to shared_preload_libraries, and restart the server',
    };
  }
  return readsAllStatistics
    ? undefined
    : {
        reason: `${role} may not see the statements of other roles`,
        statement: `GRANT pg_monitor TO ${role};`,
      };
}

function statementOf(row: Row): CountedStatement {
  const text = textOf(row.text);
  return {
    queryId: textOf(row.query_id),
    role: textOf(row.role),
    calls: Number(row.calls),
    meanMs: Number(row.mean),
    totalMs: Number(row.total),
    text: text === '' || text.startsWith('<') ? undefined : withoutConstants(text),
  };
}

const LONGEST_TEXT = 120;

/**
 * pg_stat_statements writes `$1` for constants, but not in every case: a comment, or a statement that it met
 * again after it had forgotten it, keeps what the application wrote.
 */
export function withoutConstants(sql: string): string {
  // Whether a backslash escapes a quote depends on a setting of the session that wrote it.
  if (sql.includes('\\')) return `${/^\s*(\w*)/.exec(sql)?.[1] ?? ''} …`;
  const plain = sql
    .replace(CONSTANT_OR_COMMENT, (found) => (/^(--|\/\*)/.test(found) ? ' ' : '?'))
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= LONGEST_TEXT ? plain : `${plain.slice(0, LONGEST_TEXT - 1)}…`;
}

/** Comments can be nested, so nothing behind the beginning of one is shown. Quoted names stay as they are. */
const CONSTANT_OR_COMMENT =
  /--[^\n]*|\/\*[\s\S]*|\$([A-Za-z_]\w*|)\$[\s\S]*?(?:\$\1\$|$)|[eEbBxXnN]?'(?:[^']|'')*(?:'|$)|(?<![\w$."])\d+(?:\.\d+)?(?=[^\w]|$)/g;
