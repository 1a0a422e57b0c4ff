import type { CountedItems } from '../drill/phase-clock.ts';
import type { ServerTarget } from '../target/server.ts';
import { applyEntries, applyEntry } from './apply-entries.ts';
import { makesRelation } from './archived-schema.ts';
import { addForeignKeys, foreignKeyTasks } from './foreign-keys.ts';
import type { RowLoading } from './load-rows.ts';
import { relationKey } from './relation-key.ts';
import type { PlannedEntry } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';
import { type Task, TaskQueue } from './run-tasks.ts';

/** What post-data.sql is done in; within one, entries that can wait for no other. */
interface Stages {
  /** Primary keys, unique and exclusion constraints, indexes: side by side. */
  readonly keys: readonly PlannedEntry[];
  /** Indexes of partitions become parts of their parents': quick, one after the other. */
  readonly attachments: readonly PlannedEntry[];
  /** They need the keys of the tables that they refer to: side by side. */
  readonly foreignKeys: readonly PlannedEntry[];
  /** Triggers, rules, policies, statistics, comments, refreshes, publications: in their order. */
  readonly rest: readonly PlannedEntry[];
}

/**
 * Loads rows; makes a table's keys and indexes as soon as its rows are there; then foreign keys, then everything else that
 * belongs on top.
 */
export async function fillTables(
  loading: RowLoading,
  entries: readonly PlannedEntry[],
  run: RestoreRun,
): Promise<void> {
  const { keys, attachments, foreignKeys, rest } = stagesOf(entries);
  const { clock, sessions } = run;
  const progress = new KeyProgress(keys.length, () => clock.tableDone());
  const keyTasks = largestFirst(keys, run).map((entry) =>
    entryTask(entry, run, keyLocks(entry), loading.tasksFor(entry.relation ?? ''), () => progress.done()),
  );
  const work = runTasks([...loading.tasks, ...keyTasks], run);
  await clock.time('rows', () => Promise.race([loading.ended, work]));
  await clock.time('keys', () => work, progress.begin());
  await clock.time(
    'attach',
    () => applyEntries(sessions.main, attachments, run),
    count('indexes of partitions', attachments.length),
  );
  await clock.time(
    'references',
    async () => {
      await addForeignKeys(foreignKeys, run);
      await runTasks(foreignKeyTasks(largestFirst(foreignKeys, run), run), run);
    },
    count('foreign keys', foreignKeys.length),
  );
  await clock.time('post-data', () => applyEntries(sessions.main, rest, run), count('objects', rest.length));
}

/** Keys that are made while rows are still loaded are told only when those are there. */
class KeyProgress {
  #done = 0;
  #isTold = false;
  readonly #total: number;
  readonly #tell: () => void;

  constructor(total: number, tell: () => void) {
    this.#total = total;
    this.#tell = tell;
  }

  done(): void {
    this.#done += 1;
    if (this.#isTold) this.#tell();
  }

  begin(): CountedItems {
    this.#isTold = true;
    return { items: 'keys and indexes', total: this.#total, done: this.#done };
  }
}

function count(items: string, total: number): CountedItems {
  return { items, total };
}

async function runTasks(tasks: readonly Task[], { sessions }: RestoreRun): Promise<void> {
  const queue = new TaskQueue(tasks);
  await sessions.together((session) => queue.work(session));
}

function entryTask(
  entry: PlannedEntry,
  run: RestoreRun,
  locks: Task['locks'],
  after: readonly Task[],
  onDone: () => void,
): Task {
  return {
    locks,
    after,
    async run(session: ServerTarget) {
      await applyEntry(session, entry, run);
      onDone();
    },
  };
}

function stagesOf(entries: readonly PlannedEntry[]): Stages {
  // A materialized view that needs a primary key comes late, and its indexes after it.
  const madeLate = new Set(entries.filter(makesRelation).map(({ relation }) => relation));
  const stageOf = ({ type, relation }: PlannedEntry): keyof Stages => {
    if (relation !== undefined && madeLate.has(relation)) return 'rest';
    if (type === 'INDEX' || type === 'CONSTRAINT') return 'keys';
    if (type === 'INDEX ATTACH') return 'attachments';
    return type === 'FK CONSTRAINT' ? 'foreignKeys' : 'rest';
  };
  const stages = Map.groupBy(entries, stageOf);
  return {
    keys: stages.get('keys') ?? [],
    attachments: stages.get('attachments') ?? [],
    foreignKeys: stages.get('foreignKeys') ?? [],
    rest: stages.get('rest') ?? [],
  };
}

/** CREATE INDEX takes SHARE, which several can have; a constraint takes the table for itself. */
function keyLocks({ type, relation = '', adapted }: PlannedEntry): Task['locks'] {
  return [{ on: relation, alone: type === 'CONSTRAINT' || adapted.length > 1 }];
}

/** So that no session is left alone with the longest work at the end. */
function largestFirst(entries: readonly PlannedEntry[], { plan }: RestoreRun): PlannedEntry[] {
  const sizes = new Map(
    plan.tables.map(({ schema, name, rawBytes }) => [relationKey(schema, name), rawBytes]),
  );
  const sizeOf = ({ relation = '' }: PlannedEntry) => sizes.get(relation) ?? 0;
  return entries.toSorted((a, b) => sizeOf(b) - sizeOf(a));
}
