import { quoteIdentifier } from '../../ground/sql.ts';
import type { Tuple } from '../../pgoutput/messages.ts';
import type { WholeRowChanges } from '../effect/whole-row-changes.ts';
import { countOf } from './apply-keyed.ts';
import { checkCount } from './check-count.ts';
import type { ReplaySession } from './replay-session.ts';
import { rowsText } from './rows-text.ts';
import { StagingTable } from './staging-table.ts';
import type { TargetRelation } from './target-relation.ts';

/**
 * Brings the net effect on a table without a key into the target. A row to delete is any of those that print the same text in every
 * column: types without an equality (json, point) have a text. One batch reads the table once.
 */
export class WholeRowApplier {
  readonly #relation: TargetRelation;
  readonly #staged: StagingTable;

  constructor(relation: TargetRelation) {
    this.#relation = relation;
    const { table, from, written } = relation;
    const columns = written.map(
      (position, index) =>
        `t.${quoteIdentifier(String(table.relation.columns[position]?.name))} AS c${index}`,
    );
    this.#staged = new StagingTable(
      `lifeboat_whole_${table.relation.oid}`,
      [...written.map((_, index) => `c${index}`), 'fewer'],
      `SELECT ${[...columns, '0::pg_catalog.int8 AS fewer'].join(', ')} FROM ${from} t`,
    );
  }

  async apply(session: ReplaySession, changes: WholeRowChanges): Promise<void> {
    const { table, from, written } = this.#relation;
    if (changes.isTruncated) await session.execute(`TRUNCATE ${from}`);
    const gone: Tuple[] = [];
    const added: Tuple[] = [];
    let fewer = 0;
    for (const { row, more } of changes.rows()) {
      const values = written.map((position) => row[position] ?? null);
      for (let left = more; left > 0; left -= 1) added.push(values);
      if (more >= 0) continue;
      gone.push([...values, String(-more)]);
      fewer -= more;
    }
    if (gone.length > 0) await this.#delete(session, gone, fewer);
    if (added.length === 0) return;
    const { schema, name } = table.place;
    const columns = written.map((position) => String(table.relation.columns[position]?.name));
    const rows = await session.copyIn({ schema, table: name, columns }, rowsText(added));
    checkCount(table, 'insert', rows, added.length);
  }

  async #delete(session: ReplaySession, gone: readonly Tuple[], fewer: number): Promise<void> {
    const { table, from, written } = this.#relation;
    await this.#staged.fill(session, table.name, gone.length, rowsText(gone));
    const rowOf = (alias: string, nameOf: (position: number, index: number) => string) =>
      `ROW(${written.map((position, index) => `${alias}.${nameOf(position, index)}`).join(', ')})::pg_catalog.text`;
    const inTarget = rowOf('t', (position) =>
      quoteIdentifier(String(table.relation.columns[position]?.name)),
    );
    const staged = rowOf('s', (_, index) => `c${index}`);
    // tableoid: in a tree of partitions, a place is unique within its partition only.
    const { tag } = await session.execute(
      `DELETE FROM ${from} t USING (
         SELECT found.place, found.part FROM (
           SELECT t.ctid AS place, t.tableoid AS part, ${inTarget} AS line,
                  pg_catalog.row_number() OVER (PARTITION BY ${inTarget}) AS nth FROM ${from} t) found
         JOIN (SELECT ${staged} AS line, s.fewer FROM ${this.#staged.name} s) wanted
           ON wanted.line = found.line AND found.nth <= wanted.fewer) chosen
       WHERE t.ctid = chosen.place AND t.tableoid = chosen.part`,
    );
    checkCount(table, 'delete', countOf(tag), fewer);
    await this.#staged.empty(session);
  }
}
