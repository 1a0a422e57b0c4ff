import { chunkId } from '../../archive/chunk-id.ts';
import { readChunk } from '../../archive/codec/decode.ts';
import type { CopyInOptions } from '../../archive/copy-in-statement.ts';
import type { ReportItem } from '../../archive/drill-report.ts';
import type { Chunk, TableData } from '../../archive/manifest.ts';
import { withSqlState } from '../../connection/server-words.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import { mayLoadLater } from '../../rows/refusal-of-rows.ts';
import { throughRootAtNeed } from '../../rows/through-root.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { TargetStatementError } from '../../target/target.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import type { Task } from '../apply/run-tasks.ts';
import { relationKey } from '../archived/relation-key.ts';
import { stepOfChunk, stepThroughRoot } from '../plan/chunk-steps.ts';
import { stagedPlace } from '../plan/staging.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import { isRefusalToFreeze, mayLoadFrozen, truncateEmpty } from './frozen-rows.ts';
import { loadAgain, type RefusedRows } from './load-again.ts';
import { loadContents } from './load-large-object-chunk.ts';

type LoadRun = Pick<RestoreRun, 'plan' | 'store' | 'sessions' | 'ledger' | 'log' | 'clock' | 'rewriting'>;

/** Rows that one session loads in one go. */
interface Load {
  /** Undefined: of large objects. */
  readonly table: TableData | undefined;
  readonly chunk: Chunk;
}

/** What became of one chunk. */
type ChunkOutcome =
  | { readonly state: 'loaded' | 'through-root' }
  | { readonly state: 'failed'; readonly reason: string };

/** Measured: at 256 KiB this process needs a sixth more of a core, to collect what is left of the pieces. */
const PIECE_BYTES = 1024 * 1024;
/** Of what the archive holds; another table may be whole. */
export const DAMAGE: ReadonlySet<string> = new Set(['object-damaged', 'object-missing', 'object-truncated']);

/**
 * The rows of some tables, and contents of large objects, as tasks: the largest chunks first. What is damaged or refused is
 * told of its table; the others are loaded all the same.
 */
export class RowLoading {
  readonly tasks: readonly Task[];
  /** Resolves when every task has ended. */
  readonly ended: Promise<void>;
  readonly #tables: readonly TableData[];
  readonly #run: LoadRun;
  /** What was refused is loaded when all else is there: a constraint may look into another table. */
  readonly #again: Task;
  readonly #outcomes = new Map<Chunk, ChunkOutcome>();
  readonly #tasksOf = new Map<string, Task[]>();
  /** By tables that refused them. */
  readonly #refused = new Map<TableData, RefusedRows>();

  constructor(tables: readonly TableData[], largeObjects: readonly Chunk[], run: LoadRun) {
    this.#tables = tables;
    this.#run = run;
    const loads: Load[] = [
      ...tables.flatMap((table) => table.chunks.map((chunk) => ({ table, chunk }))),
      ...largeObjects.map((chunk) => ({ table: undefined, chunk })),
    ].toSorted((a, b) => b.chunk.rawBytes - a.chunk.rawBytes);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    const once = loads.map((load) => this.#taskOf(load));
    this.#again = {
      locks: [],
      after: once,
      isAlone: () => this.#refused.size > 0,
      run: async (session) => {
        await this.#loadRefused(session);
        resolve();
      },
    };
    this.tasks = [...once, this.#again];
    for (const table of tables) if (table.chunks.length === 0) run.clock.tableDone();
  }

  /**
   * The tasks that bring rows into a relation: its own, or of the tree of partitions that it is in. To be asked anew, for there is
   * one more once rows were refused.
   */
  about(relation: string): readonly Task[] {
    const root = this.#run.plan.backup.schema.relations.get(relation)?.root ?? relation;
    const isRefused = this.#refused.size > 0 && [...this.#refused.keys()].some((one) => rootOf(one) === root);
    const own = this.#tasksOf.get(root) ?? [];
    return isRefused ? [...own, this.#again] : own;
  }

  /** What became of each table, as it is called where its rows are. */
  outcomes(): Map<TableData, RowsOutcome> {
    return new Map(
      this.#tables.map((table) => [
        atItsPlace(table, this.#run),
        outcomeOf(table, this.#outcomes, this.#run),
      ]),
    );
  }

  #taskOf(load: Load): Task {
    const { table, chunk } = load;
    const task: Task = {
      locks: [],
      after: [],
      run: async (session) => {
        const outcome = await loadOnce(session, load, this.#run, (refusal) => this.#refuse(load, refusal));
        this.#outcomes.set(chunk, outcome);
        if (table && !this.#refused.has(table) && table.chunks.every((one) => this.#outcomes.has(one)))
          this.#run.clock.tableDone();
        if (!table && outcome.state === 'failed')
          this.#run.log.problems.push(failedContents(chunk, outcome.reason));
      },
    };
    if (table) {
      const key = rootOf(table);
      this.#tasksOf.set(key, [...(this.#tasksOf.get(key) ?? []), task]);
    }
    return task;
  }

  #refuse({ table, chunk }: Load, refusal: TargetStatementError): void {
    if (!table || !mayLoadLater(refusal)) return;
    const refused = this.#refused.get(table);
    if (refused) refused.chunks = [...refused.chunks, chunk];
    else this.#refused.set(table, { chunks: [chunk], refusal });
  }

  async #loadRefused(session: ServerTarget): Promise<void> {
    if (this.#refused.size === 0) return;
    const run = this.#run;
    const tables = [...this.#refused.keys()];
    const failed = await loadAgain(session, this.#refused, run, {
      placeOf: (table) => placeOf(table, run),
      load: async (table, chunk) => {
        this.#outcomes.set(chunk, await loadChunk(session, table, chunk, run));
      },
      copy: async (table, chunk) => {
        const load = { at: placeOf(table, run), columns: table.columns, chunk, step: stepOfChunk(chunk) };
        await copyChunkIn(session, { ...load }, run);
        this.#outcomes.set(chunk, { state: 'loaded' });
      },
    });
    for (const one of failed) run.log.add({ kind: 'failed', failed: one });
    // A chunk that went in before another one was refused is undone with that one.
    for (const { chunks, refusal } of this.#refused.values()) {
      for (const chunk of chunks) this.#outcomes.set(chunk, failedBy(refusal));
    }
    for (const _ of tables) run.clock.tableDone();
  }
}

function failedBy({ message, sqlState }: TargetStatementError): ChunkOutcome {
  return { state: 'failed', reason: withSqlState(message, sqlState) };
}

function rootOf({ schema, name, partitionRoot: root }: TableData): string {
  return root ? relationKey(root.schema, root.name) : relationKey(schema, name);
}

function failedContents({ key }: Chunk, reason: string): ReportItem {
  return { kind: 'large-objects', name: key, verdict: 'differs', reason };
}

async function loadOnce(
  session: ServerTarget,
  { table, chunk }: Load,
  run: LoadRun,
  onRefusal: (refusal: TargetStatementError) => void,
): Promise<ChunkOutcome> {
  const { ledger } = run;
  try {
    for (const [step, state] of [
      [stepOfChunk(chunk), 'loaded'],
      [stepThroughRoot(chunk), 'through-root'],
    ] as const) {
      if (!ledger.isDone(step)) continue;
      run.clock.chunkReached(chunk, chunk.rawBytes);
      return { state };
    }
    if (!table) {
      await loadContents(session, chunk, run);
      return { state: 'loaded' };
    }
    return await loadChunk(session, table, chunk, run);
  } catch (error) {
    if (isRefusal(error)) {
      onRefusal(error);
      return failedBy(error);
    }
    if (error instanceof LifeboatError && DAMAGE.has(error.code))
      return { state: 'failed', reason: error.what };
    throw error;
  }
}

/** Into the table itself; where that is a partition which another one should take the rows of, through the root. */
async function loadChunk(
  session: ServerTarget,
  table: TableData,
  chunk: Chunk,
  run: LoadRun,
): Promise<ChunkOutcome> {
  const { columns } = table;
  return await throughRootAtNeed<ChunkOutcome>(
    table,
    async () => {
      const load = { at: placeOf(table, run), columns, chunk, step: stepOfChunk(chunk) };
      await copyFrozenIfPossible(session, load, mayLoadFrozen(table, run.plan), run);
      return { state: 'loaded' };
    },
    async (root) => {
      const load = { at: placeOf(root, run), columns, chunk, step: stepThroughRoot(chunk) };
      await session.transaction(async () => {
        // A sibling may be locked for as long as its own rows take.
        if (!run.plan.intoExisting) await session.execute('SET LOCAL lock_timeout = 0');
        await copyChunkIn(session, load, run);
      });
      return { state: 'through-root' };
    },
  );
}

/** One chunk on its way into one table, and the step that is marked when it is there. */
export interface ChunkLoad {
  readonly at: { readonly schema: string; readonly name: string };
  readonly columns: readonly string[];
  readonly chunk: Chunk;
  readonly step: string;
}

async function copyFrozenIfPossible(
  session: ServerTarget,
  load: ChunkLoad,
  mayFreeze: boolean,
  run: LoadRun,
): Promise<void> {
  if (mayFreeze) {
    try {
      return await session.transaction(async () =>
        copyChunkIn(session, load, run, { freeze: await truncateEmpty(session, load.at) }),
      );
    } catch (error) {
      if (!isRefusalToFreeze(error)) throw error;
    }
  }
  await session.transaction(() => copyChunkIn(session, load, run));
}

/** Inside a transaction: all of it and its mark, or nothing. */
export async function copyChunkIn(
  session: ServerTarget,
  { at: { schema, name }, columns, chunk, step }: ChunkLoad,
  {
    store,
    sessions,
    ledger,
    clock,
    rewriting,
  }: Pick<LoadRun, 'store' | 'sessions' | 'ledger' | 'clock' | 'rewriting'>,
  options: CopyInOptions = {},
): Promise<void> {
  const rows = await clock.piece(chunkId(chunk), () => {
    const body = clock.countChunk(chunk, readChunk(store, chunk, sessions.signal, PIECE_BYTES));
    const text = rewriting ? rewriting.rewrite(chunk, body) : body;
    return session.copyIn({ schema, table: name, columns }, text, options);
  });
  if (rows !== chunk.rows) throw new TargetStatementError(`it took ${rows} of ${chunk.rows} rows`, '');
  for (const mark of ledger.mark([step])) await session.execute(mark);
}

function outcomeOf(table: TableData, outcomes: ReadonlyMap<Chunk, ChunkOutcome>, run: LoadRun): RowsOutcome {
  const chunks = table.chunks.map((chunk) => outcomes.get(chunk));
  const failed = chunks.find((one) => one?.state === 'failed');
  if (failed?.state === 'failed') {
    const notMade = run.log.whyLeftOut(table);
    if (notMade !== undefined) return { state: 'skipped', reason: `the table was left out: ${notMade}` };
    return { state: 'failed', reason: `its rows could not be loaded: ${failed.reason}` };
  }
  const { rows, rawBytes, digest, columns } = table;
  const expected = { rows, rawBytes, digest };
  if (chunks.some((one) => one?.state === 'through-root')) return { state: 'through-root', expected };
  const { schema, name } = placeOf(table, run);
  return { state: 'loaded', at: { schema, table: name, columns }, expected };
}

/** A table as it is called where it is loaded. */
function atItsPlace(table: TableData, run: LoadRun): TableData {
  const root = table.partitionRoot;
  return { ...table, ...placeOf(table, run), ...(root ? { partitionRoot: placeOf(root, run) } : {}) };
}

/** All that is selected goes through the staging schema, where one table gets another name. */
function placeOf(
  { schema, name }: { readonly schema: string; readonly name: string },
  { plan }: LoadRun,
): { schema: string; name: string } {
  return stagedPlace(plan, { schema, name });
}
