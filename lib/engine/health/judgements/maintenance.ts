import { quoteLiteral } from '../../ground/sql.ts';
import type { JudgementContext } from '../check.ts';
import { type Judgement, type Severity, worstOf } from '../finding.ts';
import type { FreezeAges } from '../measures/freeze-ages.ts';
import type { AutovacuumSettings } from '../measures/health-server.ts';
import type { InvalidIndex } from '../measures/indexes.ts';
import type { PreparedTransaction } from '../measures/prepared-transactions.ts';
import type { SequencesUse, SequenceUse } from '../measures/sequences.ts';
import type { VacuumedTable } from '../measures/tables.ts';
import { countOf, examplesOf, grouped, inWords, namesOf, secondsInWords, statementsFor } from '../words.ts';

/** Transaction IDs, and multixact IDs, are counted in 32 bits, of which half are in the past. */
const ALL_IDS = 2 ** 31;
/** From there on, vacuum should have come by itself: it is late by half. */
const LATE = 1.5;

const WHAT_HOLDS_BACK =
  'SELECT pid, datname, usename, state, backend_xmin FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY age(backend_xmin) DESC; SELECT gid, age(transaction) FROM pg_prepared_xacts; SELECT slot_name, age(xmin), age(catalog_xmin) FROM pg_replication_slots;';

export function judgeTransactionIds(ages: FreezeAges, context: JudgementContext): Judgement {
  return judgeAges(
    ages.databases.map(({ database, transactionAge: age }) => ({ database, age })),
    ages.transactionMaxAge,
    { ids: 'transaction IDs', ageOf: 'age(relfrozenxid)', setting: 'autovacuum_freeze_max_age' },
    context,
  );
}

export function judgeMultixactIds(ages: FreezeAges, context: JudgementContext): Judgement {
  return judgeAges(
    ages.databases.map(({ database, multixactAge: age }) => ({ database, age })),
    ages.multixactMaxAge,
    { ids: 'multixact IDs', ageOf: 'mxid_age(relminmxid)', setting: 'autovacuum_multixact_freeze_max_age' },
    context,
  );
}

function judgeAges(
  ages: ReadonlyArray<{ readonly database: string; readonly age: number }>,
  maxAge: number,
  { ids, ageOf, setting }: { readonly ids: string; readonly ageOf: string; readonly setting: string },
  { severityOf }: JudgementContext,
): Judgement {
  const [oldest = { database: '', age: 0 }] = ages.toSorted((a, b) => b.age - a.age);
  const value = (100 * oldest.age) / ALL_IDS;
  const isLate = oldest.age > LATE * maxAge;
  // A server whose vacuum shall come later than the threshold is not warned of until it is late.
  const bySize: Severity = oldest.age > maxAge ? severityOf(value) : 'ok';
  const severity = worstOf([bySize, isLate ? 'warning' : 'ok']);
  const figures = { age: oldest.age, maxAge };
  const what = `The oldest ${ids} of the server are ${grouped(oldest.age)} old, in ${oldest.database}: ${inWords(value, 'percent')} of what there are.`;
  if (severity === 'ok') return { severity, value, what, figures };
  return {
    severity,
    value,
    figures,
    what: isLate ? `${what} Vacuum should have frozen them at ${grouped(maxAge)} (${setting}).` : what,
    meaning: 'When none are left, the server refuses every write, until a vacuum has frozen old rows.',
    remedy: `Find what holds vacuum back (an open transaction, a prepared one, a replication slot), end it, and vacuum the oldest tables in ${oldest.database}.`,
    statements: [
      WHAT_HOLDS_BACK,
      `SELECT oid::regclass, ${ageOf} FROM pg_class WHERE relkind IN ('r', 'm', 't') ORDER BY 2 DESC LIMIT 10;`,
      'VACUUM (FREEZE, VERBOSE) <table>;',
    ],
  };
}

/** A table whose rows have just changed has not been overlooked. */
const LEAST_WAIT_SECONDS = 3600;

export function judgeAutovacuum(
  tables: readonly VacuumedTable[],
  { server, threshold, severityOf }: JudgementContext,
): Judgement {
  const { autovacuum } = server;
  if (!autovacuum.isOn) {
    return {
      severity: 'warning',
      value: null,
      what: 'Autovacuum is switched off.',
      meaning: 'Dead rows stay, statistics grow old, and tables grow until somebody vacuums them by hand.',
      remedy: 'Switch it on.',
      statements: ['ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();'],
    };
  }
  const off = tables.filter(isOff);
  const overdue = tables
    .filter((table) => !isOff(table) && !table.isBeingVacuumed)
    .filter(({ vacuumedSeconds }) => vacuumedSeconds === null || vacuumedSeconds > LEAST_WAIT_SECONDS)
    .map((table) => ({ table, times: table.deadRows / vacuumAt(table, autovacuum) }))
    .filter(({ times }) => severityOf(times) !== 'ok')
    .sort((a, b) => b.times - a.times);
  const value = overdue[0]?.times ?? 0;
  const offNames = off.map(({ name }) => name);
  if (overdue.length === 0 && off.length === 0) {
    return { severity: 'ok', value, what: 'Autovacuum is on, and no table waits for it.' };
  }
  const sentences = [
    ...(overdue.length === 0
      ? []
      : [
          `Autovacuum does not come to ${countOf(overdue.length, 'table')} that ${overdue.length === 1 ? 'has' : 'have'} more than ${threshold.warning ?? 1} times the dead rows at which it should: ${namesOf(overdue.map(({ table }) => table.name))}.`,
        ]),
    ...(off.length === 0 ? [] : [`It is switched off for ${namesOf(offNames)}.`]),
  ];
  return {
    severity: worstOf([severityOf(value), off.length > 0 ? 'info' : 'ok']),
    value,
    what: sentences.join(' '),
    meaning: 'Dead rows stay, and statistics grow old, so plans get worse.',
    remedy:
      'Find what holds it back: an open transaction, locks that others take again and again, or too few workers (autovacuum_max_workers, autovacuum_vacuum_cost_limit).',
    statements: [
      ...statementsFor(overdue, ({ table }) => [`VACUUM (VERBOSE, ANALYZE) ${table.name};`]),
      ...(overdue.length === 0 ? [] : [WHAT_HOLDS_BACK]),
      ...statementsFor(off, ({ name }) => [`ALTER TABLE ${name} RESET (autovacuum_enabled);`]),
    ],
    ...examplesOf([...overdue.map(({ table }) => table.name), ...offNames], (name) => name),
  };
}

function isOff({ options }: VacuumedTable): boolean {
  return options.some((option) => /^autovacuum_enabled=(f|n|off|0)/i.test(option));
}

/** From how many dead rows on autovacuum should come: manual, "The Autovacuum Daemon". */
function vacuumAt({ options, estimatedRows }: VacuumedTable, server: AutovacuumSettings): number {
  const own = (name: string, usual: number) => {
    const option = options.find((one) => one.startsWith(`${name}=`));
    return option === undefined ? usual : Number(option.slice(name.length + 1));
  };
  const most = own('autovacuum_vacuum_max_threshold', server.maxThreshold);
  const at =
    own('autovacuum_vacuum_threshold', server.threshold) +
    own('autovacuum_vacuum_scale_factor', server.scaleFactor) * estimatedRows;
  return Math.max(1, most < 0 ? at : Math.min(at, most));
}

export function judgePreparedTransactions(
  transactions: readonly PreparedTransaction[],
  { severityOf }: JudgementContext,
): Judgement {
  const [oldest] = transactions;
  if (!oldest) return { severity: 'ok', value: 0, what: 'No prepared transaction waits.' };
  const value = oldest.ageSeconds;
  const severity = severityOf(value);
  const what = `${countOf(transactions.length, 'prepared transaction waits', 'prepared transactions wait')}, the oldest for ${secondsInWords(value)}: ${quoteLiteral(oldest.gid)} of ${oldest.owner} in ${oldest.database}.`;
  if (severity === 'ok') return { severity, value, what };
  const old = transactions.filter(({ ageSeconds }) => severityOf(ageSeconds) !== 'ok');
  return {
    severity,
    value,
    what,
    meaning:
      'It keeps its locks and holds vacuum back until somebody ends it, across restarts too. Nobody commits it by accident.',
    remedy:
      'Ask the transaction manager that made it. If nothing knows of it any more, roll it back, in its database and as its owner.',
    statements: statementsFor(old, ({ gid }) => [`ROLLBACK PREPARED ${quoteLiteral(gid)};`]),
    ...examplesOf(old, ({ gid, database }) => `${gid} in ${database}`),
  };
}

export function judgeInvalidIndexes(
  indexes: readonly InvalidIndex[],
  { severityOf }: JudgementContext,
): Judgement {
  const value = indexes.length;
  const severity = severityOf(value);
  if (value === 0 || severity === 'ok')
    return { severity, value, what: `${countOf(value, 'index is', 'indexes are')} invalid.` };
  return {
    severity,
    value,
    what: `${countOf(value, 'index is', 'indexes are')} invalid: ${namesOf(indexes.map(({ name }) => name))}.`,
    meaning: `Building failed or was cut. No query uses an invalid index, but writes keep it up to date${indexes.some(({ isUnique }) => isUnique) ? ', and a unique one does not guarantee that its values are unique' : ''}.`,
    remedy:
      'Build it again, or drop it. What a failed REINDEX left has a name that ends in _ccnew or _ccold: drop that.',
    statements: statementsFor(indexes, ({ name, isPartitioned }) =>
      isPartitioned
        ? [`ALTER INDEX ${name} ATTACH PARTITION <index of the partition that lacks it>;`]
        : isLeftover(name)
          ? [`DROP INDEX CONCURRENTLY ${name};`]
          : [`REINDEX INDEX CONCURRENTLY ${name};`],
    ),
    ...examplesOf(indexes, ({ name, table }) => `${name} on ${table}`),
  };
}

function isLeftover(name: string): boolean {
  return /_cc(new|old)\d*"?$/.test(name);
}

export function judgeSequences(found: SequencesUse, { severityOf, server }: JudgementContext): Judgement {
  const { sequences, unreadable, total, unreadableSchemas } = found;
  const grants = unreadableSchemas
    .slice(0, 3)
    .map(
      (schema) =>
        `GRANT USAGE ON SCHEMA ${schema} TO ${server.role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${server.role};`,
    );
  const hidden =
    unreadable === 0 ? '' : ` ${server.role} may not read ${grouped(unreadable)} of ${grouped(total)}.`;
  if (unreadable > 0 && sequences.length === 0) {
    return {
      severity: 'unknown',
      value: null,
      what: `How full the sequences are is not known.${hidden}`,
      statements: grants,
    };
  }
  const [fullest] = sequences;
  if (!fullest) return { severity: 'ok', value: 0, what: 'There are no sequences that can end.' };
  const value = fullest.usedPercent;
  const severity = severityOf(value);
  if (severity === 'ok') {
    const what = `The fullest of ${countOf(total - unreadable, 'sequence')} has used ${inWords(value, 'percent')} of its values.${hidden}`;
    return { severity, value, what, statements: grants };
  }
  const full = sequences.filter(({ usedPercent }) => severityOf(usedPercent) !== 'ok');
  return {
    severity,
    value,
    what: `${countOf(full.length, 'sequence is', 'sequences are')} near the end: ${namesOf(full.map(describedSequence))}.${hidden}`,
    meaning: 'After the last value every INSERT that needs one fails.',
    remedy: full.some(({ column }) => column !== undefined)
      ? 'Make the column a bigint. That rewrites the table under an exclusive lock: for a large one, add a new column, fill it in steps, and exchange the two.'
      : 'Give the sequence more values.',
    statements: [...statementsFor(full, widening), ...grants],
    ...examplesOf(full, describedSequence),
  };
}

function describedSequence({ name, column, usedPercent }: SequenceUse): string {
  const feeds = column === undefined ? '' : ` for the ${column.type} ${column.table}.${column.name}`;
  return `${name}${feeds} ${inWords(usedPercent, 'percent')}`;
}

function widening({ name, column, type, hasOwnLimit, isDescending }: SequenceUse): readonly string[] {
  return [
    ...(column === undefined ? [] : [`ALTER TABLE ${column.table} ALTER COLUMN ${column.name} TYPE bigint;`]),
    ...(type === 'bigint' ? [] : [`ALTER SEQUENCE ${name} AS bigint;`]),
    ...(hasOwnLimit ? [`ALTER SEQUENCE ${name} NO ${isDescending ? 'MINVALUE' : 'MAXVALUE'};`] : []),
  ];
}
