import { tmpdir } from 'node:os';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { readScript } from '../archive/read-script.ts';
import { BackupCopy } from '../browse/copy/backup-copy.ts';
import { LoadProgress } from '../browse/load-progress.ts';
import { ask } from '../browse/query/query.ts';
import { SharedServer } from '../browse/session/shared-server.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { requireCondition } from './condition.ts';
import { FollowedRows } from './follow-rows.ts';
import { loadLiveRows } from './live-condition.ts';
import { readKeys } from './live-walk.ts';
import { listOf, place, type RowsTable } from './rows-table.ts';
import { requireSteady } from './steady-condition.ts';
import type { ForeignKey } from './target-table.ts';
import { keysInScript, type NamedRelation, type WalkedKey, walkedKeys } from './walked-keys.ts';

export interface ChooseRequest {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  /** The tables that the person named. */
  readonly wanted: readonly TableData[];
  /** An SQL condition on their rows. @default all rows */
  readonly where?: string | undefined;
  /** Also the rows that refer to these, and what they all refer to. */
  readonly follow: boolean;
  /** The foreign keys of the database as it is now. */
  readonly foreignKeys: readonly ForeignKey[];
  readonly directory?: string | undefined;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/** The rows of a backup that were chosen, by the keys that {@link keysIn} reads. */
export interface ChosenRows extends AsyncDisposable {
  /** The tables that have any, in the manifest's order. */
  readonly tables: readonly TableData[];
  /** How many rows were chosen in a table, and how many more others refer to. */
  countIn(table: TableData): { readonly chosen: number; readonly support: number };
  /** The keys of these rows as fields of COPY text in UTF-8, separated by tabs. */
  keysIn(table: TableData, key: readonly string[]): Promise<{ chosen: Set<string>; support: Set<string> }>;
  /** The foreign keys that were followed. */
  readonly keys: readonly WalkedKey[];
  /** The keys of the database's rows for which the condition is true, as COPY text. */
  liveKeys(session: ServerTarget, table: RowsTable): Promise<Set<string>>;
  readonly notices: readonly string[];
}

/**
 * Evaluates a condition in the embedded copy of the backup, as `lifeboat query` would: with a reader's rights,
 * read-only, and with only the tables that it needs. The rows' places there are asked for, not their values,
 * because the settings of the source's database would decide how those are printed.
 */
export async function chooseRows(request: ChooseRequest): Promise<ChosenRows> {
  const { store, manifest, wanted, follow, foreignKeys, directory = tmpdir(), signal } = request;
  const condition = request.where === undefined ? undefined : requireCondition(request.where);
  const progress = new LoadProgress(request.observer);
  progress.begin('open');
  const copy = await BackupCopy.open({ store, manifest, directory, signal });
  try {
    const server = new SharedServer(copy, { observer: progress, mostUnaskedBytes: Number.POSITIVE_INFINITY });
    const load = (tables: readonly TableData[]) => server.load(tables, signal);
    const rows = new FollowedRows({ copy, manifest, load });
    const postData = follow ? await readScript(store, manifest, 'post-data', signal) : undefined;
    const keys = walkedKeys(foreignKeys, keysInScript(postData ?? ''));
    await load(wanted);
    await rows.begin();
    if (condition !== undefined) {
      for (const table of wanted) await requireSteady(copy, fromPart(table), condition);
    }
    progress.begin('query');
    const session = await server.join(new Map());
    const where = condition === undefined ? '' : ` WHERE ${condition}`;
    const firstColumn = async (table: NamedRelation, sql: string) => {
      const values: string[] = [];
      const taker = {
        columns: () => {},
        row: ([value]: ReadonlyArray<string | null>) => void values.push(String(value)),
      };
      await ask(server, session, { sql, manifest }, taker).catch((error: unknown) => {
        throw conditionRefused(error, table, wanted.length);
      });
      // After a reader's statement, the owner's turn.
      await load([]);
      return values;
    };
    for (const table of wanted) {
      await rows.choose(table, await firstColumn(table, `SELECT ctid FROM ${fromPart(table)}${where}`));
    }
    if (follow) await rows.follow(keys);
    await rows.count();
    return {
      tables: rows.tables,
      countIn: (table) => rows.countIn(table),
      keysIn: (table, key) => rows.keysIn(table, key),
      keys,
      liveKeys: async (live, table) => {
        if (condition === undefined) return await readKeys(live, table, selectKeys(table));
        const loaded = await loadLiveRows(copy, live, table);
        const found = await firstColumn(
          table.target,
          `SELECT ${loaded.keyColumn} FROM ${loaded.from}${where}`,
        );
        await loaded.drop();
        return new Set(found);
      },
      get notices() {
        return [...copy.notices, ...rows.notices];
      },
      [Symbol.asyncDispose]: () => copy.close(),
    };
  } catch (error) {
    await copy.close();
    throw error;
  }
}

function selectKeys(table: RowsTable): string {
  return `SELECT ${listOf(table.key.map(({ name }) => name))} FROM ${place(table)}`;
}

/** `ONLY "public"."orders_2026" AS "orders"`: a condition may name the table as people know it. */
export function fromPart(table: Pick<TableData, 'schema' | 'name' | 'partitionRoot'>): string {
  return `ONLY ${qualifiedName(table.schema, table.name)} AS ${quoteIdentifier((table.partitionRoot ?? table).name)}`;
}

function conditionRefused(error: unknown, { schema, name }: NamedRelation, tables: number): unknown {
  if (!(error instanceof LifeboatError) || error.code !== 'query-refused') return error;
  return new LifeboatError({
    code: 'restore-rows-condition',
    kind: 'usage',
    what: `--where cannot be evaluated on ${schema}.${name} in the backup: ${error.what}`,
    meaning: 'Nothing was changed.',
    remedy:
      tables > 1
        ? 'The condition must be true or false of a row of every table that is named. To go from the rows of one table to those that refer to them, name that table alone and add --follow.'
        : (error.remedy ?? 'Correct the condition; `lifeboat query` tries it.'),
    cause: error,
  });
}
