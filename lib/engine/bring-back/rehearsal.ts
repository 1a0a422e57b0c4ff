import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { joinedBy } from './other-rows.ts';
import { keysOf, keysTo } from './references.ts';
import { candidates, listOf, newer, place, type RowsTable, sameKey } from './rows-table.ts';
import type { ForeignKey, Relation, TargetTable } from './target-table.ts';

/** A table in whose place a trial writes, and the foreign keys as they are seen with what it writes. */
export interface Rehearsal {
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
}

export interface RehearsalRequest {
  readonly session: ServerTarget;
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
}

/**
 * Why a trial must write to the tables themselves, which locks their rows until it is rolled back: a clause; undefined if
 * copies of the rows will do. What a trigger or a rule does to a row nobody knows before.
 */
export function whyInPlace(
  { tables, foreignKeys }: Pick<RehearsalRequest, 'tables' | 'foreignKeys'>,
  fires: boolean,
): string | undefined {
  for (const table of tables) {
    const { name, target } = table;
    const firing = fires ? target.triggers : target.stubbornTriggers;
    if (firing.length > 0) return `triggers of ${name} fire`;
    if (target.hasRules) return `${name} has rules`;
    if (needsAll(table)) return `a unique index of ${name} has columns that the backup does not have`;
    if (target.kind === 'p' || target.isPartition) return `${name} is partitioned`;
    // Their own triggers check some of them at once, and others at the end.
    const key = fires && [...keysOf(table, foreignKeys), ...keysTo(table, foreignKeys)][0];
    if (key) return `the triggers of the foreign key ${key.name} fire`;
  }
  return undefined;
}

/**
 * Makes a stage for a trial: a temporary copy of each table, with its constraints and unique indexes, that holds the
 * rows which would change and those that they could conflict with. The statements of the run work on it as they would on
 * the tables, and nobody's row is locked. To be called inside of the transaction that is rolled back.
 */
export async function rehearse({ session, tables, foreignKeys }: RehearsalRequest): Promise<Rehearsal> {
  const afterwards = new Map<number, string>();
  const staged: RowsTable[] = [];
  for (const table of tables) {
    const stage: RowsTable = { ...table, target: stageOf(table.target, table.number) };
    await makeStage(session, table, stage);
    staged.push(stage);
    afterwards.set(table.target.oid, await viewOfAfterwards(session, table, stage));
  }
  const seen = (relation: Relation): Relation => {
    const seenAs = afterwards.get(relation.oid);
    return seenAs === undefined ? relation : { ...relation, seenAs };
  };
  return {
    tables: staged,
    // Rows that are referred to are not held: nobody waits for a trial.
    foreignKeys: foreignKeys.map((key) => ({
      ...key,
      child: seen(key.child),
      referenced: { ...seen(key.referenced), mayLock: false },
    })),
  };
}

function stageOf(target: TargetTable, number: number): TargetTable {
  return { ...target, schema: 'pg_temp', name: `lifeboat_stage_${number}`, kind: 'r' };
}

async function makeStage(session: ServerTarget, table: RowsTable, stage: RowsTable): Promise<void> {
  const { target } = table;
  const name = bare(stage);
  await session.execute(
    `CREATE TEMPORARY TABLE ${name} (LIKE ${qualifiedName(target.schema, target.name)} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY) ON COMMIT DROP`,
  );
  const keys = listOf(table.key.map(({ name: column }) => column));
  const insert = (from: string) =>
    session.execute(
      `INSERT INTO ${nameOf(stage)} (${listOf(table.own)}) OVERRIDING SYSTEM VALUE SELECT ${listOf(table.own, 't')} FROM ${place(table)} t WHERE ${from}`,
    );
  const isStaged = `EXISTS (SELECT FROM ${place(stage)} s WHERE ${sameKey(table, 's', 't')})`;
  for (const temporary of [candidates(table), newer(table)]) {
    if (!(await exists(session, temporary))) continue;
    await insert(`EXISTS (SELECT FROM ${temporary} c WHERE ${sameKey(table, 't', 'c')}) AND NOT ${isStaged}`);
    await session.execute(`ANALYZE ${nameOf(stage)}`);
  }
  for (const index of target.telling) {
    const join = joinedBy(
      table,
      index,
      table.key.map(({ name: column }) => quoteIdentifier(column)),
      { columns: [] },
    );
    await insert(
      `(${listOf(
        table.key.map(({ name: column }) => column),
        't',
      )}) IN (SELECT ${listOf(
        table.key.map(({ name: column }) => column),
        't',
      )} FROM ${join}) AND NOT ${isStaged}`,
    );
  }
  await session.execute(
    `CREATE TEMPORARY TABLE ${bareSeen(table)} ON COMMIT DROP AS SELECT ${keys} FROM ${place(stage)}`,
  );
  for (const statement of guards(table, stage)) await session.execute(statement);
  await session.execute(`ANALYZE ${nameOf(stage)}`);
  await session.execute(`ANALYZE pg_temp.${bareSeen(table)}`);
}

/**
 * Whether any row of the table could conflict, because what decides about it is not only in the candidates: a column that
 * the backup lacks gets its default. A copy of the whole table could fill the disk.
 */
function needsAll({ columns, own, target }: RowsTable): boolean {
  const lacks = own.length > columns.length || target.columns.length > own.length;
  return (
    lacks &&
    target.telling.some(
      ({ terms, condition }) => condition !== null || !terms.every(({ expression }) => isKnown(expression)),
    )
  );

  function isKnown(expression: string): boolean {
    return columns.some((column) => expression === column || expression === quoteIdentifier(column));
  }
}

/** What refuses rows of the table, for the stage. Rows that are there already may violate a check that is NOT VALID. */
function guards({ target }: RowsTable, stage: RowsTable): string[] {
  const name = nameOf(stage);
  return [
    ...target.telling.map((index) =>
      index.constraint === null
        ? `CREATE UNIQUE INDEX ${quoteIdentifier(index.name)} ON ${name} USING ${index.definition}`
        : `ALTER TABLE ${name} ADD CONSTRAINT ${quoteIdentifier(index.name)} ${index.constraint}`,
    ),
    ...target.computedIndexes.map((definition) => `CREATE INDEX ON ${name} USING ${definition}`),
    ...target.checks
      .filter((check) => !/ NOT ENFORCED$/.test(check))
      .map((check) => `ALTER TABLE ${name} ADD ${check.replace(/ NOT VALID$/, '')} NOT VALID`),
  ];
}

/** The table as it would be afterwards: its rows without those that are on the stage, and these as they are there. */
async function viewOfAfterwards(session: ServerTarget, table: RowsTable, stage: RowsTable): Promise<string> {
  const name = `lifeboat_afterwards_${table.number}`;
  const columns = table.target.columns.map((column) => column.name);
  await session.execute(
    `CREATE TEMPORARY VIEW ${quoteIdentifier(name)} AS
       SELECT ${listOf(columns, 't')} FROM ${place(table)} t
        WHERE NOT EXISTS (SELECT FROM pg_temp.${bareSeen(table)} s WHERE ${sameKey(table, 's', 't')})
       UNION ALL SELECT ${listOf(columns, 's')} FROM ${place(stage)} s`,
  );
  return `pg_temp.${quoteIdentifier(name)}`;
}

/** An undo looks for no keys of newer rows. */
async function exists(session: ServerTarget, temporary: string): Promise<boolean> {
  const { rows } = await session.execute(
    `SELECT pg_catalog.to_regclass('${temporary}') IS NOT NULL AS there`,
  );
  return rows[0]?.there === 't';
}

function nameOf({ target }: RowsTable): string {
  return qualifiedName(target.schema, target.name);
}

function bare(stage: RowsTable): string {
  return quoteIdentifier(stage.target.name);
}

function bareSeen({ number }: RowsTable): string {
  return quoteIdentifier(`lifeboat_seen_${number}`);
}
