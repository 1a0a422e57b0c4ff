import { createHash } from 'node:crypto';
import { LifeboatError } from '../ground/errors.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { TargetStatementError } from '../target/target.ts';
import { type BackfillRequest, type Counts, NOTHING, plus } from './backfill-request.ts';
import type { Ask, FillSession } from './fill-session.ts';
import { gapsBetween, type Key, type KeyRange, keyFromSql } from './keys.ts';
import type { TableToFill } from './table-to-fill.ts';

export const BACKFILL_SCHEMA = 'lifeboat_backfill';
const JOB = qualifiedName(BACKFILL_SCHEMA, 'job');
const DONE = qualifiedName(BACKFILL_SCHEMA, 'done');
const LATER = qualifiedName(BACKFILL_SCHEMA, 'later');
const FAILED = qualifiedName(BACKFILL_SCHEMA, 'failed');
const COMMENT =
  'What unfinished runs of `lifeboat backfill` have done. `--resume` goes on with it; without it, drop this schema.';

const MAKE = [
  `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(BACKFILL_SCHEMA)}`,
  `COMMENT ON SCHEMA ${quoteIdentifier(BACKFILL_SCHEMA)} IS ${quoteLiteral(COMMENT)}`,
  `CREATE TABLE IF NOT EXISTS ${JOB} (id pg_catalog.text PRIMARY KEY, about pg_catalog.text NOT NULL, begun pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now())`,
  `CREATE TABLE IF NOT EXISTS ${DONE} (job pg_catalog.text NOT NULL REFERENCES ${JOB} ON DELETE CASCADE, after pg_catalog.text[], up_to pg_catalog.text[] NOT NULL, counts pg_catalog.jsonb NOT NULL, UNIQUE (job, up_to))`,
  `CREATE TABLE IF NOT EXISTS ${LATER} (job pg_catalog.text NOT NULL REFERENCES ${JOB} ON DELETE CASCADE, key pg_catalog.text[] NOT NULL, tries pg_catalog.int4 NOT NULL, PRIMARY KEY (job, key))`,
  `CREATE TABLE IF NOT EXISTS ${FAILED} (job pg_catalog.text NOT NULL REFERENCES ${JOB} ON DELETE CASCADE, key pg_catalog.text[] NOT NULL, reason pg_catalog.text NOT NULL, PRIMARY KEY (job, key))`,
];

export interface FailedRow {
  readonly key: Key;
  readonly reason: string;
}

/** What one transaction of a run has done, for the ledger that it writes as well. */
export interface Done {
  /** Undefined: rows that were met before, and are tried again. */
  readonly range: KeyRange | undefined;
  readonly counts: Partial<Counts>;
  readonly failed: readonly FailedRow[];
  /** Rows that somebody changed while their value was computed. */
  readonly changed: readonly Key[];
  /** Rows of a second try that are settled now. */
  readonly settled?: readonly Key[];
}

/**
 * What a run has done, in the database that it changes: the transaction that writes a batch notes it. So a run that
 * is killed skips no row, and repeats no batch that was committed.
 */
export class BackfillLedger {
  readonly #id: string;
  readonly #table: TableToFill;

  constructor(request: BackfillRequest, table: TableToFill) {
    this.#id = idOf(request, table);
    this.#table = table;
  }

  /** Opens the ledger of this run: makes it, or finds what an interrupted run has done. */
  async open(session: FillSession, { resume, startOver, column }: BackfillRequest): Promise<void> {
    const { schema, name } = this.#table;
    try {
      await session.transaction(async (ask) => {
        // Two that begin at the same moment would both make the schema.
        await ask("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('lifeboat backfill'))");
        const { rows } = await ask<{ there: boolean }>(
          `SELECT pg_catalog.to_regclass(${quoteLiteral(FAILED)}) IS NOT NULL AS there`,
        );
        if (!rows[0]?.there) for (const statement of MAKE) await ask(statement);
        if (startOver) await ask(`DELETE FROM ${JOB} WHERE id = $1`, [this.#id]);
        const begun = await ask(`SELECT begun::pg_catalog.text FROM ${JOB} WHERE id = $1`, [this.#id]);
        if (begun.rows.length > 0 && !resume) throw unfinished(String(begun.rows[0]?.begun));
        await ask(`INSERT INTO ${JOB} (id, about) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
          this.#id,
          `${schema}.${name}.${column}`,
        ]);
      });
    } catch (error) {
      throw error instanceof TargetStatementError && error.sqlState === '42501' ? notNotable(error) : error;
    }
  }

  /** One run at a time: held by a session of its own, until that ends. */
  async lock(session: FillSession): Promise<void> {
    const client = await session.client();
    const { rows } = await client.query<{ free: boolean }>(
      'SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS free',
      [`lifeboat backfill ${this.#id}`],
    );
    if (rows[0]?.free) return;
    throw new LifeboatError({
      code: 'backfill-running',
      kind: 'target',
      what: 'Another run of this backfill is at work.',
      meaning: 'Nothing was changed.',
      remedy: 'Let it finish, or stop it. Its session in pg_stat_activity is called lifeboat.',
    });
  }

  /** What is left to do, and what was done before. Ranges that meet are noted as one. */
  async rest(ask: Ask): Promise<{ readonly gaps: KeyRange[]; readonly counts: Counts }> {
    const { rows } = await ask<{ after: string[] | null; up_to: string[]; counts: Partial<Counts> }>(
      `SELECT after, up_to, counts FROM ${DONE} WHERE job = $1 AND pg_catalog.cardinality(up_to) > 0 ORDER BY ${keyFromSql(this.#table, 'up_to')}`,
      [this.#id],
    );
    const again = await ask<{ counts: Partial<Counts> }>(
      `SELECT counts FROM ${DONE} WHERE job = $1 AND pg_catalog.cardinality(up_to) = 0`,
      [this.#id],
    );
    const done = rows.map(({ after, up_to: upTo }) => ({ after: after ?? undefined, upTo }));
    const counts = [...rows, ...again.rows].reduce((sum, one) => plus(sum, one.counts), NOTHING);
    return { gaps: gapsBetween(done), counts };
  }

  /** Notes a batch, in the transaction that writes it. False: it was noted before, so it must not be written again. */
  async note(ask: Ask, { range, counts, failed, changed, settled = [] }: Done): Promise<boolean> {
    if (range) {
      const { rowCount } = await ask(
        `INSERT INTO ${DONE} (job, after, up_to, counts) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
        [this.#id, range.after ?? null, range.upTo, JSON.stringify(counts)],
      );
      if (rowCount === 0) return false;
    } else {
      const there = await ask<{ counts: Partial<Counts> }>(
        `SELECT counts FROM ${DONE} WHERE job = $1 AND pg_catalog.cardinality(up_to) = 0 FOR UPDATE`,
        [this.#id],
      );
      const sum = plus(plus(NOTHING, there.rows[0]?.counts ?? {}), counts);
      await ask(
        `INSERT INTO ${DONE} (job, up_to, counts) VALUES ($1, '{}', $2) ON CONFLICT (job, up_to) DO UPDATE SET counts = excluded.counts`,
        [this.#id, JSON.stringify(sum)],
      );
    }
    for (const { key, reason } of failed)
      await ask(`INSERT INTO ${FAILED} (job, key, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, [
        this.#id,
        key,
        reason,
      ]);
    for (const key of settled) await ask(`DELETE FROM ${LATER} WHERE job = $1 AND key = $2`, [this.#id, key]);
    for (const key of changed)
      await ask(
        `INSERT INTO ${LATER} (job, key, tries) VALUES ($1, $2, 1) ON CONFLICT (job, key) DO UPDATE SET tries = later.tries + 1`,
        [this.#id, key],
      );
    return true;
  }

  /** Some rows that were changed while their value was computed, the least tried first. */
  async later(ask: Ask, limit: number): Promise<Array<{ readonly key: Key; readonly tries: number }>> {
    const { rows } = await ask<{ key: string[]; tries: number }>(
      `SELECT key, tries FROM ${LATER} WHERE job = $1 ORDER BY tries, key LIMIT $2`,
      [this.#id, limit],
    );
    return rows;
  }

  async failed(ask: Ask): Promise<FailedRow[]> {
    const { rows } = await ask<{ key: string[]; reason: string }>(
      `SELECT key, reason FROM ${FAILED} WHERE job = $1 ORDER BY ${keyFromSql(this.#table, 'key')}`,
      [this.#id],
    );
    return rows;
  }

  /** Forgets the run. The schema goes with the last one. */
  async remove(session: FillSession): Promise<void> {
    await session.transaction(async (ask) => {
      await ask("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('lifeboat backfill'))");
      await ask(`DELETE FROM ${JOB} WHERE id = $1`, [this.#id]);
      const { rows } = await ask(`SELECT id FROM ${JOB} LIMIT 1`);
      if (rows.length === 0) await ask(`DROP SCHEMA ${quoteIdentifier(BACKFILL_SCHEMA)} CASCADE`);
    });
  }
}

/** The same table, column, rows and method are the same run; how fast it goes is not a part of it. */
function idOf({ method, where, inputs }: BackfillRequest, { schema, name, column }: TableToFill): string {
  const how =
    method.kind === 'sql'
      ? method.expression
      : method.kind === 'command'
        ? method.command
        : [method.url, method.format, method.model ?? ''];
  const all = JSON.stringify([schema, name, column.name, method.kind, how, where ?? null, inputs]);
  return createHash('sha256').update(all).digest('hex').slice(0, 32);
}

function unfinished(begun: string): LifeboatError {
  return new LifeboatError({
    code: 'backfill-unfinished',
    kind: 'usage',
    what: `This backfill was begun at ${begun}, and has not ended.`,
    meaning: 'Nothing was changed now.',
    remedy: 'Add --resume to go on where it stopped, or --start-over to forget what it has done.',
  });
}

function notNotable(cause: TargetStatementError): LifeboatError {
  return new LifeboatError({
    code: 'backfill-not-notable',
    kind: 'target',
    what: `The role may not note in the database what is done: ${cause.message}.`,
    meaning: 'Nothing was changed. Without such notes, a run that stops could skip rows or repeat them.',
    remedy: `GRANT CREATE ON DATABASE … TO the role for as long as the backfill runs, or let an owner of the schema ${BACKFILL_SCHEMA} run it.`,
    cause,
  });
}
