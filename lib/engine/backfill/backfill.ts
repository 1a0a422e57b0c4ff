import { withSqlState } from '../connection/server-words.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { TargetStatementError } from '../target/target.ts';
import { type BackfillRequest, type Counts, plus } from './backfill-request.ts';
import { Batches, type RowToFill } from './batches.ts';
import { computeBatch, openComputation } from './compute-batch.ts';
import { PassingFailure } from './computing/computation.ts';
import { Rate } from './computing/rate.ts';
import { tryAgain } from './computing/try-again.ts';
import { type Ask, FillSession } from './fill-session.ts';
import type { KeyRange } from './keys.ts';
import { BackfillLedger, type FailedRow } from './ledger.ts';
import { type TableToFill, tableToFill } from './table-to-fill.ts';
import { amongSql, readRows, writeComputed, writeExpression } from './write-rows.ts';

/** What a backfill would do, or is about to do. */
export interface BackfillPlan {
  readonly database: string;
  readonly display: string;
  readonly table: TableToFill;
  /** Rows that fulfil the condition now. */
  readonly rows: number;
}

export interface BackfillReport {
  readonly table: string;
  readonly column: string;
  readonly counts: Counts;
  readonly failed: ReadonlyArray<{ readonly key: Readonly<Record<string, string>>; readonly reason: string }>;
  /** Rows that still fulfil the condition; undefined without one. */
  readonly remaining: number | undefined;
  readonly durationMs: number;
  readonly triggers: readonly string[];
  readonly indexes: readonly string[];
}

/** A row that changed this often while its value was computed is told as a failure. */
const MOST_TRIES_OF_A_ROW = 5;
/** What somebody else's work is the reason of: a lock, a deadlock, a conflict. */
const PASSES = new Set(['55P03', '40P01', '40001', '57014']);

/**
 * Computes a column anew: plan → confirm → { read a batch → compute → write, and note it in the same transaction } → rows that
 * changed meanwhile → summary. Rejects with a LifeboatError, or with the reason of `signal`; what was written stays, and
 * `resume` continues.
 */
export async function backfill(
  request: BackfillRequest,
  confirm: (plan: BackfillPlan) => Promise<void> | void = () => {},
  keepFailed: (report: BackfillReport['failed']) => Promise<void> = async () => {},
): Promise<BackfillReport> {
  const main = new FillSession(request);
  try {
    const plan = await look(main, request);
    await confirm(plan);
    const startedAt = performance.now();
    const { table } = plan;
    const ledger = new BackfillLedger(request, table);
    await ledger.lock(main);
    const reader = new FillSession(request);
    try {
      await ledger.open(reader, request);
      const before = await reader.transaction((ask) => ledger.rest(ask));
      const run = new Run(request, table, ledger, before.counts, plan.rows);
      await run.everything(new Batches(reader, table, request, before.gaps));
      await run.whatChanged(reader);
      const failed = (await reader.transaction((ask) => ledger.failed(ask))).map((one) => named(one, table));
      const remaining =
        request.where === undefined
          ? undefined
          : await reader.transaction((ask) => countOf(ask, table, request));
      const report: BackfillReport = {
        table: `${table.schema}.${table.name}`,
        column: table.column.name,
        counts: run.counts,
        failed,
        remaining,
        durationMs: Math.round(performance.now() - startedAt),
        triggers: request.withoutTriggers ? [] : table.triggers,
        indexes: table.indexes,
      };
      if (failed.length > 0) await keepFailed(failed);
      await ledger.remove(reader);
      return report;
    } finally {
      await reader.close();
    }
  } catch (error) {
    throw request.signal.aborted ? request.signal.reason : worded(error);
  } finally {
    await main.close();
  }
}

/** What {@link backfill} would do with the same request. Changes nothing. */
export async function planBackfill(request: BackfillRequest): Promise<BackfillPlan> {
  const session = new FillSession(request);
  try {
    return await look(session, request);
  } catch (error) {
    throw request.signal.aborted ? request.signal.reason : worded(error);
  } finally {
    await session.close();
  }
}

async function look(session: FillSession, request: BackfillRequest): Promise<BackfillPlan> {
  const table = await tableToFill(await session.client(), request);
  const rows = await session.transaction(async (ask) => {
    await tryExpressions(ask, table, request);
    return await countOf(ask, table, request);
  });
  const { database, display } = request.settings;
  return { database, display, table, rows };
}

/** Asks for no row, so that a mistake is found before anything is changed. */
async function tryExpressions(
  ask: Ask,
  table: TableToFill,
  { method, where = 'true', withoutTriggers }: BackfillRequest,
): Promise<void> {
  const expression = method.kind === 'sql' ? method.expression : 'NULL';
  try {
    await ask(`SELECT (${expression}) FROM ${table.sql} WHERE (${where}) LIMIT 0`);
  } catch (error) {
    if (!(error instanceof TargetStatementError)) throw error;
    throw new LifeboatError({
      code: 'backfill-expression-refused',
      kind: 'usage',
      what: `The server refuses the expression or the condition: ${withSqlState(error.message, error.sqlState)}.`,
      meaning: `Nothing was changed.${withoutTriggers ? ' To switch triggers off, the role must be a superuser.' : ''}`,
      remedy: 'Try it in a SELECT on the table. Names of columns with capitals need double quotes.',
      cause: error,
    });
  }
}

async function countOf(ask: Ask, table: TableToFill, { where = 'true' }: BackfillRequest): Promise<number> {
  const { rows } = await ask<{ rows: string }>(
    `SELECT pg_catalog.count(*)::pg_catalog.text AS rows FROM ${table.sql} WHERE (${where})`,
  );
  return Number(rows[0]?.rows);
}

class Run {
  counts: Counts;
  readonly #request: BackfillRequest;
  readonly #table: TableToFill;
  readonly #ledger: BackfillLedger;
  readonly #rows: Rate;
  readonly #requests: Rate;
  readonly #total: number;

  constructor(
    request: BackfillRequest,
    table: TableToFill,
    ledger: BackfillLedger,
    before: Counts,
    total: number,
  ) {
    this.#request = request;
    this.#table = table;
    this.#ledger = ledger;
    this.counts = before;
    this.#rows = new Rate(request.rowsPerSecond);
    this.#requests = new Rate(request.requestsPerSecond);
    this.#total = total;
  }

  async everything(batches: Batches): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#request.signal, stop.signal]);
    const jobs = Array.from({ length: this.#request.jobs }, (_, at) => at);
    await inParallel(jobs, jobs.length, () =>
      this.#job({ ...this.#request, signal }, async (fill) => {
        for (let batch = await batches.next(); batch; batch = await batches.next()) {
          signal.throwIfAborted();
          await fill(batch.rows, batch.range);
        }
      }).catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    );
  }

  /** Rows that somebody changed while their value was computed, with their inputs of now. */
  async whatChanged(session: FillSession): Promise<void> {
    await this.#job(this.#request, async (fill) => {
      for (;;) {
        const some = await session.transaction((ask) => this.#ledger.later(ask, this.#request.batchSize));
        if (some.length === 0) return;
        const keys = some.map(({ key }) => key);
        const given = await session.transaction(async (ask) => {
          const parameters: unknown[] = [];
          const condition = amongSql(this.#table, keys, parameters);
          return await readRows(ask, this.#table, this.#request, {
            condition,
            parameters,
            limit: keys.length,
          });
        });
        const isStill = new Set(given.map(({ key }) => JSON.stringify(key)));
        const restless = new Set(
          some.filter(({ tries }) => tries >= MOST_TRIES_OF_A_ROW).map(({ key }) => JSON.stringify(key)),
        );
        const gone = keys.filter((key) => !isStill.has(JSON.stringify(key)));
        const failed = given
          .filter(({ key }) => restless.has(JSON.stringify(key)))
          .map(({ key }) => ({ key, reason: 'it was changed each time while its value was computed' }));
        const settled = [...gone, ...failed.map(({ key }) => key)];
        await session.transaction((ask) =>
          this.#ledger.note(ask, {
            range: undefined,
            counts: { gone: gone.length, failed: failed.length },
            failed,
            changed: [],
            settled,
          }),
        );
        this.#count({ gone: gone.length, failed: failed.length });
        const rows = given.filter(({ key }) => !restless.has(JSON.stringify(key)));
        if (rows.length > 0) await fill(rows, undefined);
      }
    });
  }

  async #job(
    request: BackfillRequest,
    work: (fill: (rows: readonly RowToFill[], range: KeyRange | undefined) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const session = new FillSession(request);
    const computation = openComputation(request);
    try {
      await work(async (rows, range) => {
        await this.#rows.pass(rows.length, request.signal);
        const batch = computation
          ? await computeBatch(computation, this.#table, request, this.#requests, rows)
          : undefined;
        const counts = await tryAgain(async () => {
          try {
            return await session.transaction(async (ask) => {
              const written = batch
                ? await writeComputed(ask, this.#table, request, batch.computed)
                : await writeExpression(
                    ask,
                    this.#table,
                    sqlOf(request),
                    request,
                    rows.map(({ key }) => key),
                  );
              return await this.#note(ask, rows, range, written, batch);
            });
          } catch (error) {
            if (error instanceof AlreadyWritten) return error.counts;
            throw passing(error);
          }
        }, request);
        this.#count(counts);
      });
    } finally {
      await computation?.close();
      await session.close();
    }
  }

  async #note(
    ask: Ask,
    rows: readonly RowToFill[],
    range: KeyRange | undefined,
    { written, failed: refused }: Awaited<ReturnType<typeof writeComputed>>,
    batch: Awaited<ReturnType<typeof computeBatch>> | undefined,
  ): Promise<Partial<Counts>> {
    const failed: FailedRow[] = [...(batch?.failed ?? []), ...refused];
    const met = new Set([...written, ...failed.map(({ key }) => key)].map((key) => JSON.stringify(key)));
    const others = (batch ? batch.computed : rows).filter(({ key }) => !met.has(JSON.stringify(key)));
    // Where the server computes there is no time in between: such a row is gone, or got its value, or has none.
    const changed = batch ? others.map(({ key }) => key) : [];
    const keptByServer = !batch && this.#request.nulls === 'keep' ? others.length : 0;
    const counts = {
      written: written.length,
      kept: batch?.kept ?? keptByServer,
      failed: failed.length,
      gone: batch || keptByServer > 0 ? 0 : others.length,
      batches: 1,
    };
    const isChanged = new Set(changed.map((key) => JSON.stringify(key)));
    const settled = range
      ? []
      : rows.map(({ key }) => key).filter((key) => !isChanged.has(JSON.stringify(key)));
    const isNew = await this.#ledger.note(ask, { range, counts, failed, changed, settled });
    if (!isNew) throw new AlreadyWritten(counts);
    return counts;
  }

  #count(counts: Partial<Counts>): void {
    this.counts = plus(this.counts, counts);
    this.#request.onProgress?.(this.counts, this.#total);
  }
}

/** The connection was lost after the server had committed: the transaction that repeats the batch is rolled back. */
class AlreadyWritten extends Error {
  readonly counts: Partial<Counts>;
  constructor(counts: Partial<Counts>) {
    super('the batch was committed before');
    this.counts = counts;
  }
}

function passing(error: unknown): unknown {
  if (error instanceof TargetStatementError && PASSES.has(error.sqlState))
    return new PassingFailure(`The server refused a batch: ${withSqlState(error.message, error.sqlState)}`);
  if (error instanceof LifeboatError && error.code === 'target-connection-lost')
    return new PassingFailure(error.what.replace(/\.$/, ''));
  return error;
}

function sqlOf({ method }: BackfillRequest): string {
  if (method.kind !== 'sql') throw new TypeError('the server computes expressions only');
  return method.expression;
}

function named({ key, reason }: FailedRow, { key: columns }: TableToFill) {
  return { key: Object.fromEntries(columns.map(({ name }, at) => [name, key[at] ?? ''])), reason };
}

function worded(error: unknown): unknown {
  if (!(error instanceof TargetStatementError)) return error;
  return new LifeboatError({
    code: 'backfill-refused',
    kind: 'target',
    what: `The server refused a statement of the backfill: ${withSqlState(error.message, error.sqlState)}.`,
    meaning: 'What was written before stays. The backfill has not ended.',
    remedy: 'Mend what it names. Then run the same command with --resume.',
    cause: error,
  });
}
