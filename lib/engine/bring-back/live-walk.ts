import { RowReader } from '../diff/row-reader.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import { inPieces } from './copy-pieces.ts';
import { listOf, place, type RowsTable, sameKey } from './rows-table.ts';
import { destinationOf } from './send-typed.ts';
import { isOfTypes, type NamedRelation, type WalkedKey } from './walked-keys.ts';

export interface LiveWalk {
  readonly session: ServerTarget;
  readonly tables: readonly RowsTable[];
  readonly keys: readonly WalkedKey[];
  /** Keys of rows to begin with, as COPY text, by the number of their table. */
  readonly from: ReadonlyMap<number, ReadonlySet<string>>;
  /** Told of a key that the database's columns cannot be compared by. */
  readonly onNotice: (notice: string) => void;
}

const ROUND = 'lifeboat_round';

/**
 * Goes down the foreign keys in the database as it is, from given rows to all that refer to them, directly or through
 * others. Returns the keys of all rows that it came to, by the number of their table. It reads only, and compares with
 * the operators of the keys: nothing of the user's is evaluated.
 */
export async function walkLiveRows(walk: LiveWalk): Promise<Map<number, Set<string>>> {
  const { session, tables, from } = walk;
  for (const table of tables) await begin(session, table, from.get(table.number) ?? new Set());
  const steps = walk.keys.flatMap((key) => stepsOf(key, tables));
  for (let round = 1, found = 1; found > 0; round += 1) {
    found = 0;
    for (const step of steps) found += await take(walk, step, round);
  }
  const reached = new Map<number, Set<string>>();
  for (const table of tables) {
    reached.set(table.number, await keysOfReached(session, table));
    await session.execute(`DROP TABLE ${reachedOf(table)}`);
  }
  return reached;
}

interface Step {
  readonly key: WalkedKey;
  readonly parent: RowsTable;
  readonly child: RowsTable;
  fails?: boolean;
}

function stepsOf(key: WalkedKey, tables: readonly RowsTable[]): Step[] {
  const parents = tables.filter(
    (table) =>
      isOf(key.referenced, table) &&
      has(
        table,
        key.columns.map((pair) => pair.referenced),
      ),
  );
  const children = tables.filter(
    (table) =>
      isOf(key.child, table) &&
      has(
        table,
        key.columns.map((pair) => pair.child),
      ),
  );
  return parents.flatMap((parent) => children.map((child) => ({ key, parent, child })));
}

export function isOf({ schema, name }: NamedRelation, { target, parts }: RowsTable): boolean {
  return [target, ...parts].some((one) => one.schema === schema && one.name === name);
}

function has({ target }: RowsTable, columns: readonly string[]): boolean {
  return columns.every((name) => target.columns.some((column) => column.name === name));
}

async function begin(session: ServerTarget, table: RowsTable, keys: ReadonlySet<string>): Promise<void> {
  const name = reachedOf(table);
  const columns = table.key.map((column) => column.name);
  await session.execute(`DROP TABLE IF EXISTS ${name}`);
  await session.execute(
    `CREATE TEMPORARY TABLE ${name.slice('pg_temp.'.length)} AS SELECT ${listOf(columns)} FROM ${place(table)} WITH NO DATA`,
  );
  await session.execute(`ALTER TABLE ${name} ADD ${ROUND} int NOT NULL DEFAULT 0`);
  await session.execute(`CREATE INDEX ON ${name} (${listOf(columns)})`);
  async function* lines() {
    for (const key of keys) yield Buffer.from(key);
  }
  if (keys.size > 0) await session.copyIn(destinationOf(name, columns), inPieces(lines()));
}

/** Rows of the child that refer to rows of the round before. */
async function take({ session, onNotice }: LiveWalk, step: Step, round: number): Promise<number> {
  if (step.fails) return 0;
  const { key, parent, child } = step;
  const columns = child.key.map(({ name }) => name);
  const pairs = key.columns.map(
    (pair) => `f.${quoteIdentifier(pair.referenced)} ${pair.equals} t.${quoteIdentifier(pair.child)}`,
  );
  await session.execute('BEGIN');
  try {
    const { tag } = await session.execute(`
      INSERT INTO ${reachedOf(child)} (${listOf(columns)}, ${ROUND})
      SELECT ${listOf(columns, 't')}, ${round} FROM ${place(child)} t
       WHERE EXISTS (SELECT FROM ${place(parent)} f JOIN ${reachedOf(parent)} n ON ${sameKey(parent, 'f', 'n')}
                      WHERE n.${ROUND} = ${round - 1} AND ${pairs.join(' AND ')})
         AND NOT EXISTS (SELECT FROM ${reachedOf(child)} x WHERE ${sameKey(child, 'x', 't')})`);
    await session.execute('COMMIT');
    return Number(/\d+$/.exec(tag)?.[0] ?? 0);
  } catch (error) {
    await session.execute('ROLLBACK');
    if (!(error instanceof TargetStatementError) || !isOfTypes(error)) throw error;
    step.fails = true;
    onNotice(
      `the foreign key ${key.name} of the backup cannot be followed in the database: ${error.message}`,
    );
    return 0;
  }
}

async function keysOfReached(session: ServerTarget, table: RowsTable): Promise<Set<string>> {
  return await readKeys(
    session,
    table,
    `SELECT ${listOf(table.key.map(({ name }) => name))} FROM ${reachedOf(table)}`,
  );
}

/** The keys that a query yields, as COPY text. */
export async function readKeys(
  session: ServerTarget,
  { key }: Pick<RowsTable, 'key'>,
  query: string,
): Promise<Set<string>> {
  const keys = new Set<string>();
  const shape = { fields: key.length, compared: undefined, key: undefined };
  const reader = await RowReader.create(shape, ({ line }) => void keys.add(line.toString()));
  await session.readOut(query, async (pieces) => {
    for await (const piece of pieces) reader.update(piece);
  });
  return keys;
}

function reachedOf({ number }: Pick<RowsTable, 'number'>): string {
  return `pg_temp.${quoteIdentifier(`lifeboat_reached_${number}`)}`;
}
