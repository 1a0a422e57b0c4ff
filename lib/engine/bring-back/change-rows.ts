import { LifeboatError } from '../ground/errors.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import { alteredRows } from './altered-rows.ts';
import type { RowsReport, TableRows } from './bring-back-report.ts';
import { classify, control, type RowKind } from './classify.ts';
import { Conflicts, type FoundConflict } from './conflicts.ts';
import { describeTable, keysOfRows, rangeOf } from './describe-rows.ts';
import { keepNeeded } from './needed-rows.ts';
import { otherRows } from './other-rows.ts';
import {
  dangling,
  holdReferenced,
  keysOf,
  keysTo,
  referencedBefore,
  referencedChanging,
  stillReferenced,
} from './references.ts';
import { rehearse, whyInPlace } from './rehearsal.ts';
import { type RowsTable, work } from './rows-table.ts';
import type { Unread } from './send-typed.ts';
import type { ForeignKey } from './target-table.ts';
import { switchTriggers, type TriggerMode } from './trigger-mode.ts';
import { reasonOf, tryTo, writeInHalves } from './write-in-halves.ts';
import { deleteRows, hasFixedDifferences, insertChanged, settable, writeRows } from './write-rows.ts';

export interface ChangeRequest {
  readonly session: ServerTarget;
  /** Parents before the tables that refer to them. */
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
  /** What is done to rows: `missing` are inserted, `changed` overwritten, `added` deleted. */
  readonly kinds: readonly RowKind[];
  /** Whether rows that only the target has were looked for. */
  readonly knowsAdded: boolean;
  readonly skipConflicts: boolean;
  /** Whether some candidates are brought back only if others refer to them. */
  readonly hasSupport: boolean;
  readonly firesTriggers: boolean;
  /** Whether rows may come out otherwise than in the backup, because triggers change them. */
  readonly allowsAltered: boolean;
  /** Rows that are no candidates, by the number of their table. */
  readonly unread?: ReadonlyMap<number, Unread> | undefined;
  readonly examples: number;
  /** Notes how each row differs. @default by comparing it with the backup */
  readonly classify?: (table: RowsTable) => Promise<readonly FoundConflict[]>;
  /** Called before COMMIT with everything written. @default the transaction is rolled back: a trial */
  readonly beforeCommit?: () => Promise<string | null>;
}

export type ChangedRows = Omit<RowsReport, 'notes' | 'sequences' | 'safetyCopies'> & {
  readonly notes: readonly string[];
};

/** More conflicts than this are no exception. */
const MOST_SKIPPED = 10_000;

/**
 * In one transaction: lock rows and see how they differ → write them → check what the server does not check by
 * itself → keep a safety copy → commit. Without `beforeCommit` everything is rolled back, so that a trial
 * tells what the real run would meet. Rows that cannot be written are conflicts: unless they are to be
 * skipped, nothing is changed.
 */
export async function changeRows(request: ChangeRequest): Promise<ChangedRows> {
  const { session } = request;
  await session.execute('BEGIN');
  try {
    const { hasChanges, ...report } = await inTransaction(request);
    const end = hasChanges && request.beforeCommit ? 'COMMIT' : 'ROLLBACK';
    const { tag } = await session.execute(end);
    if (tag !== end) throw new TargetStatementError(`${end} was answered by ${tag}`, '25000');
    return report;
  } catch (error) {
    await session.execute('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function inTransaction(asked: ChangeRequest): Promise<ChangedRows & { readonly hasChanges: boolean }> {
  const { session, kinds, skipConflicts } = asked;
  await session.execute('SET LOCAL synchronous_commit = on');
  const mode = await switchTriggers(asked);
  const inPlace = asked.beforeCommit ? 'this is the run' : whyInPlace(asked, mode.fires);
  const request = inPlace === undefined ? { ...asked, ...(await rehearse(asked)) } : asked;
  const { tables } = request;
  const since = performance.now();
  await session.execute('SET CONSTRAINTS ALL DEFERRED');
  const conflicts = new Conflicts(request.unread);
  for (const table of tables) {
    const found = await (request.classify?.(table) ?? classify(session, table, kinds).then(() => []));
    for (const one of found) conflicts.add(table, one);
  }
  if (request.hasSupport) await keepNeeded(request);
  await session.execute('SAVEPOINT lifeboat_rows');
  await writeUntilSettled(request, mode, conflicts);
  const isRefused = conflicts.size > 0 && !skipConflicts;
  const described = await describeAll(request, conflicts, isRefused);
  const changed = described.some((one) => one.inserted + one.overwritten + one.deleted > 0);
  const hasChanges = changed && !isRefused;
  const safetyCopy = hasChanges ? ((await request.beforeCommit?.()) ?? null) : null;
  const isWhole = conflicts.size === 0 && described.every(({ altered }) => altered === 0);
  const listed = await conflicts.described(tables, {
    keysOf: (table, rows) => keysOfRows(session, table, rows),
    othersOf: (table, cause, rows) => otherRows(session, table, cause, rows),
  });
  return {
    hasChanges,
    outcome: isRefused ? 'refused' : !isWhole ? 'partial' : changed ? 'restored' : 'nothing',
    tables: described,
    conflicts: listed,
    moreConflicts: conflicts.size > listed.length || !conflicts.areAll,
    conflictCount: conflicts.size,
    conflictsCounted: conflicts.areAll,
    triggers: mode.fires ? 'fired' : 'off',
    notes: [
      ...mode.notes,
      ...(asked.beforeCommit || inPlace === undefined
        ? []
        : [`the trial locked the rows as the run does, because ${inPlace}`]),
    ],
    safetyCopy,
    lockedMs: Math.round(performance.now() - since),
  };
}

/**
 * Writes the rows, and again without those that turn out to be conflicts, until no other row depends on them.
 * What only the end of the transaction would refuse is asked for as well; then the rows are written once more
 * with every constraint checked at once, which tells the row.
 */
async function writeUntilSettled(
  request: ChangeRequest,
  mode: TriggerMode,
  conflicts: Conflicts,
): Promise<void> {
  const { session, tables, skipConflicts } = request;
  for (let checksAtOnce = false; ; ) {
    if (checksAtOnce) await session.execute('SET CONSTRAINTS ALL IMMEDIATE');
    for (const table of tables) await skipRows(session, table, conflicts.rowsOf(table));
    const before = conflicts.size;
    await writeAll(request, mode, conflicts);
    for (const table of tables) await skipRows(session, table, conflicts.rowsOf(table));
    await checkReferences(request, mode, conflicts);
    await checkAltered(request, conflicts);
    if (conflicts.size > 0 && !skipConflicts) return;
    if (conflicts.size > MOST_SKIPPED) throw tooMany(conflicts.size);
    if (conflicts.size === before) {
      const late = await tryTo(session, 'SET CONSTRAINTS ALL IMMEDIATE');
      if (late !== undefined) {
        if (checksAtOnce) throw late;
        checksAtOnce = true;
      } else {
        // Constraint triggers that waited until now may have changed rows, too.
        if (mode.fires) await checkAltered(request, conflicts);
        if (conflicts.size === before || !skipConflicts) return;
      }
    }
    await session.execute('ROLLBACK TO SAVEPOINT lifeboat_rows');
  }
}

/** Rows that are not as they should be now, although nothing refused them. */
async function checkAltered(request: ChangeRequest, conflicts: Conflicts): Promise<void> {
  const { session, tables, kinds, allowsAltered } = request;
  if (allowsAltered) return;
  for (const table of tables) {
    const found = await alteredRows(session, table, kinds, MOST_SKIPPED + 1);
    for (const one of found) conflicts.add(table, one);
    if (found.length > MOST_SKIPPED) conflicts.endEarly();
  }
}

function tooMany(conflicts: number): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-conflicts',
    kind: 'target',
    what: `More than ${conflicts} rows conflict with others.`,
    meaning: 'Nothing was changed.',
    remedy: 'Leave out --skip-conflicts to see the first of them, and their reasons.',
  });
}

/** Deletes first, children before parents; then overwrites and inserts, parents before children. */
async function writeAll(request: ChangeRequest, mode: TriggerMode, conflicts: Conflicts): Promise<void> {
  const { tables, kinds } = request;
  if (kinds.includes('added')) {
    for (const table of tables.toReversed()) await deleteAdded(request, table, mode, conflicts);
  }
  for (const table of tables) {
    if (kinds.includes('changed')) await overwrite(request, table, mode, conflicts);
    await write(request, table, 'missing', mode, conflicts);
  }
}

async function deleteAdded(
  request: ChangeRequest,
  table: RowsTable,
  mode: TriggerMode,
  conflicts: Conflicts,
): Promise<void> {
  const { session, foreignKeys } = request;
  // Without triggers nothing cascades, and the check afterwards sees what is left.
  for (const key of mode.fires ? keysTo(table, foreignKeys) : []) {
    if (!key.child.mayRead) continue;
    const { rows } = await session.execute(referencedBefore(key, table));
    conflicts.addRows(table, rows, referredTo(key));
  }
  await skipRows(session, table, conflicts.rowsOf(table));
  await write(request, table, 'added', mode, conflicts);
}

async function overwrite(
  request: ChangeRequest,
  table: RowsTable,
  mode: TriggerMode,
  conflicts: Conflicts,
): Promise<void> {
  const { session, foreignKeys } = request;
  for (const key of mode.fires ? keysTo(table, foreignKeys) : []) {
    const question = key.child.mayRead ? referencedChanging(key, table) : undefined;
    if (question === undefined) continue;
    const { rows } = await session.execute(question);
    conflicts.addRows(table, rows, {
      reason: `rows of ${key.child.schema}.${key.child.name} refer to values that would change (${key.name})`,
      cause: { referring: key },
    });
  }
  await skipRows(session, table, conflicts.rowsOf(table));
  await write(request, table, 'changed', mode, conflicts);
}

async function write(
  { session }: ChangeRequest,
  table: RowsTable,
  kind: RowKind,
  { fires }: TriggerMode,
  conflicts: Conflicts,
): Promise<void> {
  const all = await rangeOf(session, table, kind);
  if (!all || (kind === 'changed' && settable(table).length === 0)) return;
  // An UPDATE may not set such a column, an INSERT may.
  if (kind === 'changed' && !fires && (await hasFixedDifferences(session, table))) {
    if ((await tryTo(session, deleteRows(table, 'changed'), insertChanged(table))) === undefined) return;
  }
  const whole = await tryTo(session, writeRows(table, kind, all));
  if (whole === undefined) return;
  // Values may change places between rows, which is a conflict only while they are written one by one. With
  // triggers on, deleting a row first would delete those that refer to it, too.
  if (kind === 'changed' && !fires && /^23(505|P01)$/.test(whole.sqlState)) {
    const replaced = await tryTo(session, deleteRows(table, 'changed'), insertChanged(table));
    if (replaced === undefined) return;
  }
  const { refused, more } = await writeInHalves(session, all, (range) => writeRows(table, kind, range));
  if (more) conflicts.endEarly();
  for (const { at, error } of refused) {
    const { constraint } = error.refused;
    conflicts.add(table, {
      row: at,
      reason: reasonOf(error),
      cause: constraint === undefined ? undefined : { constraint },
    });
  }
}

async function checkReferences(
  request: ChangeRequest,
  mode: TriggerMode,
  conflicts: Conflicts,
): Promise<void> {
  const { session, tables, foreignKeys, kinds } = request;
  const written = kinds.filter((kind) => kind !== 'added');
  const taken = kinds.filter((kind) => kind !== 'missing');
  for (const table of tables) {
    for (const key of keysOf(table, foreignKeys)) {
      if (!key.referenced.mayRead) continue;
      if (!mode.fires && key.referenced.mayLock) await session.execute(holdReferenced(key, table, written));
      const { rows } = await session.execute(dangling(key, table, written));
      conflicts.addRows(table, rows, {
        reason: `the row of ${key.referenced.schema}.${key.referenced.name} that it refers to is not there (${key.name})`,
        cause: { lost: key },
      });
    }
    if (taken.length === 0) continue;
    for (const key of keysTo(table, foreignKeys)) {
      if (!key.child.mayRead) continue;
      const { rows } = await session.execute(stillReferenced(key, table, taken));
      conflicts.addRows(table, rows, referredTo(key));
    }
  }
}

function referredTo(key: ForeignKey): Omit<FoundConflict, 'row'> {
  return {
    reason: `rows of ${key.child.schema}.${key.child.name} refer to it (${key.name})`,
    cause: { referring: key },
  };
}

async function skipRows(session: ServerTarget, table: RowsTable, rows: readonly number[]): Promise<void> {
  if (rows.length === 0) return;
  const { row, skip } = control(table);
  await session.execute(
    `UPDATE ${work(table)} SET ${skip} = true WHERE ${row} = ANY ('{${rows.join(',')}}'::bigint[]) AND NOT ${skip}`,
  );
}

async function describeAll(
  { session, tables, kinds, knowsAdded, examples, allowsAltered }: ChangeRequest,
  conflicts: Conflicts,
  isRefused: boolean,
): Promise<TableRows[]> {
  const described: TableRows[] = [];
  for (const table of tables) {
    described.push(
      await describeTable(session, table, {
        kinds: isRefused ? [] : kinds,
        knowsAdded,
        examples,
        conflicts,
        allowsAltered,
      }),
    );
  }
  return described;
}
