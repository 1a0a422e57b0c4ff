import { quoteLiteral } from '../../ground/sql.ts';
import type { JudgementContext } from '../check.ts';
import type { Judgement, Severity } from '../finding.ts';
import { worstOf } from '../finding.ts';
import type { TableBloat } from '../measures/bloat.ts';
import type { UnusedIndex } from '../measures/indexes.ts';
import type { ReplicationSlot } from '../measures/replication-slots.ts';
import type { VacuumedTable } from '../measures/tables.ts';
import {
  bytesInWords,
  countOf,
  examplesOf,
  grouped,
  inWords,
  namesOf,
  secondsInWords,
  statementsFor,
} from '../words.ts';

export function judgeDatabaseSize(bytes: number, { settings, severityOf }: JudgementContext): Judgement {
  const { sizeLimitBytes } = settings;
  const figures = { sizeBytes: bytes, limitBytes: sizeLimitBytes ?? null };
  if (sizeLimitBytes === undefined) {
    const what = `The database has ${bytesInWords(bytes)}; no limit was given (--size-limit).`;
    return { severity: 'ok', value: null, what, figures };
  }
  const value = (100 * bytes) / sizeLimitBytes;
  const severity = severityOf(value);
  const what = `The database has ${bytesInWords(bytes)}, ${inWords(value, 'percent')} of its limit of ${bytesInWords(sizeLimitBytes)}.`;
  if (severity === 'ok') return { severity, value, what, figures };
  return {
    severity,
    value,
    what,
    figures,
    meaning: 'At the limit, hosts make a database read-only, and a server with a full disk stops.',
    remedy: 'Raise the limit, or look for what may go: old rows, unused indexes, bloat.',
    statements: [
      `SELECT oid::regclass, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'm') ORDER BY pg_total_relation_size(oid) DESC LIMIT 10;`,
    ],
  };
}

export function judgeReplicationSlots(
  slots: readonly ReplicationSlot[],
  { severityOf }: JudgementContext,
): Judgement {
  if (slots.length === 0) return { severity: 'ok', value: 0, what: 'There are no replication slots.' };
  const judged = slots
    .map((slot) => ({ slot, severity: severityOfSlot(slot, severityOf) }))
    .sort((a, b) => (b.slot.heldBytes ?? 0) - (a.slot.heldBytes ?? 0));
  const severity = worstOf(judged.map((one) => one.severity));
  const value = Math.max(0, ...slots.map(({ heldBytes }) => heldBytes ?? 0));
  const bad = judged.filter((one) => one.severity !== 'ok').map(({ slot }) => slot);
  if (bad.length === 0) {
    const what = `${countOf(slots.length, 'replication slot holds', 'replication slots hold')} at most ${bytesInWords(value)} of WAL.`;
    return { severity, value, what };
  }
  return {
    severity,
    value,
    what: `${countOf(bad.length, 'replication slot holds', 'replication slots hold')} WAL or has lost it: ${bad.slice(0, 3).map(described).join('; ')}.`,
    meaning:
      'The server keeps WAL for a slot until somebody reads it, until the disk is full. A slot that has lost its WAL can never go on.',
    remedy:
      'Start what reads it: the subscription, the standby, the change stream. If that is gone for good, drop the slot. max_slot_wal_keep_size limits what any slot may hold.',
    statements: [
      'SELECT slot_name, active, wal_status, restart_lsn FROM pg_replication_slots;',
      ...statementsFor(
        bad.filter(({ isActive }) => !isActive),
        ({ name }) => [`SELECT pg_drop_replication_slot(${quoteLiteral(name)});`],
      ),
    ],
    ...examplesOf(bad, ({ name }) => name),
  };
}

function severityOfSlot(slot: ReplicationSlot, severityOf: (value: number) => Severity): Severity {
  if (slot.walStatus === 'unreserved') return 'critical';
  if (slot.walStatus === 'lost') return 'warning';
  return severityOf(slot.heldBytes ?? 0);
}

function described({ name, isActive, heldBytes, walStatus, inactiveSeconds }: ReplicationSlot): string {
  if (walStatus === 'lost') return `${name} has lost its WAL`;
  const since = inactiveSeconds === null ? '' : ` for ${secondsInWords(inactiveSeconds)}`;
  const held = `${name} holds ${bytesInWords(heldBytes ?? 0)} and is ${isActive ? 'behind' : `unused${since}`}`;
  return walStatus === 'unreserved' ? `${held}; at the next checkpoint it loses them` : held;
}

/** A share of a small number says nothing. */
const FEWEST_DEAD_ROWS = 10_000;

export function judgeDeadRows(tables: readonly VacuumedTable[], { severityOf }: JudgementContext): Judgement {
  const dead = tables.reduce((sum, { deadRows }) => sum + deadRows, 0);
  const figures = { deadRows: dead };
  const judged = tables
    .filter(({ deadRows }) => deadRows >= FEWEST_DEAD_ROWS)
    .map((table) => ({ table, percent: (100 * table.deadRows) / (table.deadRows + table.liveRows) }))
    .sort((a, b) => b.percent - a.percent);
  const value = judged[0]?.percent ?? 0;
  const severity = severityOf(value);
  if (severity === 'ok') {
    return { severity, value, what: `${grouped(dead)} dead rows wait for vacuum.`, figures };
  }
  const bad = judged.filter(({ percent }) => severityOf(percent) !== 'ok');
  return {
    severity,
    value,
    figures,
    what: `${countOf(bad.length, 'table has', 'tables have')} many dead rows: ${namesOf(bad.map(({ table, percent }) => `${table.name} ${inWords(percent, 'percent')}`))}.`,
    meaning: 'Queries read dead rows too, and the table grows.',
    remedy: 'Vacuum them. If autovacuum does not get to it, something holds it back: see autovacuum.',
    statements: statementsFor(bad, ({ table }) => [`VACUUM (VERBOSE, ANALYZE) ${table.name};`]),
    ...examplesOf(bad, ({ table }) => table.name),
  };
}

export function judgeBloat(
  tables: readonly TableBloat[],
  { severityOf, server }: JudgementContext,
): Judgement {
  const known = tables.flatMap(({ name, bytes, neededBytes }) =>
    neededBytes === null
      ? []
      : [
          {
            name,
            wasted: Math.max(0, bytes - neededBytes),
            percent: 100 * Math.max(0, 1 - neededBytes / bytes),
          },
        ],
  );
  if (tables.length > 0 && known.length === 0) {
    return {
      severity: 'unknown',
      value: null,
      what: `Bloat is not known: ${server.role} may not read the planner's statistics of ${tables[0]?.name} and others, or they were never analyzed.`,
      statements: [`GRANT SELECT ON ALL TABLES IN SCHEMA <schema> TO ${server.role};`],
    };
  }
  if (known.length === 0) return { severity: 'ok', value: 0, what: 'No table is large enough to judge.' };
  const worst = known.sort((a, b) => b.percent - a.percent);
  const value = worst[0]?.percent ?? 0;
  const severity = severityOf(value);
  const left = tables.length - known.length;
  const unknown = left === 0 ? '' : ` ${countOf(left, 'table is', 'tables are')} not known.`;
  if (severity === 'ok') {
    return {
      severity,
      value,
      what: `${countOf(known.length, 'large table has', 'large tables have')} at most ${inWords(value, 'percent')} of free room, by the planner's statistics.${unknown}`,
    };
  }
  const bad = worst.filter(({ percent }) => severityOf(percent) !== 'ok').sort((a, b) => b.wasted - a.wasted);
  return {
    severity,
    value,
    what: `${countOf(bad.length, 'table is', 'tables are')} much larger than the rows need: ${namesOf(bad.map(({ name, wasted, percent }) => `${name} ${inWords(percent, 'percent')} (${bytesInWords(wasted)})`))}.${unknown}`,
    meaning:
      "It is an estimate by the planner's statistics. The room is used again by new rows, but queries that read the whole table read it, too.",
    remedy:
      'Nothing, if the table will grow again. Otherwise pg_repack makes it small while it is used; VACUUM FULL locks it until it is done.',
    statements: statementsFor(bad, ({ name }) => [`VACUUM (FULL, ANALYZE) ${name};`]),
    ...examplesOf(bad, ({ name }) => name),
  };
}

/** Before that, an index of the monthly report is unused, too. */
const LEAST_STATISTICS_SECONDS = 7 * 86_400;

export function judgeUnusedIndexes(
  large: readonly UnusedIndex[],
  { severityOf, server }: JudgementContext,
): Judgement {
  const { statisticsAgeSeconds: age } = server;
  const value = large.reduce((sum, { bytes }) => sum + bytes, 0);
  const since = age === null ? 'since the server began to count' : `in ${secondsInWords(age)}`;
  if (large.length === 0)
    return { severity: 'ok', value, what: `No index of a megabyte or more is unused ${since}.` };
  if (age !== null && age < LEAST_STATISTICS_SECONDS) {
    return {
      severity: 'ok',
      value,
      what: `Too early to judge: the statistics were reset ${secondsInWords(age)} ago, and ${countOf(large.length, 'index was', 'indexes were')} not used since.`,
    };
  }
  return {
    severity: worstOf(['info', severityOf(value)]),
    value,
    what: `No query used ${countOf(large.length, 'index', 'indexes')} (${bytesInWords(value)}) ${since}: ${namesOf(large.map(({ name }) => name))}.`,
    meaning:
      'Every INSERT and many an UPDATE write them, and they take room. Uses on a standby are not counted here.',
    remedy: 'If no standby and no yearly report uses them, drop them.',
    statements: statementsFor(large, ({ name }) => [`DROP INDEX CONCURRENTLY ${name};`]),
    ...examplesOf(large, ({ name, table }) => `${name} on ${table}`),
  };
}
