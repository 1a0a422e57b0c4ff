import type { Manifest, TableData } from '../archive/manifest.ts';
import type { BackupCopy } from '../browse/copy/backup-copy.ts';
import { encodeField } from '../copy-text/copy-fields.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { TargetStatementError } from '../target/target.ts';
import { isOfTypes, type NamedRelation, type WalkedKey } from './walked-keys.ts';

/** Where chosen rows are noted in the copy: by the number of their table in the manifest, and their place. */
const NOTES = '"lifeboat_chosen"."rows"';
/** Places are sent in statements of this many. */
const PLACES_AT_ONCE = 20_000;

/** Rows of the embedded copy that were chosen, and those that are reached from them through foreign keys. */
export class FollowedRows {
  readonly #copy: BackupCopy;
  readonly #manifest: Manifest;
  readonly #load: (tables: readonly TableData[]) => Promise<void>;
  /** Sentences without full stops. */
  readonly notices: string[] = [];
  readonly #counts = new Map<TableData, { chosen: number; support: number }>();

  constructor(parts: {
    readonly copy: BackupCopy;
    readonly manifest: Manifest;
    readonly load: (tables: readonly TableData[]) => Promise<void>;
  }) {
    this.#copy = parts.copy;
    this.#manifest = parts.manifest;
    this.#load = parts.load;
  }

  async begin(): Promise<void> {
    await this.#execute('CREATE SCHEMA "lifeboat_chosen"');
    await this.#execute(
      `CREATE TABLE ${NOTES} (part int, place tid, support boolean, round int, PRIMARY KEY (part, place))`,
    );
  }

  async choose(table: TableData, places: readonly string[]): Promise<void> {
    for (let at = 0; at < places.length; at += PLACES_AT_ONCE) {
      const some = places.slice(at, at + PLACES_AT_ONCE).map((place) => `"${place}"`);
      await this.#execute(
        `INSERT INTO ${NOTES} SELECT ${this.#numberOf(table)}, place, false, 0
           FROM pg_catalog.unnest(${quoteLiteral(`{${some.join(',')}}`)}::pg_catalog.tid[]) place ON CONFLICT DO NOTHING`,
      );
    }
  }

  /** First down, from referenced rows to those that refer to them; then up, to what all of these refer to. */
  async follow(keys: readonly WalkedKey[]): Promise<void> {
    const known = keys.filter(
      ({ child, referenced, columns }) =>
        this.#partsOf(child).length > 0 &&
        this.#partsOf(referenced).length > 0 &&
        this.#have(
          child,
          columns.map((pair) => pair.child),
        ) &&
        this.#have(
          referenced,
          columns.map((pair) => pair.referenced),
        ),
    );
    await this.#walk(known, 'down');
    await this.#execute(`UPDATE ${NOTES} SET round = 0`);
    await this.#walk(known, 'up');
  }

  async count(): Promise<void> {
    const { rows } = await this.#copy.target.execute(
      `SELECT part::text AS part, support::text AS support, pg_catalog.count(*)::text AS rows FROM ${NOTES} GROUP BY 1, 2`,
    );
    for (const { part, support, rows: count } of rows) {
      const table = this.#manifest.tables[Number(part)];
      if (!table) continue;
      const counts = this.#counts.get(table) ?? { chosen: 0, support: 0 };
      counts[support === 'true' ? 'support' : 'chosen'] = Number(count);
      this.#counts.set(table, counts);
    }
  }

  get tables(): readonly TableData[] {
    return this.#manifest.tables.filter((table) => this.#counts.has(table));
  }

  countIn(table: TableData): { readonly chosen: number; readonly support: number } {
    return this.#counts.get(table) ?? { chosen: 0, support: 0 };
  }

  async keysIn(
    table: TableData,
    key: readonly string[],
  ): Promise<{ chosen: Set<string>; support: Set<string> }> {
    const found = { chosen: new Set<string>(), support: new Set<string>() };
    if (!this.#counts.has(table)) return found;
    const columns = key.map((name, at) => `t.${quoteIdentifier(name)} AS k${at}`);
    const { rows } = await this.#copy.target.execute(
      `SELECT n.support::text AS is_support, ${columns.join(', ')}
         FROM ONLY ${qualifiedName(table.schema, table.name)} t
         JOIN ${NOTES} n ON n.part = ${this.#numberOf(table)} AND n.place = t.ctid`,
    );
    for (const row of rows) {
      const fields = key.map((_, at) => encodeField(row[`k${at}`] ?? null));
      found[row.is_support === 'true' ? 'support' : 'chosen'].add(fields.join('\t'));
    }
    return found;
  }

  /** Goes on until no key leads to another row. Each round goes on from the rows of the round before. */
  async #walk(keys: readonly WalkedKey[], direction: 'down' | 'up'): Promise<void> {
    for (let round = 1; ; round += 1) {
      let found = 0;
      const there = await this.#partsWith(round - 1);
      for (const key of keys) {
        const [from, to] = direction === 'down' ? [key.referenced, key.child] : [key.child, key.referenced];
        const fromParts = this.#partsOf(from).filter((part) => there.has(this.#numberOf(part)));
        if (fromParts.length === 0) continue;
        const toParts = this.#partsOf(to);
        await this.#load([...fromParts, ...toParts]);
        for (const source of fromParts)
          for (const goal of toParts) found += await this.#step(key, source, goal, direction, round);
      }
      if (found === 0) return;
    }
  }

  async #step(
    key: WalkedKey,
    source: TableData,
    goal: TableData,
    direction: 'down' | 'up',
    round: number,
  ): Promise<number> {
    const pairs = key.columns
      .map((pair) =>
        direction === 'down'
          ? `f.${quoteIdentifier(pair.referenced)} ${pair.equals} t.${quoteIdentifier(pair.child)}`
          : `t.${quoteIdentifier(pair.referenced)} ${pair.equals} f.${quoteIdentifier(pair.child)}`,
      )
      .join(' AND ');
    const { tag } = await this.#insert(
      key,
      `INSERT INTO ${NOTES}
      SELECT ${this.#numberOf(goal)}, t.ctid, ${direction === 'up'}, ${round}
        FROM ONLY ${qualifiedName(goal.schema, goal.name)} t
       WHERE EXISTS (SELECT FROM ONLY ${qualifiedName(source.schema, source.name)} f
                       JOIN ${NOTES} n ON n.part = ${this.#numberOf(source)} AND n.place = f.ctid AND n.round = ${round - 1}
                      WHERE ${pairs})
      ON CONFLICT DO NOTHING`,
    );
    return Number(/\d+$/.exec(tag)?.[0] ?? 0);
  }

  /** Columns that only one side compares may have types here for which there is no operator. */
  async #insert({ name }: WalkedKey, sql: string): Promise<{ readonly tag: string }> {
    try {
      return await this.#copy.target.execute(sql);
    } catch (error) {
      if (!(error instanceof TargetStatementError) || !isOfTypes(error)) throw error;
      const notice = `the foreign key ${name} cannot be followed in the backup: ${error.message}`;
      if (!this.notices.includes(notice)) this.notices.push(notice);
      return { tag: 'INSERT 0 0' };
    }
  }

  async #partsWith(round: number): Promise<ReadonlySet<number>> {
    const { rows } = await this.#copy.target.execute(
      `SELECT DISTINCT part::text AS part FROM ${NOTES} WHERE round = ${round}`,
    );
    return new Set(rows.map(({ part }) => Number(part)));
  }

  /** The backup's tables that hold the rows of a relation of the target. */
  #partsOf({ schema, name }: NamedRelation): TableData[] {
    return this.#manifest.tables.filter(
      (table) =>
        table.dataLeftOut === undefined &&
        [table, ...(table.partitionRoot ? [table.partitionRoot] : [])].some(
          (one) => one.schema === schema && one.name === name,
        ),
    );
  }

  #have(side: NamedRelation, columns: readonly string[]): boolean {
    return this.#partsOf(side).every((part) => columns.every((column) => part.columns.includes(column)));
  }

  #numberOf(table: TableData): number {
    return this.#manifest.tables.indexOf(table);
  }

  async #execute(sql: string): Promise<void> {
    await this.#copy.target.execute(sql);
  }
}
