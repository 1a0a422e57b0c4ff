import { quoteIdentifier } from '../../ground/sql.ts';
import type { JudgementContext } from '../check.ts';
import { countedSince } from '../counters.ts';
import type { Judgement } from '../finding.ts';
import type { DatabaseActivity } from '../measures/database-activity.ts';
import type { HealthServer } from '../measures/health-server.ts';
import type { CountedStatement, Statements } from '../measures/statements.ts';
import { examplesOf, grouped, inWords, namesOf } from '../words.ts';

/** Of fewer transactions, or blocks, a share says nothing. */
const FEWEST_TRANSACTIONS = 100;
const FEWEST_BLOCKS = 100_000;

export function judgeRollbacks(
  activity: DatabaseActivity,
  { severityOf, previous }: JudgementContext,
): Judgement {
  const { commits, rollbacks, isSinceLastRun } = countedSince(activity, previous);
  const all = commits + rollbacks;
  const since = isSinceLastRun
    ? 'since the last run'
    : activity.countedSince === null
      ? 'since the server began to count'
      : `since ${activity.countedSince}`;
  const figures = { commits, rollbacks, deadlocks: activity.deadlocks };
  if (all < FEWEST_TRANSACTIONS) {
    const what = `Too few transactions to judge: ${grouped(all)} ${since}.`;
    return { severity: 'ok', value: null, what, figures };
  }
  const value = (100 * rollbacks) / all;
  const severity = severityOf(value);
  const what = `${inWords(value, 'percent')} of ${grouped(all)} transactions ${since} were rolled back.`;
  if (severity === 'ok') return { severity, value, what, figures };
  return {
    severity,
    value,
    what,
    figures,
    meaning: 'An error ends a transaction with a rollback: something in the application fails often.',
    remedy:
      'Look for ERROR in the log of the server. Some applications roll back on purpose (tests, pools that reset sessions): then raise the threshold.',
    statements: [
      'SELECT datname, xact_commit, xact_rollback, deadlocks, conflicts, stats_reset FROM pg_stat_database;',
    ],
  };
}

export function judgeCacheHits(activity: DatabaseActivity, { severityOf }: JudgementContext): Judgement {
  const { blocksHit, blocksRead } = activity;
  const all = blocksHit + blocksRead;
  if (all < FEWEST_BLOCKS) {
    return { severity: 'ok', value: null, what: `Too few blocks were read to judge: ${grouped(all)}.` };
  }
  const value = (100 * blocksHit) / all;
  const severity = severityOf(value);
  const what = `${inWords(value, 'percent')} of the blocks that queries needed were in shared_buffers.`;
  if (severity === 'ok') return { severity, value, what };
  return {
    severity,
    value,
    what,
    meaning:
      'The others came from the operating system or the disk. A database that is read as a whole, by a backup for example, looks the same.',
    remedy: 'Look for large tables that are read from end to end, and for too little memory.',
    statements: [
      'SELECT relid::regclass, seq_scan, seq_tup_read FROM pg_stat_user_tables ORDER BY seq_tup_read DESC LIMIT 10;',
    ],
  };
}

export function judgeChecksums(
  activity: DatabaseActivity,
  { severityOf, server }: JudgementContext,
): Judgement {
  const value = activity.checksumFailures;
  if (!server.hasChecksums || value === null) {
    return {
      severity: 'unknown',
      value: null,
      what: 'The server has no data checksums: it does not notice damaged pages (pg_checksums --enable, while it is stopped).',
    };
  }
  const severity = severityOf(value);
  if (severity === 'ok') return { severity, value, what: 'No page had a wrong checksum.' };
  return {
    severity,
    value,
    what: `${grouped(value)} pages had a wrong checksum, in ${namesOf(activity.databasesWithFailures)}.`,
    meaning: 'The disk returned something else than was written: rows are damaged or lost.',
    remedy:
      'Keep every backup from before. Find the pages in the log of the server, move to other hardware, and restore what is damaged. The number stays until the statistics are reset.',
    statements: [
      'SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database WHERE checksum_failures > 0;',
    ],
  };
}

export function judgeSlowQueries(
  { slowest }: Statements,
  { severityOf, server }: JudgementContext,
): Judgement {
  const [first] = slowest;
  if (!first) return { severity: 'ok', value: null, what: 'No query has run often enough to judge.' };
  const value = first.meanMs;
  const severity = severityOf(value);
  if (severity === 'ok') {
    return { severity, value, what: `The slowest query takes ${inWords(value, 'ms')} on average.` };
  }
  const slow = slowest.filter(({ meanMs }) => severityOf(meanMs) !== 'ok');
  return {
    severity,
    value,
    what: `The slowest query takes ${inWords(value, 'ms')} on average: ${described(first)}.`,
    meaning: 'People wait for it, and it keeps a connection busy.',
    remedy: 'Look at its plan. Usually an index is missing, or it reads more rows than it returns.',
    statements: [textOfQuery(first, server), 'EXPLAIN (ANALYZE, BUFFERS) <query>;'],
    ...examplesOf(slow, (one) => `${inWords(one.meanMs, 'ms')}: ${described(one)}`),
  };
}

/** The extension's schema need not be in the search_path, and an old version of it names its columns otherwise. */
function textOfQuery({ queryId }: CountedStatement, { statements: extension }: HealthServer): string {
  const { schema, hasExecTimes } = extension ?? { schema: 'public', hasExecTimes: true };
  const mean = hasExecTimes ? 'mean_exec_time' : 'mean_time';
  return `SELECT query, calls, ${mean}, rows FROM ${schema}.pg_stat_statements WHERE queryid = ${queryId || 'NULL'};`;
}

export function judgeRowSecurityCost(found: Statements, { severityOf }: JudgementContext): Judgement {
  const { underRowSecurity, totalMs } = found;
  const [slowest] = underRowSecurity.toSorted((a, b) => b.meanMs - a.meanMs);
  if (!slowest) {
    return {
      severity: 'ok',
      value: null,
      what: 'No counted query names a table with row security and ran as a role that is subject to it.',
    };
  }
  const time = underRowSecurity.reduce((sum, one) => sum + one.totalMs, 0);
  const share = totalMs === 0 ? 0 : (100 * time) / totalMs;
  const value = slowest.meanMs;
  const severity = severityOf(value);
  const figures = { totalMs: time, sharePercent: share };
  const what = `Queries under row security take up to ${inWords(value, 'ms')} on average, and ${inWords(share, 'percent')} of the time of all queries.`;
  if (severity === 'ok') return { severity, value, what, figures };
  const slow = underRowSecurity.filter(({ meanMs }) => severityOf(meanMs) !== 'ok');
  return {
    severity,
    value,
    what,
    figures,
    meaning:
      'A policy is a condition that is added to every query of its table. The time is that of the query with its policies.',
    remedy:
      'Compare the plan as the role with the plan as a role that bypasses row security. Index the columns that policies compare, and wrap functions in a SELECT.',
    statements: [
      `SET ROLE ${slowest.role === '' ? '<role>' : quoteIdentifier(slowest.role)}; EXPLAIN (ANALYZE, BUFFERS) <query>;`,
    ],
    ...examplesOf(slow, (one) => `${inWords(one.meanMs, 'ms')}: ${described(one)}`),
  };
}

function described({ text, role, calls, queryId }: CountedStatement): string {
  return `${text ?? `query ${queryId}`} (${role}, ${grouped(calls)} calls)`;
}
