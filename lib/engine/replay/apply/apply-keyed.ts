import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { type Tuple, UNCHANGED } from '../../pgoutput/messages.ts';
import type { KeyedChanges, KeyedRow } from '../effect/keyed-changes.ts';
import { isPartial } from '../effect/row-values.ts';
import { checkCount } from './check-count.ts';
import type { ReplaySession } from './replay-session.ts';
import { rowsText } from './rows-text.ts';
import { StagingTable } from './staging-table.ts';
import type { TargetRelation } from './target-relation.ts';

interface PartialRow extends KeyedRow {
  readonly row: Tuple;
  readonly lookup: Tuple;
}

/**
 * Brings the net effect on a table with a key into the target: the values that updates did not bring are read, all rows of
 * touched keys deleted, and the last rows inserted. In this order no row meets another one's key, whatever the
 * changes did in between. Each step must touch as many rows as the changes say.
 */
export class KeyedApplier {
  readonly #relation: TargetRelation;
  readonly #keys: StagingTable;
  readonly #rows: StagingTable;
  /** By position: the columns of a row in the staging table. */
  readonly #columns: readonly string[];
  readonly #lookups: readonly string[];

  constructor(relation: TargetRelation) {
    this.#relation = relation;
    const { table, from } = relation;
    const { oid, columns } = table.relation;
    this.#columns = columns.map((_, position) => `c${position}`);
    this.#lookups = table.key.map((_, index) => `k${index}`);
    const keys = table.key.map((position, index) => `t.${nameAt(relation, position)} AS k${index}`);
    const all = columns.map(({ name }, position) => `t.${quoteIdentifier(name)} AS c${position}`);
    this.#keys = new StagingTable(
      `lifeboat_keys_${oid}`,
      this.#lookups,
      `SELECT ${keys.join(', ')} FROM ${from} t`,
    );
    this.#rows = new StagingTable(
      `lifeboat_rows_${oid}`,
      [...this.#lookups, ...this.#columns, 'missing'],
      `SELECT ${[...keys, ...all].join(', ')}, ''::pg_catalog.text AS missing FROM ${from} t`,
    );
  }

  async apply(session: ReplaySession, changes: KeyedChanges): Promise<void> {
    const { table, from } = this.#relation;
    if (changes.isTruncated) await session.execute(`TRUNCATE ${from}`);
    const gone: Tuple[] = [];
    const whole: Tuple[] = [];
    const partial: PartialRow[] = [];
    for (const one of changes.rows()) {
      if (one.existed) gone.push(one.key);
      const { row, lookup } = one;
      if (row === null) continue;
      if (isPartial(row)) partial.push({ ...one, row, lookup: lookup ?? one.key });
      else whole.push(row);
    }
    if (partial.length > 0) await this.#completeRows(session, partial);
    if (gone.length > 0) await this.#deleteKeys(session, gone);
    if (whole.length > 0) {
      const rows = await session.copyIn(this.#destination, rowsText(this.#writtenOf(whole)));
      checkCount(table, 'insert', rows, whole.length);
    }
    if (partial.length > 0) await this.#insertCompleted(session, partial.length);
  }

  /** Reads the large values that the updates did not touch, while the rows that have them are still there. */
  async #completeRows(session: ReplaySession, partial: readonly PartialRow[]): Promise<void> {
    const { table, from } = this.#relation;
    const groups = Map.groupBy(partial, ({ row }) => missingOf(row));
    const staged = partial.map(({ row, lookup }) => [...lookup, ...row, missingOf(row)]);
    await this.#rows.fill(session, table.name, partial.length, rowsText(staged));
    const where = this.#sameKey('s');
    for (const [missing, rows] of groups) {
      const sets = missing
        .split(',')
        .map((position) => `c${position} = t.${nameAt(this.#relation, Number(position))}`);
      const { tag } = await session.execute(
        `UPDATE ${this.#rows.name} s SET ${sets.join(', ')} FROM ${from} t WHERE s.missing = ${quoteLiteral(missing)} AND ${where}`,
      );
      checkCount(table, 'complete', countOf(tag), rows.length);
    }
  }

  async #deleteKeys(session: ReplaySession, gone: readonly Tuple[]): Promise<void> {
    const { table, from } = this.#relation;
    await this.#keys.fill(session, table.name, gone.length, rowsText(gone));
    const { tag } = await session.execute(
      `DELETE FROM ${from} t USING ${this.#keys.name} s WHERE ${this.#sameKey('s')}`,
    );
    checkCount(table, 'delete', countOf(tag), gone.length);
    await this.#keys.empty(session);
  }

  async #insertCompleted(session: ReplaySession, rows: number): Promise<void> {
    const { table, written } = this.#relation;
    const columns = written.map((position) => nameAt(this.#relation, position)).join(', ');
    const values = written.map((position) => `s.c${position}`).join(', ');
    const { schema, table: name } = this.#destination;
    const { tag } = await session.execute(
      `INSERT INTO ${quoteIdentifier(schema)}.${quoteIdentifier(name)} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM ${this.#rows.name} s`,
    );
    checkCount(table, 'insert', countOf(tag), rows);
    await this.#rows.empty(session);
  }

  get #destination() {
    const { table, written } = this.#relation;
    const columns = written.map((position) => String(table.relation.columns[position]?.name));
    return { schema: table.place.schema, table: table.place.name, columns };
  }

  #writtenOf(rows: readonly Tuple[]): Iterable<Tuple> {
    const { written, table } = this.#relation;
    if (written.length === table.relation.columns.length) return rows;
    return rows.map((row) => written.map((position) => row[position] ?? null));
  }

  #sameKey(staged: string): string {
    const { table, equals } = this.#relation;
    return table.key
      .map(
        (position, index) =>
          `t.${nameAt(this.#relation, position)} ${equals.get(position)} ${staged}.k${index}`,
      )
      .join(' AND ');
  }
}

/** The positions of the values that a row did not bring: `3,7`. */
function missingOf(row: Tuple): string {
  return row.flatMap((value, position) => (value === UNCHANGED ? [position] : [])).join(',');
}

function nameAt({ table }: TargetRelation, position: number): string {
  return quoteIdentifier(String(table.relation.columns[position]?.name));
}

/** `DELETE 3`, `INSERT 0 3`. */
export function countOf(tag: string): number {
  return Number(tag.split(' ').at(-1));
}
